import CZeroMQ

/// Everything that is set on a socket when it is made. libzmq's own defaults are unsafe (unbounded messages, silent
/// drops, endless linger), so every socket gets all of these, whatever its transport; times are in milliseconds.
package struct SocketOptions: Sendable, Equatable {
  /// How long closing waits for unsent messages. Acknowledgements make 0 safe.
  package var linger: Int32 = 0
  /// A larger message from a peer closes its connection. Not applied by libzmq to `inproc`.
  package var maximumMessageBytes: Int64 = 4 << 20
  /// Messages queued for each peer before `send` answers `wouldBlock`.
  package var sendHighWaterMark: Int32 = 1024
  /// Messages queued from each peer before its sender is held back.
  package var receiveHighWaterMark: Int32 = 1024
  package var handshakeInterval: Int32 = 5000
  package var heartbeatInterval: Int32 = 2000
  package var heartbeatTimeout: Int32 = 10_000
  package var heartbeatTimeToLive: Int32 = 10_000
  package var reconnectInterval: Int32 = 100
  package var reconnectIntervalMaximum: Int32 = 5000
  package var connectTimeout: Int32 = 5000
  package var backlog: Int32 = 1024
  /// Queue only to completed connections; otherwise messages wait for a peer that may never come.
  package var immediate = false
  package var security = SocketSecurity.none

  package init() {}

  /// A coordinator's socket.
  package static let coordinator = SocketOptions()

  /// A worker's socket.
  package static let worker: SocketOptions = {
    var options = SocketOptions()
    options.immediate = true
    return options
  }()

  /// An operator's socket, for one question. Not `immediate`: with that, libzmq throws away an answer that has arrived
  /// and is not yet read when the connection closes, as it does right after a `cancel`.
  package static let `operator` = SocketOptions()

  /// The options as libzmq's (name, number, value), those of `kind` included.
  func integers(for kind: Socket.Kind) -> [(name: String, option: Int32, value: Int32)] {
    var all: [(name: String, option: Int32, value: Int32)] = [
      ("LINGER", ZMQ_LINGER, linger),
      ("SNDHWM", ZMQ_SNDHWM, sendHighWaterMark),
      ("RCVHWM", ZMQ_RCVHWM, receiveHighWaterMark),
      ("HANDSHAKE_IVL", ZMQ_HANDSHAKE_IVL, handshakeInterval),
      ("HEARTBEAT_IVL", ZMQ_HEARTBEAT_IVL, heartbeatInterval),
      ("HEARTBEAT_TIMEOUT", ZMQ_HEARTBEAT_TIMEOUT, heartbeatTimeout),
      ("HEARTBEAT_TTL", ZMQ_HEARTBEAT_TTL, heartbeatTimeToLive),
      ("RECONNECT_IVL", ZMQ_RECONNECT_IVL, reconnectInterval),
      ("RECONNECT_IVL_MAX", ZMQ_RECONNECT_IVL_MAX, reconnectIntervalMaximum),
      ("CONNECT_TIMEOUT", ZMQ_CONNECT_TIMEOUT, connectTimeout),
      ("BACKLOG", ZMQ_BACKLOG, backlog),
      ("TCP_KEEPALIVE", ZMQ_TCP_KEEPALIVE, 1),
      ("IPV6", ZMQ_IPV6, 1),
      ("IMMEDIATE", ZMQ_IMMEDIATE, immediate ? 1 : 0),
    ]
    if kind == .router {
      // Unknown peers are an answer, not a silent drop; nobody takes over another's routing id.
      all.append(("ROUTER_MANDATORY", ZMQ_ROUTER_MANDATORY, 1))
      all.append(("ROUTER_HANDOVER", ZMQ_ROUTER_HANDOVER, 0))
    }
    return all
  }
}
