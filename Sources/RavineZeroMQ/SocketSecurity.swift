import CZeroMQ
import Glibc

/// How a socket's connections are protected.
package enum SocketSecurity: Sendable, Equatable {
  /// Not at all: for `ipc://`, which the file system guards, and `inproc://`. Other transports are refused.
  case none
  /// CURVE; whom an ``Authenticator`` of the context does not know is not let in.
  case server(CurveKeyPair)
  /// CURVE, to the owner of `server` and nobody else.
  case client(CurveKeyPair, server: CurveKey)

  /// The name under which the authenticator is asked (RFC 27); with `ZAP_ENFORCE_DOMAIN` libzmq lets nobody in while
  /// nobody answers.
  static let domain = "ravine"

  var isCurve: Bool { self != .none }

  private var keys: [CurveKey] {
    switch self {
    case .none: []
    case .server(let own): [own.publicKey, own.secretKey]
    case .client(let own, let server): [own.publicKey, own.secretKey, server]
    }
  }

  /// Sets the options on a socket.
  func apply(to handle: UnsafeMutableRawPointer) throws(ZeroMQError) {
    guard isCurve else { return }
    guard LibraryVersion.hasCurve else {
      throw ZeroMQError(
        operation: "protect a connection", code: ENOTSUP, reason: "this libzmq was built without CURVE")
    }
    guard !keys.contains(where: \.isPublished) else {
      throw ZeroMQError(
        operation: "use this key", code: EKEYREJECTED, reason: "it is printed in libzmq's manual, everybody knows it")
    }
    switch self {
    case .none: break
    case .server(let own):
      try set("CURVE_SERVER", ZMQ_CURVE_SERVER, 1, handle)
      try set("CURVE_SECRETKEY", ZMQ_CURVE_SECRETKEY, own.secretKey.bytes, handle)
      try set("ZAP_DOMAIN", ZMQ_ZAP_DOMAIN, Array(Self.domain.utf8), handle)
      try set("ZAP_ENFORCE_DOMAIN", Int32(RAVINE_ZAP_ENFORCE_DOMAIN), 1, handle)
    case .client(let own, let server):
      try set("CURVE_SERVERKEY", ZMQ_CURVE_SERVERKEY, server.bytes, handle)
      try set("CURVE_PUBLICKEY", ZMQ_CURVE_PUBLICKEY, own.publicKey.bytes, handle)
      try set("CURVE_SECRETKEY", ZMQ_CURVE_SECRETKEY, own.secretKey.bytes, handle)
    }
  }

  private func set(
    _ name: String, _ option: Int32, _ bytes: [UInt8], _ handle: UnsafeMutableRawPointer
  ) throws(ZeroMQError) {
    guard zmq_setsockopt(handle, option, bytes, bytes.count) == 0 else {
      throw ZeroMQError.last("set socket option \(name)")
    }
  }

  private func set(
    _ name: String, _ option: Int32, _ value: Int32, _ handle: UnsafeMutableRawPointer
  ) throws(ZeroMQError) {
    var value = value
    guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else {
      throw ZeroMQError.last("set socket option \(name)")
    }
  }

  /// Refuses what would stand open: another transport than `ipc` and `inproc` without CURVE, and a server that nobody
  /// guards.
  func check(_ endpoint: String, isGuarded: Bool, binding: Bool) throws(ZeroMQError) {
    let isPrivate = endpoint.hasPrefix("ipc://") || endpoint.hasPrefix("inproc://")
    let verb = binding ? "bind" : "connect to"
    if endpoint.hasPrefix("tcp://") && !isCurve {
      throw ZeroMQError(operation: "\(verb) \(endpoint)", code: EACCES, reason: "TCP is used with CURVE keys only")
    }
    if case .server = self, binding, !isPrivate, !isGuarded {
      throw ZeroMQError(operation: "bind \(endpoint)", code: EACCES, reason: "nobody checks the keys of those who come")
    }
  }
}
