import Glibc
import Logging
import RavineCluster
import RavineScheduling
import RavineZeroMQ

/// Where a coordinator listens for other machines, and whom it lets in there.
package struct RemoteDoor: Sendable {
  /// Endpoints to bind; the first that is free is taken.
  package var candidates: [String]
  package var keys: CurveKeyPair
  package var allowed: AllowList

  package init(candidates: [String], keys: CurveKeyPair, allowed: AllowList) {
    self.candidates = candidates
    self.keys = keys
    self.allowed = allowed
  }
}

/// The socket for other machines with its guards, on the coordinator's thread.
final class FrontDoor {
  let socket: Socket
  /// Where it is bound.
  let endpoint: String
  private let authenticator: Authenticator
  private let monitor: SocketMonitor
  private let authenticatorPlace: Int
  private let monitorPlace: Int
  private var allowed: AllowList
  private let log: Logger

  /// Connections that were turned away since the last line about them.
  private var turnedAway = 0
  private var notAccepted = 0
  private var nextLine = Instant(nanoseconds: 0)
  private static let lineInterval = Duration.seconds(10)

  init(_ door: RemoteDoor, context: Context, poller: Poller, log: Logger) throws {
    self.log = log
    allowed = door.allowed
    authenticator = try Authenticator(context: context)
    var options = SocketOptions.coordinator
    options.security = .server(door.keys)
    socket = try Socket(.router, context: context, options: options)
    monitor = try SocketMonitor(of: socket, name: "door")
    endpoint = try Self.bind(socket, door.candidates)
    authenticatorPlace = poller.add(authenticator)
    monitorPlace = poller.add(monitor)
  }

  private static func bind(_ socket: Socket, _ candidates: [String]) throws -> String {
    for candidate in candidates {
      do throws(ZeroMQError) {
        try socket.bind(candidate)
        // libzmq names an IPv4 address as one of IPv6; only the port is news.
        let port = socket.boundEndpoint.split(separator: ":").last ?? ""
        let host = candidate.lastIndex(of: ":").map { candidate[..<$0] } ?? ""
        return "\(host):\(port)"
      } catch {
        // One that is taken leads to the next.
        if error.code != EADDRINUSE { throw error }
      }
    }
    let tried = candidates.count == 1 ? candidates[0] : "any of \(candidates.first ?? "")…\(candidates.last ?? "")"
    throw RuntimeError(
      .nobodyThere, "cannot listen at \(tried): in use by another program",
      help: "name another port, a range such as tcp://*:7787-7886, or tcp://*:* for any")
  }

  /// Serves the guards; call after each poll.
  func serve(_ poller: Poller) throws(ZeroMQError) {
    if poller.isReadable(authenticatorPlace) {
      let allowed = allowed
      try authenticator.serve { allowed.key(ofUser: $0.hexadecimal) != nil }
    }
    if poller.isReadable(monitorPlace) { try takeEvents() }
  }

  /// Who sent the message that the socket gave last.
  func peer(_ routing: [UInt8], endpoint: Int) -> Peer {
    let key = allowed.key(ofUser: socket.user)
    return Peer(routing: routing, endpoint: endpoint, roles: key?.role.roles ?? [], user: key?.name ?? "")
  }

  /// Takes a new allow-list.
  ///
  /// - Returns: the names of the keys that are not allowed any more.
  func allow(_ list: AllowList) -> [String] {
    let gone = allowed.keys.filter { list.key(ofUser: $0.publicKey.hexadecimal) == nil }
    allowed = list
    return gone.map(\.name)
  }

  private func takeEvents() throws(ZeroMQError) {
    while let event = try monitor.next() {
      switch event {
      case .ready, .disconnected: break
      case .refused, .handshakeFailed: turnedAway += 1
      case .acceptFailed: notAccepted += 1
      }
    }
    let now = MonotonicClock.now()
    guard turnedAway + notAccepted > 0, now >= nextLine else { return }
    nextLine = now + Self.lineInterval
    log.warning(
      "connections without a valid key were turned away",
      metadata: ["turned-away": "\(turnedAway)", "not-accepted": "\(notAccepted)"])
    if notAccepted > 0 { log.error("connections cannot be accepted: the limit on open files is reached (`ulimit -n`)") }
    (turnedAway, notAccepted) = (0, 0)
  }
}
