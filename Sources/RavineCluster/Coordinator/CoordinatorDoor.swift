extension Coordinator {
  /// What happens to a coordinator.
  package enum Event: Hashable, Sendable {
    /// A message came in.
    case received(peer: Peer, frames: [[UInt8]])
    /// These units' results (or failures) are durable.
    case committed(units: [Int])
    /// The store does not take results; why. Uncommitted results stay with whoever drives the store, to be tried again.
    case storeFailed(String)
    /// The store works again.
    case storeRecovered
    /// The process asked for by ``Action/startWorker(slot:)`` runs.
    case workerStarted(slot: Int, pid: Int32)
    /// It ended, or could not be started. Everything its socket still held must have been delivered before.
    case workerExited(slot: Int, evidence: String, clean: Bool)
    /// A process of this machine that nobody's slot runs ended; nothing happens where it has no session.
    case processEnded(pid: Int32, evidence: String, clean: Bool)
    /// A message could not be handed to this peer (gone, or its queue is full).
    case sendFailed(peer: Peer)
    /// The key of this name is not allowed any more.
    case revoked(user: String)
    /// Stop cleanly.
    case drain
    /// `nextDeadline` has come.
    case tick
  }

  /// What must be done, in this order.
  package enum Action: Hashable, Sendable {
    case send(to: Peer, frames: [[UInt8]])
    /// Make durable, then report ``Event/committed(units:)``. While the store fails, keep it and try again.
    case commit(UnitResult)
    /// Make durable that a unit failed for good, then report ``Event/committed(units:)``.
    case commitFailure(unit: Int, evidence: String)
    case note(ClusterNote)
    /// Start the worker process of a slot; answered by `workerStarted` or `workerExited`.
    case startWorker(slot: Int)
    /// End the worker process of a slot: by a request, or at once by force.
    case stopWorker(slot: Int, force: Bool)
    /// Try again at once, if the store fails.
    case retryStore
    /// The run is over: flush what was sent, then leave. Comes once.
    case finished(Outcome)
  }
}
