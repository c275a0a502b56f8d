import CZeroMQ

/// Decides whose connections a context's CURVE servers accept (ZAP, ZeroMQ RFC 27).
///
/// Must exist before such a server binds, and lives on the sockets' thread. While it is not served, or gone, libzmq
/// lets nobody in.
package final class Authenticator {
  static let endpoint = "inproc://zeromq.zap.01"
  let socket: Socket

  /// One for each context.
  package init(context: Context) throws(ZeroMQError) {
    socket = try Socket(.reply, context: context, options: SocketOptions())
    try socket.bind(Self.endpoint)
    context.isGuarded.store(true, ordering: .releasing)
  }

  /// Answers the requests that wait.
  ///
  /// - Parameter admits: whether the owner of this public key may connect; its `hexadecimal` becomes the user of all
  ///   messages of the connection.
  package func serve(admits: (CurveKey) -> Bool) throws(ZeroMQError) {
    while true {
      switch socket.receive() {
      case .nothing: return
      // A request cannot be left without an answer: the socket would take no other one.
      case .dropped: _ = socket.send([Array("1.0".utf8), [], Array("500".utf8), [], [], []])
      case .failed(let error): throw error
      case .message(let frames): _ = socket.send(Self.answer(frames, admits))
      }
    }
  }

  /// version, request id, domain, address, identity, mechanism, credentials -> version, request id, status, text, user,
  /// metadata.
  static func answer(_ request: [[UInt8]], _ admits: (CurveKey) -> Bool) -> [[UInt8]] {
    let id = request.count > 1 ? request[1] : []
    func reply(_ status: String, _ text: String, user: String = "") -> [[UInt8]] {
      [Array("1.0".utf8), id, Array(status.utf8), Array(text.utf8), Array(user.utf8), []]
    }
    guard request.count == 7, request[0] == Array("1.0".utf8), request[2] == Array(SocketSecurity.domain.utf8) else {
      return reply("500", "not a request of this program")
    }
    guard request[5] == Array("CURVE".utf8), let key = CurveKey(bytes: request[6]), !key.isPublished, admits(key)
    else { return reply("400", "this key is not allowed here") }
    return reply("200", "", user: key.hexadecimal)
  }
}

extension Poller {
  /// Adds an authenticator; the answer is its place for `isReadable`.
  @discardableResult
  package func add(_ authenticator: Authenticator) -> Int { add(authenticator.socket) }
}
