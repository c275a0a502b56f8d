extension Worker {
  /// What happens to a worker.
  package enum Event: Hashable, Sendable {
    /// A message came in.
    case received(frames: [[UInt8]])
    /// A connection stands, the first or another one.
    case connected
    /// The plan asked for by ``Action/loadPlan(sweepText:sweepFile:files:)`` is ready; its own hash.
    case planReady(hash: String)
    case planFailed(String)
    /// A unit was computed. Each ``Action/compute(unit:attempt:first:count:)`` is answered by exactly one of `computed`
    /// and `computeFailed`, also after it was cancelled.
    case computed(unit: Int, attempt: Int, columns: [UInt8], cards: [UInt8], seconds: Double)
    case computeFailed(unit: Int, attempt: Int, reason: String)
    /// Steps done so far in the unit; grows. Sent with the next heartbeat.
    case computeProgress(unit: Int, steps: UInt64)
    /// Stop cleanly: return what is not computed, deliver what is.
    case terminate
    /// `nextDeadline` has come.
    case tick
  }

  /// What must be done, in this order.
  package enum Action: Hashable, Sendable {
    case send(frames: [[UInt8]])
    /// Parse the sweep and prepare; answered by `planReady` or `planFailed`. Replaces any plan loaded before.
    case loadPlan(sweepText: String, sweepFile: String, files: [PlanFile])
    /// Compute the trials `first ..< first + count`; one unit at a time.
    case compute(unit: Int, attempt: Int, first: Int, count: Int)
    /// Stop computing the unit; still to be answered.
    case cancel(unit: Int)
    /// Let go out what was sent, then leave with this exit status; `message` (may be empty) tells a person why.
    /// Comes once.
    case exit(code: Int32, message: String)
  }
}
