import Foundation
import RavineDescent
import RavineStore
import Testing

@Suite struct CommitTests {
  let folder: Folder
  let run = SampleRun()

  init() throws { folder = try Folder() }

  @Test func whatIsCommittedIsThereAfterReopening() throws {
    let store = try run.create(at: folder.file())
    let durability = try store.durability()
    #expect(durability.journalMode == "wal" && durability.synchronous == 2)
    #expect(try store.commit([run.result(3), run.result(0)], at: later) == [.committed, .committed])
    store.close()
    #expect(folder.names == ["run.sqlite"])

    let reopened = try RunStore.open(at: folder.file(), readOnly: true)
    #expect(reopened.provenance == run.provenance)
    #expect(reopened.axes == run.grid.axes)
    #expect(reopened.trialCount == 80 && reopened.problemCount == 8 && reopened.unitCount == 8)
    #expect(try reopened.unitSpecs() == run.units)
    #expect(try reopened.files() == run.shape.files)
    #expect(try reopened.committedUnits() == [true, false, false, true, false, false, false, false])
    let tally = try reopened.tally()
    #expect(tally.committedUnits == 2 && tally.committedTrials == 20 && tally.failedTrials == 0)
    #expect(tally.committedCost == 1 + 31 && tally.totalCost == 8 + 10 * 28)
    var seen: [Int] = []
    try reopened.forEachRecord { trial, record in
      seen.append(trial)
      #expect(bits(record) == bits(sampleRecord(trial)))
    }
    #expect(seen == Array(0..<10) + Array(30..<40))
    #expect(try reopened.card(of: 3) == sampleCard(3))
    #expect(try reopened.card(of: 7) == nil)
    #expect(try reopened.record(of: 35).map(bits) == bits(sampleRecord(35)))
    #expect(try reopened.record(of: 45) == nil)
  }

  @Test func theFirstValidResultWins() throws {
    let store = try run.create(at: folder.file())
    #expect(try store.commit([run.result(1), run.result(1)], at: later) == [.committed, .already(sameDigest: true)])
    var other = run.result(1, digest: 8)
    other.columns = RecordColumns.encode((10..<20).map { _ in TrialRecord(status: .floor) }, firstTrial: 10)
    #expect(try store.commit([other], at: later) == [.already(sameDigest: false)])
    #expect(try store.record(of: 12).map(bits) == bits(sampleRecord(12)))
  }

  @Test func wrongBytesAreRefusedAndTheRestIsKept() throws {
    let store = try run.create(at: folder.file())
    var damaged = run.result(2)
    damaged.columns[40] ^= 1
    var misplaced = run.result(2)
    misplaced.unit = 4
    var unknown = run.result(2)
    unknown.unit = 99
    var strayCard = run.result(2)
    strayCard.cards = CardColumns.encode([(8, sampleCard(8))])
    var damagedCard = run.result(2)
    damagedCard.cards[50] ^= 1
    let outcomes = try store.commit([damaged, misplaced, unknown, strayCard, damagedCard, run.result(5)], at: later)
    for outcome in outcomes.dropLast() {
      guard case .refused = outcome else {
        Issue.record("accepted: \(outcome)")
        continue
      }
    }
    #expect(outcomes.last == .committed)
    #expect(try store.committedUnits() == [false, false, false, false, false, true, false, false])
  }

  @Test func failedUnitsGiveFailedRecordsUntilAResultComes() throws {
    let store = try run.create(at: folder.file())
    _ = try store.commit([run.result(0)], at: later)
    let failure = UnitFailure(unit: 1, attempt: 3, worker: "here/1", evidence: "signal 9 twice")
    let ignored = UnitFailure(unit: 0, attempt: 3, worker: "here/1", evidence: "late")
    try store.recordFailures([failure, ignored], at: later)
    #expect(try store.failures() == [failure])
    #expect(try store.unitStates().prefix(3) == [.committed, .failed, .waiting])
    #expect(try store.record(of: 15)?.status == .failed)
    #expect(try store.commit([run.result(1)], at: later) == [.committed])
    #expect(try store.failures().isEmpty)
    try store.recordFailures([UnitFailure(unit: 2, attempt: 1, worker: "", evidence: "")], at: later)
    #expect(try store.retryFailures(at: later) == 1)
    #expect(try store.unitStates()[2] == .waiting)
  }

  @Test func aCancelledRunHasARecordOfEveryTrial() throws {
    let store = try run.create(at: folder.file())
    _ = try store.commit([run.result(0)], at: later)
    try store.setState(.cancelled, at: later)
    var statuses: [TrialStatus] = []
    try store.forEachRecord { _, record in statuses.append(record.status) }
    #expect(statuses.count == 80)
    #expect(statuses[10...].allSatisfy { $0 == .cancelled })
  }

  @Test func historyComesBackAsItWent() throws {
    let store = try run.create(at: folder.file())
    let events = (0..<5).map { index in
      StoredEvent(
        at: WallTime(milliseconds: Int64(index)), kind: index == 2 ? "lost" : "joined", text: "no \(index) \"quoted\"",
        fields: index == 3 ? [.init("z", "a\n\u{1}\"\\"), .init("a", "ß")] : [])
    }
    try store.append(events, at: later)
    #expect(try store.events(last: 3) == Array(events[2...]))
    #expect(try store.events(last: 3, kind: "lost") == [events[2]])
    var worker = StoredWorker(
      session: "1.1", name: "here/0", host: "here", pid: 12, build: "b", instructions: "v3", threads: 2,
      joinedAt: later)
    try store.record([worker], at: later)
    worker.leftAt = later
    worker.ending = "signal 9"
    try store.record([worker], at: later)
    #expect(try store.workers() == [worker])
    #expect(try store.updatedAt() == later)
  }

  @Test func damageToStoredRecordsIsFoundAndHealed() throws {
    let store = try run.create(at: folder.file())
    try run.fill(store)
    store.close()
    try flipByte(of: run.result(6).columns, in: folder.file())
    // Units 7, 6, 5, 4 were committed last (of equal times the highest): their records are looked at.
    #expect(throws: StoreError.self) { try RunStore.open(at: folder.file(), readOnly: false) }
    let reader = try RunStore.open(at: folder.file(), readOnly: true)
    #expect(try reader.damagedUnits().map(\.unit) == [6])
    #expect(throws: StoreError.self) { try reader.forEachRecord { _, _ in } }
  }

  @Test func requeuedUnitsWaitAgain() throws {
    let store = try run.create(at: folder.file())
    try run.fill(store)
    try store.requeue([6], at: later)
    #expect(try store.unitStates()[6] == .waiting)
    #expect(try store.record(of: 60) == nil)
    #expect(try store.commit([run.result(6)], at: later) == [.committed])
    #expect(try store.damagedUnits().isEmpty)
  }

  /// Changes one byte of `content` in `path`, also in copies that pages which are free again may hold.
  private func flipByte(of content: [UInt8], in path: String) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let start = Data(content[0..<64])
    try #require(bytes.range(of: start) != nil)
    while let place = bytes.range(of: start) { bytes[place.lowerBound + 40] ^= 0x10 }
    try bytes.write(to: URL(fileURLWithPath: path))
  }
}
