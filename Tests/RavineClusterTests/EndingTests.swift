import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

/// Local processes, stopping, and the ways a run ends.
@Suite struct EndingTests {
  /// One slot whose process was started.
  private func started(costs: [Double], workers: Int = 1) -> CoordinatorBench {
    var bench = CoordinatorBench(costs: costs, localWorkers: workers)
    #expect(bench.handle(.tick) == (0..<workers).map { "start \($0)" })
    for slot in 0..<workers { #expect(bench.handle(.workerStarted(slot: slot, pid: Int32(slot + 1))) == []) }
    return bench
  }

  @Test func unitsOfADeadLocalWorkerAreHandedOutAtOnce() {
    var bench = started(costs: [9, 8, 7, 6, 5, 4, 3, 2], workers: 2)
    #expect(bench.join(1, slot: 0) == ["1: assign [0, 1, 2]"])
    #expect(bench.join(2, slot: 1) == ["2: assign [3, 4]"])
    _ = bench.send(1, .heartbeat(unit: 0, steps: 0))
    _ = bench.send(2, .heartbeat(unit: 3, steps: 0))
    let lines = bench.handle(.workerExited(slot: 0, evidence: "signal 9", clean: false))
    #expect(lines == ["note died", "start 0"])
    #expect(bench.coordinator.scheduler.story(of: 0).contains("1 strikes (0 alone)"))
    #expect(bench.coordinator.scheduler.story(of: 1).contains("1 returned"))
    #expect(bench.send(2, CoordinatorBench.result(3, next: 4)) == ["commit 3"])
  }

  @Test func aCleanExitBlamesNobody() {
    var bench = started(costs: [2, 1])
    _ = bench.join(1, slot: 0)
    _ = bench.send(1, .heartbeat(unit: 0, steps: 0))
    #expect(bench.handle(.workerExited(slot: 0, evidence: "exit status 0", clean: true)) == ["note left", "start 0"])
    #expect(bench.coordinator.scheduler.story(of: 0).contains("1 lost, 0 strikes"))
  }

  @Test func aSlotThatDiesQuicklyIsTriedFiveTimes() {
    var bench = CoordinatorBench(costs: [1], localWorkers: 1)
    var starts: [Double] = []
    var lines = bench.handle(.tick)
    while lines.contains("start 0") {
      starts.append(bench.now.seconds(since: CoordinatorBench.start))
      lines = bench.handle(.workerExited(slot: 0, evidence: "cannot execute", clean: false))
      if !lines.contains("start 0"), !lines.contains("finished noWorkers") { lines += bench.wait(seconds: 8) }
      bench.now = bench.coordinator.lastHandled
    }
    #expect(starts == [0, 0, 1, 3, 7])
    #expect(lines == ["note died", "note slot-given-up", "finished noWorkers"])
  }

  @Test func aSlotThatDeliversIsAlwaysStartedAgain() {
    var bench = CoordinatorBench(costs: [Double](repeating: 1, count: 40), localWorkers: 1)
    #expect(bench.handle(.tick) == ["start 0"])
    for round in 1...20 {
      let name = UInt8(round)
      _ = bench.handle(.workerStarted(slot: 0, pid: Int32(name)))
      _ = bench.join(name, slot: 0)
      let unit = bench.coordinator.scheduler.units(of: bench.coordinator.sessionOrder[0])[0]
      let attempt = bench.coordinator.scheduler.leases(of: unit)[0].attempt
      #expect(bench.send(name, CoordinatorBench.result(unit, attempt: attempt)).first == "commit \(unit)")
      #expect(bench.handle(.workerExited(slot: 0, evidence: "signal 9", clean: false)).last == "start 0")
    }
  }

  @Test func drainWaitsForResultsInFlight() {
    var bench = CoordinatorBench(costs: [3, 2, 1])
    _ = bench.join(1)
    _ = bench.send(1, .heartbeat(unit: 0, steps: 0))
    #expect(bench.handle(.drain) == ["note stopping", "1: drain"])
    #expect(bench.handle(.drain) == [])
    let queued = [1, 2].map { HeldUnit(unit: $0, attempt: 1, started: false) }
    #expect(bench.send(1, .released(queued)) == [])
    #expect(bench.send(1, CoordinatorBench.result(0)) == ["commit 0"])
    #expect(
      bench.handle(.committed(units: [0])) == ["1: committed [0] already [] refused []", "1: bye", "finished stopped"])
  }

  @Test func theEndIsHeardByEveryWorkerBeforeTheSocketsClose() {
    var bench = CoordinatorBench(costs: [1])
    _ = bench.join(1)
    _ = bench.join(2)
    _ = bench.send(1, CoordinatorBench.result(0))
    #expect(!bench.coordinator.awaitsFarewells)
    #expect(bench.handle(.committed(units: [0])).suffix(3) == ["1: bye", "2: bye", "finished complete"])
    for name: UInt8 in [1, 2] {
      #expect(bench.coordinator.awaitsFarewells)
      #expect(bench.send(name, .farewell) == [])
    }
    #expect(!bench.coordinator.awaitsFarewells)
  }

  @Test func drainDoesNotWaitForEver() {
    var bench = started(costs: [3, 2, 1])
    _ = bench.join(1, slot: 0)
    #expect(bench.handle(.drain) == ["note stopping", "1: drain"])
    let lines = bench.wait(seconds: 9)
    #expect(lines.suffix(2) == ["1: bye", "finished stopped"])
  }

  @Test func drainWithoutWorkersStopsAtOnce() {
    var bench = started(costs: [1])
    #expect(bench.handle(.drain) == ["note stopping", "stop 0", "finished stopped"])
  }

  @Test func aUnitThatFailsForGoodEndsTheRunAllTheSame() {
    var bench = CoordinatorBench(costs: [1])
    _ = bench.join(1)
    for attempt in UInt32(1)...2 {
      let failure = WorkerMessage.failure(unit: 0, attempt: attempt, reason: "singular", next: nil)
      #expect(bench.send(1, failure) == ["note retried", "1: assign [0]"])
    }
    let last = WorkerMessage.failure(unit: 0, attempt: 3, reason: "singular", next: nil)
    #expect(bench.send(1, last) == ["note failed", "commit failure 0"])
    #expect(bench.handle(.committed(units: [0])) == ["1: bye", "finished complete"])
    #expect(bench.coordinator.progress.failedTrials == 10)
    #expect(bench.coordinator.progress.committedUnits == 0)
  }

  @Test func anOverdueUnitIsTriedTwiceAndTheLoserIsCancelled() {
    var bench = CoordinatorBench(costs: [1, 1])
    #expect(bench.join(1) == ["1: assign [0]"])
    #expect(bench.send(1, CoordinatorBench.result(0)) == ["commit 0", "1: assign [1]"])
    #expect(bench.send(1, .heartbeat(unit: 1, steps: 0)) == [])
    #expect(bench.join(2) == [])
    #expect(bench.wait(seconds: 2.5).filter { !$0.hasSuffix("heartbeat") } == ["2: assign [1]"])
    #expect(bench.send(2, CoordinatorBench.result(1, attempt: 2)) == ["1: cancel [1]", "commit 1"])
  }
}
