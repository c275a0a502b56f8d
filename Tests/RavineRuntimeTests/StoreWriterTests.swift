import RavineCluster
import RavineStore
import Synchronization
import Testing

@testable import RavineRuntime

/// A ledger in memory that fails when told to.
final class MemoryLedger: ResultLedger {
  struct State {
    var groups: [[Int]] = []
    var failures: [UnitFailure] = []
    var events: [StoredEvent] = []
    var workers: [StoredWorker] = []
    var error: StoreError?
    var refused: Set<Int> = []
    var calls = 0
  }

  let state = Mutex(State())

  func set(_ error: StoreError?) { state.withLock { $0.error = error } }

  func commit(_ results: [UnitCommit], at now: WallTime) throws(StoreError) -> [CommitOutcome] {
    let outcome: Result<[CommitOutcome], StoreError> = state.withLock { state in
      state.calls += 1
      if let error = state.error { return .failure(error) }
      state.groups.append(results.map(\.unit))
      return .success(results.map { state.refused.contains($0.unit) ? .refused("not a frame") : .committed })
    }
    return try outcome.get()
  }

  func recordFailures(_ failures: [UnitFailure], at now: WallTime) throws(StoreError) {
    state.withLock { $0.failures += failures }
  }

  func append(_ events: [StoredEvent], at now: WallTime) throws(StoreError) {
    state.withLock { $0.events += events }
  }

  func record(_ workers: [StoredWorker], at now: WallTime) throws(StoreError) {
    state.withLock { $0.workers += workers }
  }
}

@Suite struct StoreWriterTests {
  private func result(_ unit: Int, bytes: Int = 8) -> UnitResult {
    UnitResult(
      unit: unit, attempt: 1, worker: "here/0", digest: 1, columns: [UInt8](repeating: 0, count: bytes), cards: [],
      seconds: 0.1, turnaround: 0.2)
  }

  private func units(_ reports: [StoreWriter.Report]) -> [Int] {
    reports.flatMap { if case .committed(let units) = $0 { units } else { [Int]() } }
  }

  @Test func everyResultIsReportedOnceAndInOrder() throws {
    let ledger = MemoryLedger()
    let reports = try Collector<StoreWriter.Report>()
    let writer = try StoreWriter(ledger: ledger, report: reports.post)
    for unit in 0..<1000 { writer.commit(result(unit)) }
    #expect(writer.finish() == 0)
    #expect(units(reports.mailbox.takeAll()) == Array(0..<1000))
    let groups = ledger.state.withLock { $0.groups }
    #expect(groups.flatMap { $0 } == Array(0..<1000))
    #expect(groups.allSatisfy { $0.count <= 256 })
  }

  @Test func groupsAreBoundedByBytesButASingleResultIsNot() throws {
    let ledger = MemoryLedger()
    var settings = StoreWriter.Settings()
    settings.groupBytes = 100
    // Nothing is written before `finish`, so the groups are those of one writing.
    settings.interval = .seconds(1000)
    let reports = try Collector<StoreWriter.Report>()
    let writer = try StoreWriter(ledger: ledger, settings: settings, report: reports.post)
    writer.commit(result(0))
    _ = try reports.collect(1)
    for (unit, bytes) in [(1, 60), (2, 40), (3, 1), (4, 500), (5, 10)] { writer.commit(result(unit, bytes: bytes)) }
    #expect(writer.finish() == 0)
    #expect(ledger.state.withLock { $0.groups } == [[0], [1, 2], [3], [4], [5]])
  }

  @Test func aFailingStoreKeepsEverythingAndGoesOn() throws {
    let ledger = MemoryLedger()
    ledger.set(.full(path: "run"))
    let reports = try Collector<StoreWriter.Report>()
    let writer = try StoreWriter(ledger: ledger, report: reports.post)
    writer.commit(result(1))
    #expect(try reports.collect(1) == [.failed(.full(path: "run"))])
    writer.commit(result(2))
    writer.retryNow()
    ledger.set(nil)
    writer.retryNow()
    let after = try reports.collect { $0 == .committed(units: [2]) || $0 == .committed(units: [1, 2]) }
    #expect(units(after) == [1, 2])
    // It says that it works again before it shows it, and did not repeat that it failed.
    #expect(after.first == .recovered)
    #expect(after.filter { $0 == .failed(.full(path: "run")) }.isEmpty)
    #expect(writer.finish() == 0)
  }

  @Test func finishingTriesOnceAndCountsWhatIsLost() throws {
    let ledger = MemoryLedger()
    ledger.set(.io(path: "run", reason: "gone"))
    let reports = try Collector<StoreWriter.Report>()
    let writer = try StoreWriter(ledger: ledger, report: reports.post)
    writer.commit(result(1))
    _ = try reports.collect(1)
    writer.commit(result(2))
    #expect(writer.finish() == 2)
    #expect(ledger.state.withLock { $0.calls } == 2)
  }

  @Test func aStoreTakenOverIsNeverTriedAgain() throws {
    let ledger = MemoryLedger()
    ledger.set(.superseded(path: "run", epoch: 2))
    let reports = try Collector<StoreWriter.Report>()
    let writer = try StoreWriter(ledger: ledger, report: reports.post)
    writer.commit(result(1))
    #expect(try reports.collect(1) == [.broken(.superseded(path: "run", epoch: 2))])
    ledger.set(nil)
    writer.retryNow()
    #expect(writer.finish() == 1)
    #expect(ledger.state.withLock { $0.calls } == 1)
  }

  @Test func aResultThatTheStoreRefusesBecomesAFailureOfItsUnit() throws {
    let ledger = MemoryLedger()
    ledger.state.withLock { $0.refused = [7] }
    let reports = try Collector<StoreWriter.Report>()
    let writer = try StoreWriter(ledger: ledger, report: reports.post)
    writer.commit(result(7))
    #expect(writer.finish() == 0)
    #expect(units(reports.mailbox.takeAll()) == [7])
    #expect(
      ledger.state.withLock { $0.failures } == [
        UnitFailure(unit: 7, attempt: 1, worker: "here/0", evidence: "refused by the store: not a frame")
      ])
  }

  @Test func sessionsBeginAndEndInTheHistory() {
    var history = RunHistory(epoch: 3, build: "0.1")
    history.workerStarted(slot: 1, pid: 4711)
    let line = WorkerLine(
      name: "node07/1", slot: 1, cores: 2, instructionSet: "x86-64-v4", unitsDone: 0, currentUnit: nil, stepsDone: 0,
      lastHeard: Instant(nanoseconds: 0))
    let joined = history.session(
      of: ClusterNote(.joined, worker: "node07/1"), line: { $0 == line.name ? line : nil },
      at: WallTime(milliseconds: 5))
    #expect(
      joined
        == StoredWorker(
          session: "3.1", name: "node07/1", host: "node07", pid: 4711, build: "0.1", instructions: "x86-64-v4",
          threads: 2, joinedAt: WallTime(milliseconds: 5)))
    let died = history.session(
      of: ClusterNote(.died, worker: "node07/1", text: "signal 9"), line: { _ in nil },
      at: WallTime(milliseconds: 9))
    #expect(died?.leftAt == WallTime(milliseconds: 9))
    #expect(died?.ending == "died: signal 9")
    #expect(
      history.session(of: ClusterNote(.left, worker: "node07/1"), line: { _ in nil }, at: .init(milliseconds: 9))
        == nil)
  }
}
