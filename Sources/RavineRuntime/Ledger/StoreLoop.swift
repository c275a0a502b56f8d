import RavineCluster
import RavineScheduling
import RavineStore
import RavineZeroMQ

/// The store thread's own state.
final class StoreLoop {
  private let ledger: any ResultLedger
  private let settings: StoreWriter.Settings
  private let inbox: Mailbox<StoreOrder>
  /// Rung where something cannot wait until the next group is due.
  private let bell: WakeUp
  private let report: @Sendable (StoreWriter.Report) -> Void

  private var results: [UnitCommit] = []
  private var failures: [UnitFailure] = []
  private var events: [StoredEvent] = []
  private var workers: [StoredWorker] = []
  private var isFinishing = false
  private var isFailing = false
  private var isBroken = false
  /// When to write next, if anything waits.
  private var due = Instant(nanoseconds: 0)

  init(
    ledger: any ResultLedger, settings: StoreWriter.Settings, inbox: Mailbox<StoreOrder>,
    bell: WakeUp, report: @escaping @Sendable (StoreWriter.Report) -> Void
  ) {
    self.ledger = ledger
    self.settings = settings
    self.inbox = inbox
    self.bell = bell
    self.report = report
  }

  /// Serves until told to finish. Returns how many results or failures could not be written.
  func run() -> Int {
    while !isFinishing {
      sleep()
      for order in inbox.takeAll() { take(order) }
      let isFull = results.count >= settings.groupLimit && !isFailing
      if hasWork && (isFinishing || isFull || MonotonicClock.now() >= due) { write() }
    }
    return results.count + failures.count
  }

  /// Until there is something to do. What comes while a group waits for its time does not wake the thread: the cores
  /// have better things to do.
  private func sleep() {
    guard hasWork else { return inbox.wait(milliseconds: -1) }
    bell.wait(milliseconds: MonotonicClock.milliseconds(until: due))
    bell.clear()
  }

  private var hasWork: Bool {
    !isBroken && !(results.isEmpty && failures.isEmpty && events.isEmpty && workers.isEmpty)
  }

  private func take(_ order: StoreOrder) {
    switch order {
    case .result(let result): results.append(result)
    case .failure(let failure): failures.append(failure)
    case .event(let event): events.append(event)
    case .worker(let worker): workers.append(worker)
    case .retry: due = MonotonicClock.now()
    case .finish: isFinishing = true
    }
  }

  private func write() {
    let start = MonotonicClock.now()
    do throws(StoreError) {
      try writeResults()
      try writeFailures()
      try writeHistory()
      due = start + settings.interval
    } catch {
      due = start + settings.retry
      isBroken = !error.isTransient
      if isBroken {
        report(.broken(error))
      } else if !isFailing {
        isFailing = true
        report(.failed(error))
      }
    }
  }

  /// Recovery is reported before the commits that show it: after the last of those nobody may be listening.
  private func noteSuccess() {
    guard isFailing else { return }
    isFailing = false
    report(.recovered)
  }

  private func writeResults() throws(StoreError) {
    while !results.isEmpty {
      let count = groupSize()
      let group = Array(results[0..<count])
      let now = WallTime.now()
      let outcomes = try ledger.commit(group, at: now)
      noteSuccess()
      results.removeFirst(count)
      var durable: [Int] = []
      for (result, outcome) in zip(group, outcomes) {
        switch outcome {
        case .committed:
          durable.append(result.unit)
        case .already(let sameDigest):
          durable.append(result.unit)
          if !sameDigest { events.append(.differentCopy(of: result, at: now)) }
        case .refused(let reason):
          // Its digest was right, so this is what the worker computed: a fault of the program, not of the transport.
          failures.append(
            UnitFailure(
              unit: result.unit, attempt: result.attempt, worker: result.worker,
              evidence: "refused by the store: \(reason)"))
        }
      }
      if !durable.isEmpty { report(.committed(units: durable)) }
    }
  }

  private func groupSize() -> Int {
    var count = 0
    var bytes = 0
    for result in results.prefix(settings.groupLimit) {
      bytes += result.columns.count + result.cards.count
      if count > 0 && bytes > settings.groupBytes { break }
      count += 1
    }
    return count
  }

  private func writeFailures() throws(StoreError) {
    guard !failures.isEmpty else { return }
    try ledger.recordFailures(failures, at: .now())
    noteSuccess()
    let units = failures.map(\.unit)
    failures.removeAll()
    report(.committed(units: units))
  }

  private func writeHistory() throws(StoreError) {
    if !workers.isEmpty {
      try ledger.record(workers, at: .now())
      noteSuccess()
      workers.removeAll()
    }
    if !events.isEmpty {
      try ledger.append(events, at: .now())
      noteSuccess()
      events.removeAll()
    }
  }
}

extension StoredEvent {
  fileprivate static func differentCopy(of result: UnitCommit, at now: WallTime) -> StoredEvent {
    StoredEvent(
      at: now, kind: ClusterNote.Kind.nonDeterminism.rawValue,
      text: "unit \(result.unit) was computed again by \(result.worker) with other bytes; the first copy stays",
      fields: [Field("unit", "\(result.unit)"), Field("worker", result.worker)])
  }
}
