/// The other end of a message, as the coordinator's socket names it.
///
/// Two values are equal when they name the same connection; what is known about its owner does not count.
package struct Peer: Hashable, Sendable {
  /// The routing id that the coordinator's own socket chose for the connection; peers never choose one.
  package var routing: [UInt8]
  /// Which of the coordinator's sockets it came in on (0 = the local one).
  package var endpoint: Int
  /// What the owner of the connection may do.
  package var roles: Roles
  /// The name of the key that authenticated the connection; empty on the local socket.
  package var user: String

  package init(routing: [UInt8], endpoint: Int = 0, roles: Roles = .all, user: String = "") {
    self.routing = routing
    self.endpoint = endpoint
    self.roles = roles
    self.user = user
  }

  package static func == (left: Peer, right: Peer) -> Bool {
    left.endpoint == right.endpoint && left.routing == right.routing
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(endpoint)
    hasher.combine(routing)
  }
}

/// What the owner of a connection may do.
package struct Roles: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Take units and return results.
  package static let worker = Roles(rawValue: 1)
  /// Read the state of the run.
  package static let viewer = Roles(rawValue: 2)
  /// Pause, resume, stop, cancel.
  package static let admin = Roles(rawValue: 4)
  /// Everything: the owner of the run's own directory.
  package static let all: Roles = [.worker, .viewer, .admin]
}
