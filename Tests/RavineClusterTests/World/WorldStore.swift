import RavineScheduling

@testable import RavineCluster

/// What waits to become durable.
enum StoreJob {
  case result(UnitResult)
  case failure(Int, String)

  var unit: Int {
    switch self {
    case .result(let result): result.unit
    case .failure(let unit, _): unit
    }
  }
}

/// The store: commits in groups, with a delay; may be out of order for a while.
extension World {
  mutating func store(_ job: StoreJob) {
    if case .result(let result) = job { check(result) }
    waitingForStore.append(job)
    guard !storeIsBusy else { return }
    storeIsBusy = true
    let epoch = epoch
    after(dice.seconds(0.001, 0.02)) { if $0.epoch == epoch { $0.commitGroup() } }
  }

  private mutating func commitGroup() {
    let epoch = epoch
    if storeBroken {
      if !storeReportedBroken {
        storeReportedBroken = true
        handle(.storeFailed("disk full"))
      }
      after(.milliseconds(500)) { if $0.epoch == epoch { $0.commitGroup() } }
      return
    }
    if storeReportedBroken {
      storeReportedBroken = false
      handle(.storeRecovered)
    }
    let group = waitingForStore
    waitingForStore = []
    storeIsBusy = false
    for job in group {
      let isKnown = durable[job.unit] != nil || durableFailures.contains(job.unit)
      if isKnown { violations.append("unit \(job.unit) was committed twice") }
      switch job {
      case .result(let result): durable[job.unit] = result
      case .failure(let unit, _): durableFailures.insert(unit)
      }
    }
    if isFaulty, faults.coordinatorCrashes, dice.chance(0.01) { return crashCoordinator() }
    handle(.committed(units: group.map(\.unit)))
  }
}
