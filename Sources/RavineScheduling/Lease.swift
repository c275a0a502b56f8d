/// A worker's session, by the number that the coordinator gave it.
package typealias SessionNumber = UInt64

/// One unit at one worker.
package struct Lease: Hashable, Sendable {
  package var session: SessionNumber
  package var attempt: UInt32
  /// Whether the worker said that it computes the unit (otherwise it is queued there).
  package var started: Bool
  /// Whether the worker holds nothing else: the unit is under suspicion.
  package var alone: Bool
  /// When the unit was handed out, or adopted.
  package var since: Instant
  /// From then on a second worker may try the unit as well.
  package var due: Instant
}

/// The leases of one unit: one, and at most one extra copy.
struct Copies: Sendable {
  var first: Lease
  var second: Lease?

  /// In the order in which they were given.
  var all: [Lease] { second.map { [first, $0] } ?? [first] }

  func held(by session: SessionNumber) -> Lease? {
    first.session == session ? first : second?.session == session ? second : nil
  }

  mutating func update(_ lease: Lease) {
    if first.session == lease.session { first = lease } else { second = lease }
  }

  /// Without the lease of `session`, or nil if that was the only one.
  func without(_ session: SessionNumber) -> Copies? {
    if first.session != session { return Copies(first: first, second: second?.session == session ? nil : second) }
    return second.map { Copies(first: $0, second: nil) }
  }
}

/// What one session holds.
struct Holder: Sendable {
  /// In the order in which they were given.
  var units: [Int] = []
  /// The suspect unit that it will get, or has, alone.
  var reserved: Int?
}

/// When a lease becomes due; stale once the lease is gone or has another due time.
struct DueEntry: Comparable, Sendable {
  var due: Instant
  var unit: Int
  var attempt: UInt32

  static func < (left: DueEntry, right: DueEntry) -> Bool { (left.due, left.unit) < (right.due, right.unit) }
}

/// What the scheduler has for a session.
package enum Offer: Hashable, Sendable {
  /// A lease: the unit, the attempt's number, and how many seconds it should take where that is known.
  case lease(unit: Int, attempt: UInt32, seconds: Double?)
  /// Nothing for this session now; another one may be luckier.
  case notThisSession
  /// Nothing for anybody now.
  case nothing
}

/// Why a session is over, as far as its units are concerned.
package enum SessionEnd: Hashable, Sendable {
  /// No evidence against the unit that was being computed: the worker left, or was not heard from.
  case lost
  /// The worker's process died while computing; the evidence.
  case died(String)
}

/// What became of a unit after a failure.
package enum FailureVerdict: Hashable, Sendable {
  /// It will be tried again (or another worker is still at it).
  case retry
  /// It failed for good; its failure waits to be made durable.
  case failed(evidence: String)
}
