/// Where a unit stands. The legal successors are:
///
///     waiting   -> leased      handed to a worker (or found in a worker's inventory)
///     waiting   -> accepted    a late result came
///     leased    -> waiting     given back, lost, or failed and to be tried again
///     leased    -> accepted    the first valid result came
///     leased    -> failing     failed for good
///     accepted  -> committed   its result is durable
///     failing   -> failed      its failure is durable
///
/// `committed` and `failed` are final.
package enum UnitPhase: UInt8, Sendable, CaseIterable {
  case waiting = 0
  case leased = 1
  case accepted = 2
  case committed = 3
  case failing = 4
  case failed = 5

  /// Whether a result is still wanted.
  package var isOpen: Bool { self == .waiting || self == .leased }
}
