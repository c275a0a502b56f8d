import SwiftProtobuf

/// A closed set of messages that go in one direction.
package protocol WireMessage: Hashable, Sendable {
  /// The number of the message in the header.
  var type: UInt16 { get }
  /// The message of `ravine.proto`, and the raw frames that go with it.
  func encoded() -> (body: [UInt8], raw: [[UInt8]])
  /// - Parameters:
  ///   - body: frame 1 after the header.
  ///   - raw: the other frames.
  init(type: UInt16, ignorable: Bool, body: [UInt8], raw: [[UInt8]]) throws(WireError)
}

/// One message with its place in a session.
package struct Envelope<Message: WireMessage>: Hashable, Sendable {
  package var session: UInt64
  package var sequence: UInt64
  package var message: Message

  package init(session: UInt64, sequence: UInt64, message: Message) {
    self.session = session
    self.sequence = sequence
    self.message = message
  }

  /// The message as frames to send.
  package func frames() -> [[UInt8]] {
    let (body, raw) = message.encoded()
    return [Header(type: message.type, session: session, sequence: sequence).frame(body)] + raw
  }

  /// The message in `frames`; total: whatever the frames hold, it ends in a message or an error.
  package init(frames: [[UInt8]]) throws(WireError) {
    guard let first = frames.first, frames.count <= 3 else { throw .malformed("\(frames.count) frames") }
    guard frames.reduce(0, { $0 + $1.count }) <= WireLimits.messageBytes else { throw .tooLarge }
    let header = try Header(frame: first)
    session = header.session
    sequence = header.sequence
    message = try Message(
      type: header.type, ignorable: header.flags & Header.ignorableFlag != 0, body: Array(first[Header.byteCount...]),
      raw: Array(frames.dropFirst()))
  }
}

extension Message {
  /// The message's bytes.
  func wireBytes() -> [UInt8] {
    do {
      return try serializedBytes()
    } catch {
      preconditionFailure("a proto3 message within its limits serialises: \(error)")
    }
  }

  /// The message in `body`.
  init(wire body: [UInt8]) throws(WireError) {
    do {
      try self.init(serializedBytes: body)
    } catch {
      throw .malformed(Self.protoMessageName)
    }
  }
}
