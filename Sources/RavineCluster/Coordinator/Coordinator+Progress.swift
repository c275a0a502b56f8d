import RavineScheduling

extension Coordinator {
  /// Where the run stands.
  package var progress: Progress {
    var result = counts
    result.phase = phase
    result.leasedUnits = scheduler.count(.leased)
    result.workers = sessionOrder.compactMap { sessions[$0]?.line }
    for index in result.workers.indices {
      result.workers[index].lastHeard = result.workers[index].lastHeard.advanced(nanoseconds: stoodStill)
    }
    return result
  }

  private var phase: Progress.Phase {
    if let outcome { return .finished(outcome) }
    if drainDeadline != nil { return .draining }
    if let storeError { return .paused(storeError) }
    if let hold { return .paused(hold) }
    return .running
  }
}

extension Progress {
  mutating func addCommitted(_ spec: UnitSpec) {
    committedUnits += 1
    committedTrials += spec.count
    committedCost += spec.cost
  }

  mutating func addFailed(_ spec: UnitSpec) {
    failedUnits += 1
    failedTrials += spec.count
    failedCost += spec.cost
  }
}
