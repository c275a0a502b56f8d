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
    /// Answers each request with one reply, within this process.
    case reply
    /// The other end of one socket of this process.
    case pair

    var code: Int32 {
      switch self {
      case .router: ZMQ_ROUTER
      case .dealer: ZMQ_DEALER
      case .reply: ZMQ_REP
      case .pair: ZMQ_PAIR
      }
    }

    /// Messages with more frames are dropped whole by `receive`.
    var maximumFrames: Int { self == .reply ? 7 : 4 }
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

  let handle: UnsafeMutableRawPointer
  let context: Context
  private let kind: Kind
  private var security: SocketSecurity
  /// Who sent the message that `receive` gave last: the public key, in hexadecimal, that the authenticator admitted;
  /// empty on sockets without CURVE.
  package private(set) var user = ""

  package init(_ kind: Kind, context: Context, options: SocketOptions) throws(ZeroMQError) {
    guard let handle = zmq_socket(context.handle, kind.code) else {
      throw ZeroMQError.last("create a ZeroMQ socket")
    }
    self.handle = handle
    self.context = context
    self.kind = kind
    security = options.security
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
    try security.apply(to: handle)
  }

  deinit {
    zmq_close(handle)
  }

  package func bind(_ endpoint: String) throws(ZeroMQError) {
    try security.check(endpoint, isGuarded: context.isGuarded.load(ordering: .acquiring), binding: true)
    guard zmq_bind(handle, endpoint) == 0 else { throw ZeroMQError.last("bind \(endpoint)") }
  }

  /// Starts connecting; libzmq goes on trying in the background.
  package func connect(_ endpoint: String) throws(ZeroMQError) {
    try security.check(endpoint, isGuarded: true, binding: false)
    guard zmq_connect(handle, endpoint) == 0 else { throw ZeroMQError.last("connect to \(endpoint)") }
  }

  /// Protects the connections made from now on.
  package func protect(with security: SocketSecurity) throws(ZeroMQError) {
    try security.apply(to: handle)
    self.security = security
  }

  /// Ends the connection to `endpoint`, or the attempts at one. What was not sent yet is lost.
  package func disconnect(_ endpoint: String) {
    _ = zmq_disconnect(handle, endpoint)
  }

  /// Where the socket was bound last, with the port that was chosen.
  package var boundEndpoint: String {
    var text = [CChar](repeating: 0, count: 1024)
    var size = text.count
    guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
      switch receiveFrame(keep: count < kind.maximumFrames) {
      case .failure(let error):
        return error.code == EAGAIN ? .nothing : .failed(error)
      case .success(let (bytes, more)):
        count += 1
        if count <= kind.maximumFrames { frames.append(bytes) }
        guard !more else { continue }
        return count > kind.maximumFrames ? .dropped(frames: count) : .message(frames)
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
    // A router's first frame may have lost its metadata (libzmq below 4.3.5): the last frame is the payload's.
    if case .server = security, !more {
      user = zmq_msg_gets(&message, "User-Id").map { String(cString: $0) } ?? ""
    }
    guard keep, let start = zmq_msg_data(&message) else { return .success(([], more)) }
    return .success(([UInt8](UnsafeRawBufferPointer(start: start, count: zmq_msg_size(&message))), more))
  }
}
