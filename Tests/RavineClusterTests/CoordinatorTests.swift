import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

@Suite struct CoordinatorTests {
  @Test func commitBeforeAcknowledge() {
    var bench = CoordinatorBench(costs: [5, 4, 3, 2, 1])
    #expect(bench.hello(1) == ["1: welcome keep [] send []", "note joined"])
    #expect(bench.send(1, .planRequest(part: 0, offset: 4)) == ["1: part 0 4+5 of 9"])
    #expect(bench.send(1, .planRequest(part: 1, offset: 0)) == ["1: part 1 0+2 of 2"])
    #expect(bench.send(1, .ready(planHash: CoordinatorBench.hash)) == ["1: assign [0, 1, 2]"])
    #expect(bench.send(1, .heartbeat(unit: 0, steps: 1)) == [])
    #expect(bench.send(1, CoordinatorBench.result(0, next: 1)) == ["commit 0", "1: assign [3]"])
    #expect(bench.send(1, CoordinatorBench.result(1, next: 2)) == ["commit 1"])
    #expect(bench.handle(.committed(units: [0, 1])) == ["1: committed [0, 1] already [] refused []"])
    #expect(bench.coordinator.progress.committedTrials == 20)
    #expect(bench.coordinator.progress.workers.map(\.unitsDone) == [2])
    #expect(bench.coordinator.progress.workers.map(\.currentUnit) == [2])
  }

  @Test func theRunEndsWithItsLastCommit() {
    var bench = CoordinatorBench(costs: [1], committed: [false])
    _ = bench.join(1)
    #expect(bench.send(1, CoordinatorBench.result(0)) == ["commit 0"])
    #expect(
      bench.handle(.committed(units: [0])) == ["1: committed [0] already [] refused []", "1: bye", "finished complete"])
    #expect(bench.coordinator.progress.phase == .finished(.complete))
    #expect(bench.coordinator.nextDeadline == nil)
    #expect(bench.send(1, .heartbeat(unit: nil, steps: 0)) == ["1: bye"])
    #expect(bench.handle(.tick) == [])
  }

  @Test func aRunWithNothingToDoStartsNobody() {
    var bench = CoordinatorBench(costs: [1, 1], committed: [true, true], localWorkers: 2)
    #expect(bench.handle(.tick) == ["finished complete"])
  }

  @Test func secondCopiesAreAcknowledgedAndCompared() {
    var bench = CoordinatorBench(costs: [1, 1, 1])
    _ = bench.join(1)
    _ = bench.hello(2)
    #expect(bench.send(1, CoordinatorBench.result(0)) == ["commit 0"])
    #expect(bench.send(2, CoordinatorBench.result(0)) == [])
    #expect(bench.send(2, CoordinatorBench.result(0, value: 7)) == ["note non-determinism"])
    #expect(
      bench.handle(.committed(units: [0])) == [
        "1: committed [0] already [] refused []", "2: committed [] already [0] refused []",
      ])
    #expect(bench.send(2, CoordinatorBench.result(0)) == ["2: committed [] already [0] refused []"])
    #expect(
      bench.send(2, CoordinatorBench.result(0, value: 7)) == [
        "note non-determinism", "2: committed [] already [0] refused []",
      ])
  }

  @Test func badResultsAreRefusedAndComputedAgain() {
    var bench = CoordinatorBench(costs: [2, 1])
    _ = bench.join(1)
    guard case .result(var wrong) = CoordinatorBench.result(0) else { return }
    wrong.columns[0] ^= 1
    #expect(
      bench.send(1, .result(wrong)) == [
        "note bad-result", "1: committed [] already [] refused [\"0 bad\"]", "1: assign [0]",
      ])
    guard case .result(var short) = CoordinatorBench.result(0, attempt: 2) else { return }
    short.trialCount = 9
    #expect(bench.send(1, .result(short)).contains("note bad-result"))
    short.unit = 77
    #expect(bench.send(1, .result(short)).suffix(2) == ["1: reject protocol", "note refused"])
    #expect(bench.coordinator.sessions.isEmpty)
    #expect(bench.coordinator.scheduler.count(.waiting) == 2)
  }

  @Test func nothingMovesWhileTheStoreFails() {
    var bench = CoordinatorBench(costs: [4, 3, 2, 1])
    _ = bench.join(1)
    #expect(bench.handle(.storeFailed("disk full")) == ["note paused"])
    #expect(bench.coordinator.progress.phase == .paused("disk full"))
    #expect(bench.send(1, CoordinatorBench.result(0)) == ["commit 0"])
    #expect(bench.send(1, CoordinatorBench.result(1)) == ["commit 1"])
    #expect(bench.send(1, CoordinatorBench.result(2)) == ["commit 2"])
    #expect(bench.handle(.storeRecovered) == ["note resumed", "1: assign [3]"])
    #expect(bench.handle(.committed(units: [0, 1, 2])) == ["1: committed [0, 1, 2] already [] refused []"])
  }

  @Test func resultsArePutOffWhenTheStoreIsFarBehind() {
    var bench = CoordinatorBench(costs: [3, 2, 1]) { $0.commitBytesLimit = 1 }
    _ = bench.join(1)
    #expect(bench.send(1, CoordinatorBench.result(0)) == ["commit 0"])
    #expect(bench.send(1, CoordinatorBench.result(1)) == ["1: committed [] already [] refused [\"1 busy\"]"])
    #expect(bench.handle(.committed(units: [0])) == ["1: committed [0] already [] refused []"])
    #expect(bench.send(1, CoordinatorBench.result(1)) == ["commit 1"])
    #expect(bench.handle(.committed(units: [1])) == ["1: committed [1] already [] refused []", "1: assign [2]"])
  }

  @Test func strangersAreAskedToSayHello() {
    var bench = CoordinatorBench(costs: [1])
    #expect(bench.send(9, CoordinatorBench.result(0)) == ["9: rejoin"])
    #expect(bench.coordinator.scheduler.phase(of: 0) == .waiting)
    #expect(bench.handle(.received(peer: CoordinatorBench.peer(9), frames: [[1, 2, 3]])) == [])
    #expect(bench.coordinator.progress.malformedMessages == 1)
  }

  @Test func whoDoesNotFitIsTurnedAwayAndTheRunGoesOn() {
    var bench = CoordinatorBench(costs: [1]) { $0.sessionLimit = 1 }
    #expect(bench.hello(1, build: "b2") == ["1: reject version", "note refused"])
    #expect(bench.hello(2, roles: .viewer) == ["2: reject denied", "note refused"])
    #expect(bench.join(3) == ["3: assign [0]"])
    #expect(bench.hello(4) == ["4: reject tooMany for now", "note refused"])
    let envelope = Envelope(session: 0, sequence: 0, message: WorkerMessage.farewell)
    var frame = envelope.frames()[0]
    frame[4] = 9
    let lines = bench.handle(.received(peer: CoordinatorBench.peer(5), frames: [frame]))
    #expect(lines == ["5: reject version", "note refused"])
  }

  @Test func anotherPlanHashIsAnotherBuild() {
    var bench = CoordinatorBench(costs: [1])
    _ = bench.hello(1)
    #expect(bench.send(1, .ready(planHash: "d")) == ["1: reject version", "note refused"])
    #expect(bench.coordinator.sessions.isEmpty)
  }

  @Test func silenceEndsASessionWithinItsLease() {
    var bench = CoordinatorBench(costs: [2, 1])
    #expect(bench.join(1) == ["1: assign [0]"])
    let lines = bench.wait(seconds: 9.9)
    #expect(lines == [String](repeating: "1: heartbeat", count: 4))
    #expect(bench.wait(seconds: 0.6) == ["note expired"])
    #expect(bench.join(2) == ["2: assign [0]"])
  }

  @Test func ownStandstillExpiresNobody() {
    var bench = CoordinatorBench(costs: [2, 1])
    _ = bench.join(1)
    bench.now = bench.now + .seconds(3600)
    #expect(bench.handle(.tick) == [])
    #expect(bench.coordinator.sessions.count == 1)
    #expect(bench.wait(seconds: 10.6).last == "note expired")
  }

  @Test func lostMessagesEndTheSessionAndDuplicatesAreDropped() {
    var bench = CoordinatorBench(costs: [3, 2, 1])
    _ = bench.join(1)
    let session = bench.coordinator.sessionOrder[0]
    let again = Envelope(session: session, sequence: 1, message: WorkerMessage.farewell)
    #expect(bench.handle(.received(peer: CoordinatorBench.peer(1), frames: again.frames())) == [])
    let later = Envelope(session: session, sequence: 3, message: CoordinatorBench.result(0))
    #expect(bench.handle(.received(peer: CoordinatorBench.peer(1), frames: later.frames())) == ["1: rejoin"])
    #expect(bench.send(1, CoordinatorBench.result(0)) == ["1: rejoin"])
    #expect(bench.coordinator.scheduler.phase(of: 0) == .leased)
    let held = [
      HeldUnit(unit: 1, attempt: 1, started: true), HeldUnit(unit: 2, attempt: 1, started: false),
      HeldUnit(unit: 99, attempt: 1, started: true),
    ]
    let results = [HeldResult(unit: 0, attempt: 1, digest: 0), HeldResult(unit: 98, attempt: 1, digest: 0)]
    #expect(
      bench.hello(1, number: 2, held: held, results: results) == ["note rejoined", "1: welcome keep [1, 2] send [0]"])
    #expect(bench.send(1, CoordinatorBench.result(0)) == ["commit 0"])
  }

  @Test func inventoriesOfEarlierCoordinatorsAreTaken() {
    var bench = CoordinatorBench(costs: [5, 4, 3, 2, 1], committed: [true, false, false, false, false])
    let held = [HeldUnit(unit: 2, attempt: 4, started: true), HeldUnit(unit: 0, attempt: 1, started: false)]
    let results = [HeldResult(unit: 0, attempt: 1, digest: 0), HeldResult(unit: 3, attempt: 1, digest: 0)]
    #expect(
      bench.hello(1, number: 7, held: held, results: results) == ["1: welcome keep [2] send [3]", "note joined"])
    #expect(bench.send(1, .ready(planHash: CoordinatorBench.hash)) == ["1: assign [1, 3]"])
  }

  @Test func workersThatEndSoonGetNothingTheyCannotFinish() {
    var bench = CoordinatorBench(costs: [100, 1, 1, 1])
    _ = bench.join(1)
    #expect(bench.send(1, CoordinatorBench.result(3)) == ["commit 3"])
    #expect(bench.join(2, secondsLeft: 0.5) == [])
    #expect(bench.hello(3, secondsLeft: 50).first == "3: welcome keep [] send []")
  }

  @Test func aHungUnitIsNoticedByItsSteps() {
    var bench = CoordinatorBench(costs: [1])
    _ = bench.join(1)
    var lines: [String] = []
    for _ in 0..<40 {
      lines += bench.send(1, .heartbeat(unit: 0, steps: 500)) + bench.wait(seconds: 2)
      if lines.contains("note hung") { break }
    }
    #expect(lines.filter { $0 != "1: heartbeat" } == ["note hung", "1: reject hung", "note refused"])
    #expect(bench.now.seconds(since: CoordinatorBench.start) == 60)
  }
}
