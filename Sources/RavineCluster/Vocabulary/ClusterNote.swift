/// Something worth keeping in the run's history.
package struct ClusterNote: Hashable, Sendable {
  /// What happened. Raw values are stored; never rename.
  package enum Kind: String, Sendable, CaseIterable {
    /// A worker was welcomed.
    case joined
    /// A worker said goodbye.
    case left
    /// A worker was not heard from for a whole lease.
    case expired
    /// A worker's process ended without a goodbye.
    case died
    /// A peer was turned away.
    case refused
    /// A worker's session was restarted after lost or repeated messages.
    case rejoined
    /// A worker reported no progress for too long.
    case hung
    /// A worker failed several units in a row and gets none for a while.
    case quarantined
    /// A result did not pass its checks.
    case badResult = "bad-result"
    /// Two workers computed different bytes for the same unit.
    case nonDeterminism = "non-determinism"
    /// A unit failed and will be tried again.
    case retried
    /// A unit failed for good.
    case failed
    /// A local worker died too often and is not started again.
    case slotGivenUp = "slot-given-up"
    /// The store does not take results.
    case paused
    /// The store takes results again.
    case resumed
    /// The run was asked to stop.
    case stopping
    /// An operator cancelled the run.
    case cancelled
  }

  package var kind: Kind
  /// Name of the worker concerned.
  package var worker: String?
  package var unit: Int?
  /// The evidence, in words.
  package var text: String

  package init(_ kind: Kind, worker: String? = nil, unit: Int? = nil, text: String = "") {
    self.kind = kind
    self.worker = worker
    self.unit = unit
    self.text = text
  }
}
