/// Where a run stands. All counts only ever grow, so rates come from the difference of two snapshots.
package struct Progress: Hashable, Sendable {
  /// Whether units are being handed out, and if not, why not.
  package enum Phase: Hashable, Sendable {
    case running
    /// The store does not take results, or an operator wants a pause; in words.
    case paused(String)
    /// Stopping: nothing new is handed out.
    case draining
    case finished(Outcome)
  }

  package var phase: Phase = .running
  package var totalUnits = 0
  package var totalTrials = 0
  package var totalCost = 0.0
  /// Units stored with a result, including those that were stored when the run was opened.
  package var committedUnits = 0
  package var committedTrials = 0
  package var committedCost = 0.0
  /// Units that ended without a result, and are stored as failed.
  package var failedUnits = 0
  package var failedTrials = 0
  package var failedCost = 0.0
  /// Units being computed or queued at workers.
  package var leasedUnits = 0
  /// Messages that could not be understood.
  package var malformedMessages = 0
  /// The connected workers, in the order in which they joined.
  package var workers: [WorkerLine] = []

  package init() {}
}

/// One connected worker.
package struct WorkerLine: Hashable, Sendable {
  /// Host and slot or process id: `node07/3`, `node07:41213`.
  package var name: String
  /// The local slot, or nil for a worker that came by itself.
  package var slot: Int?
  package var cores: Int
  package var instructionSet: String
  /// Units of this worker that were accepted since it joined.
  package var unitsDone: Int
  /// The unit it computes, as last reported.
  package var currentUnit: Int?
  /// Steps done in `currentUnit`, as last reported.
  package var stepsDone: UInt64
  /// When the coordinator last heard of it.
  package var lastHeard: Instant

  package init(
    name: String, slot: Int?, cores: Int, instructionSet: String, unitsDone: Int, currentUnit: Int?,
    stepsDone: UInt64, lastHeard: Instant
  ) {
    self.name = name
    self.slot = slot
    self.cores = cores
    self.instructionSet = instructionSet
    self.unitsDone = unitsDone
    self.currentUnit = currentUnit
    self.stepsDone = stepsDone
    self.lastHeard = lastHeard
  }
}

/// How a run ended.
package enum Outcome: Hashable, Sendable {
  /// Every unit is committed or failed.
  case complete
  /// Drained on request; what is committed stays, the rest is open.
  case stopped
  /// Ended at once by an operator; what is committed stays, the rest is open.
  case cancelled
  /// No worker is left and none will be started again.
  case noWorkers
}
