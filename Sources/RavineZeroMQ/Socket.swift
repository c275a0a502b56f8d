import CZeroMQ
import Glibc

/// One ZeroMQ socket. Not `Sendable`: libzmq sockets belong to one thread, and the compiler holds us to it.
///
/// No call blocks. A message is a list of frames; a router's first frame is the peer's routing id.
/// Owners keep a socket in a stored property: the last release closes it, with whatever was not yet sent.
package final class Socket {
  package enum Kind: Sendable {
    /// Many peers, addressed by the first frame.
    case router
    /// One peer.
    case dealer

    var code: Int32 {
      switch self {
      case .router: ZMQ_ROUTER
      case .dealer: ZMQ_DEALER
      }
    }
  }

  /// What became of a message given to `send`.
  package enum Sending: Equatable, Sendable {
    /// libzmq has it whole.
    case sent
    /// The peer's queue is full, or (dealer) nobody is connected. Nothing was taken.
    case wouldBlock
    /// A router knows no such peer, or the connection went away in mid-message. The message is gone.
    case unreachable
    case failed(ZeroMQError)
  }

  /// What `receive` found.
  package enum Receiving: Equatable, Sendable {
    case message([[UInt8]])
    case nothing
    /// A message with too many frames, dropped whole.
    case dropped(frames: Int)
    case failed(ZeroMQError)
  }

  /// Messages with more frames are dropped whole by `receive`.
  package static let maximumFrames = 4

  let handle: UnsafeMutableRawPointer
  private let context: Context

  package init(_ kind: Kind, context: Context, options: SocketOptions) throws(ZeroMQError) {
    guard let handle = zmq_socket(context.handle, kind.code) else {
      throw ZeroMQError.last("create a ZeroMQ socket")
    }
    self.handle = handle
    self.context = context
    for (name, option, value) in options.integers(for: kind) {
      var value = value
      guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else {
        throw ZeroMQError.last("set socket option \(name)")
      }
    }
    var bytes = options.maximumMessageBytes
    guard zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &bytes, MemoryLayout<Int64>.size) == 0 else {
      throw ZeroMQError.last("set socket option MAXMSGSIZE")
    }
  }

  deinit {
    zmq_close(handle)
  }

  package func bind(_ endpoint: String) throws(ZeroMQError) {
    guard zmq_bind(handle, endpoint) == 0 else { throw ZeroMQError.last("bind \(endpoint)") }
  }

  /// Starts connecting; libzmq goes on trying in the background.
  package func connect(_ endpoint: String) throws(ZeroMQError) {
    guard zmq_connect(handle, endpoint) == 0 else { throw ZeroMQError.last("connect to \(endpoint)") }
  }

  /// Lets closing wait at most this long for messages that are still in the queue; the wait itself happens when the
  /// context ends. For a last goodbye: nothing else needs it.
  package func linger(milliseconds: Int32) throws(ZeroMQError) {
    var value = milliseconds
    guard zmq_setsockopt(handle, ZMQ_LINGER, &value, MemoryLayout<Int32>.size) == 0 else {
      throw ZeroMQError.last("set socket option LINGER")
    }
  }

  /// Sends `frames` as one message, all or nothing. An empty list is sent as nothing at all.
  package func send(_ frames: [[UInt8]]) -> Sending {
    var outcome = Sending.sent
    for (index, frame) in frames.enumerated() {
      let more = index + 1 < frames.count
      guard let error = sendFrame(frame, more: more) else { continue }
      if index == 0 { return Self.refusal(error) }
      // The connection went away between two frames. libzmq discards the rest of the message, which it must still be
      // given: otherwise the rest would be taken for the start of the next one.
      outcome = .unreachable
    }
    return outcome
  }

  /// Takes the next message if one is there.
  package func receive() -> Receiving {
    var frames: [[UInt8]] = []
    var count = 0
    while true {
      switch receiveFrame(keep: count < Self.maximumFrames) {
      case .failure(let error):
        return error.code == EAGAIN ? .nothing : .failed(error)
      case .success(let (bytes, more)):
        count += 1
        if count <= Self.maximumFrames { frames.append(bytes) }
        guard !more else { continue }
        return count > Self.maximumFrames ? .dropped(frames: count) : .message(frames)
      }
    }
  }

  private func sendFrame(_ frame: [UInt8], more: Bool) -> ZeroMQError? {
    let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
    while true {
      let sent = frame.withUnsafeBytes { zmq_send(handle, $0.baseAddress, $0.count, flags) }
      if sent >= 0 { return nil }
      let code = zmq_errno()
      if code != EINTR { return ZeroMQError(operation: "send", code: code) }
    }
  }

  private static func refusal(_ error: ZeroMQError) -> Sending {
    switch error.code {
    case EAGAIN: .wouldBlock
    case EHOSTUNREACH: .unreachable
    default: .failed(error)
    }
  }

  /// One frame, and whether more follow. The bytes of a frame that is not kept are thrown away uncopied.
  private func receiveFrame(keep: Bool) -> Result<(bytes: [UInt8], more: Bool), ZeroMQError> {
    var message = zmq_msg_t()
    zmq_msg_init(&message)
    defer { zmq_msg_close(&message) }
    while zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) < 0 {
      let code = zmq_errno()
      if code != EINTR { return .failure(ZeroMQError(operation: "receive", code: code)) }
    }
    let more = zmq_msg_more(&message) != 0
    guard keep, let start = zmq_msg_data(&message) else { return .success(([], more)) }
    return .success(([UInt8](UnsafeRawBufferPointer(start: start, count: zmq_msg_size(&message))), more))
  }
}
