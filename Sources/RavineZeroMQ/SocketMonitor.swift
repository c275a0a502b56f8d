import CZeroMQ
import Glibc

/// What happens to the connections of one socket. Lives on the socket's thread.
package final class SocketMonitor {
  package enum Event: Equatable, Sendable {
    /// The handshake is complete: messages can pass.
    case ready
    case disconnected
    /// The other side does not accept our key (ZAP status 400), or refuses for another reason of its own.
    case refused(status: Int)
    /// The handshake went wrong: the other side speaks another protocol, has another key than it should, or closed
    /// the connection.
    case handshakeFailed
    /// A connection could not be accepted; errno.
    case acceptFailed(code: Int32)
  }

  let socket: Socket
  private let watched: Socket

  /// - Parameter name: unique in the context.
  package init(of watched: Socket, name: String) throws(ZeroMQError) {
    self.watched = watched
    let endpoint = "inproc://monitor.\(name)"
    let events =
      ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
      | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_ACCEPT_FAILED
    guard zmq_socket_monitor(watched.handle, endpoint, Int32(events)) == 0 else {
      throw ZeroMQError.last("watch a socket")
    }
    socket = try Socket(.pair, context: watched.context, options: SocketOptions())
    try socket.connect(endpoint)
  }

  deinit {
    zmq_socket_monitor(watched.handle, nil, 0)
  }

  /// The next event, or nil when there is none.
  package func next() throws(ZeroMQError) -> Event? {
    while true {
      switch socket.receive() {
      case .nothing: return nil
      case .failed(let error): throw error
      case .dropped: continue
      case .message(let frames): if let event = Self.event(frames) { return event }
      }
    }
  }

  /// Frame 1: event number (16 bits) and value (32 bits), in the machine's own order.
  private static func event(_ frames: [[UInt8]]) -> Event? {
    guard let first = frames.first, first.count >= 6 else { return nil }
    let (number, value) = first.withUnsafeBytes {
      (Int32($0.loadUnaligned(as: UInt16.self)), $0.loadUnaligned(fromByteOffset: 2, as: Int32.self))
    }
    switch number {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .ready
    case ZMQ_EVENT_DISCONNECTED: return .disconnected
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .refused(status: Int(value))
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return .handshakeFailed
    case ZMQ_EVENT_ACCEPT_FAILED: return .acceptFailed(code: value)
    default: return nil
    }
  }
}

extension Poller {
  /// Adds a monitor; the answer is its place for `isReadable`.
  @discardableResult
  package func add(_ monitor: SocketMonitor) -> Int { add(monitor.socket) }
}
