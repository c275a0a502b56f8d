import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

@Suite struct WorkerTests {
  @Test func fromHelloToTheFirstResult() {
    var bench = WorkerBench()
    #expect(bench.handle(.tick) == ["hello 1 held [] results []"])
    #expect(bench.welcome() == ["part 0 from 0?"])
    let text = Array("ravine: 1".utf8)
    #expect(bench.send(.planPart(part: 0, offset: 0, total: 9, bytes: Array(text[..<4]))) == ["part 0 from 4?"])
    #expect(bench.send(.planPart(part: 0, offset: 4, total: 9, bytes: Array(text[4...]))) == ["part 1 from 0?"])
    #expect(
      bench.send(.planPart(part: 1, offset: 0, total: 3, bytes: [1, 2, 3])) == ["load a.yaml ravine: 1 [\"b.csv\"]"])
    #expect(bench.handle(.planReady(hash: WorkerBench.hash)) == ["ready"])
    #expect(bench.assign(4, 5) == ["compute 4.1 40+10"])
    #expect(bench.handle(.computeProgress(unit: 4, steps: 123)) == [])
    #expect(bench.wait(seconds: 2) == ["heartbeat 4 123"])
    #expect(bench.computed(4) == ["compute 5.1 50+10", "result 4 next 5"])
    #expect(bench.computed(5) == ["result 5 next -"])
    #expect(bench.worker.results.count == 2)
    var answer = Acknowledgement()
    answer.committed = [4]
    answer.already = [5]
    #expect(bench.send(.acknowledge(answer)) == [])
    #expect(bench.worker.results.isEmpty)
  }

  @Test func helloIsRepeatedMoreAndMoreSlowlyUntilTheOrphanTimeout() {
    var bench = WorkerBench(orphanTimeout: .seconds(60))
    let lines = bench.wait(seconds: 100)
    #expect(lines.last == "exit 69")
    #expect((14...24).contains(lines.count), "\(lines.count)")
    #expect(bench.worker.nextDeadline == nil)
    #expect(bench.handle(.tick) == [])
  }

  @Test(arguments: [(Rejection.Code.version, 76), (.denied, 77), (.protocol, 70), (.hung, 70)])
  func rejectionsAreFinal(code: Rejection.Code, status: Int) {
    var bench = WorkerBench()
    _ = bench.handle(.tick)
    let rejection = CoordinatorMessage.reject(Rejection(helloNumber: 1, code: code, text: "no"))
    #expect(bench.send(rejection) == ["exit \(status)"])
  }

  @Test func aFullCoordinatorIsAskedAgain() {
    var bench = WorkerBench()
    _ = bench.handle(.tick)
    let rejection = Rejection(helloNumber: 1, code: .tooMany, text: "full", retry: .seconds(5))
    #expect(bench.send(.reject(rejection)) == [])
    #expect(bench.wait(seconds: 4.9) == [])
    #expect(bench.wait(seconds: 5.2).first == "hello 2 held [] results []")
  }

  @Test func anotherPlanOrProtocolIsAVersionMismatch() {
    var bench = WorkerBench()
    bench.join()
    #expect(bench.worker.plan.hash == WorkerBench.hash)
    var other = WorkerBench()
    _ = other.handle(.tick)
    _ = other.welcome(planHash: "d")
    _ = other.send(.planPart(part: 0, offset: 0, total: 9, bytes: Array("ravine: 1".utf8)))
    _ = other.send(.planPart(part: 1, offset: 0, total: 3, bytes: [1, 2, 3]))
    #expect(other.handle(.planReady(hash: WorkerBench.hash)) == ["leaving", "exit 76"])
    var third = WorkerBench()
    _ = third.handle(.tick)
    #expect(third.handle(.received(frames: [[0x52, 0x56, 0x4E, 0x45, 2, 0, 0, 0]])) == ["exit 76"])
  }

  @Test func resultsAreKeptAndSentAgainAfterASilence() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1, 2, 3)
    #expect(bench.computed(1) == ["compute 2.1 20+10", "result 1 next 2"])
    let lines = bench.wait(seconds: 10)
    #expect(lines.last == "hello 2 held [\"2*\", \"3\"] results [1]")
    #expect(bench.computed(2) == [])
    #expect(
      bench.welcome(keep: [2, 3], send: [1]) == [
        "ready", "result 1 next -", "result 2 next -", "compute 3.1 30+10", "heartbeat 3 0",
      ])
  }

  @Test func whatTheCoordinatorDoesNotWantIsDropped() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1, 2, 3)
    _ = bench.computed(1)
    #expect(bench.send(.heartbeat) == [])
    let gap = Envelope(session: 1, sequence: 99, message: CoordinatorMessage.heartbeat)
    _ = bench.handle(.received(frames: gap.frames()))
    #expect(bench.hello?.number == 2)
    #expect(bench.welcome(keep: [3], send: []) == ["cancel 2", "ready"])
    #expect(bench.worker.results.isEmpty)
    let reason = Worker.Event.computeFailed(unit: 2, attempt: 1, reason: "cancelled")
    #expect(bench.handle(reason) == ["compute 3.1 30+10", "heartbeat 3 0"])
  }

  @Test func aUnitThatEndedMeanwhileIsReported() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1)
    _ = bench.wait(seconds: 10)
    #expect(bench.hello?.held == [HeldUnit(unit: 1, attempt: 1, started: true)])
    #expect(bench.handle(.computeFailed(unit: 1, attempt: 1, reason: "singular")) == [])
    #expect(bench.welcome(keep: [1]) == ["ready", "failure 1 singular"])
  }

  @Test func nothingIsStartedOnAnOldLease() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1, 2)
    _ = bench.wait(seconds: 8.1)
    #expect(bench.computed(1) == ["result 1 next -"])
    #expect(bench.send(.heartbeat) == ["compute 2.1 20+10", "heartbeat 2 0"])
  }

  @Test func anotherRunsPlanReplacesEverything() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1, 2)
    _ = bench.computed(1)
    _ = bench.wait(seconds: 10)
    #expect(bench.welcome(planHash: "d") == ["cancel 2", "part 0 from 0?"])
    #expect(bench.worker.results.isEmpty && bench.worker.queue.isEmpty)
  }

  @Test func terminateReturnsDeliversAndLeaves() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1, 2)
    #expect(bench.handle(.terminate) == ["leaving", "released [\"2\"]"])
    #expect(bench.computed(1) == ["result 1 next -"])
    var answer = Acknowledgement()
    answer.committed = [1]
    #expect(bench.send(.acknowledge(answer)) == ["farewell", "exit 143"])
  }

  @Test func terminateGivesUpAfterItsGrace() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1)
    _ = bench.handle(.terminate)
    let lines = bench.wait(seconds: 8)
    #expect(lines.suffix(4) == ["cancel 1", "released [\"1*\"]", "farewell", "exit 143"])
    var second = WorkerBench()
    second.join()
    _ = second.assign(1)
    _ = second.handle(.terminate)
    #expect(second.handle(.terminate) == ["exit 143"])
  }

  @Test func terminateWithoutACoordinatorLeavesWithinTwentySeconds() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1)
    _ = bench.computed(1)
    _ = bench.handle(.terminate)
    #expect(bench.wait(seconds: 20).last == "exit 143")
  }

  @Test func drainReturnsWhatTakesTooLong() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1, 2, seconds: 100)
    #expect(bench.send(.drain(grace: .seconds(8))) == ["released [\"2\"]", "cancel 1", "released [\"1*\"]"])
    #expect(bench.assign(3) == ["released [\"3\"]"])
    #expect(bench.send(.bye(text: "")) == ["farewell", "exit 0"])
  }

  @Test func drainLetsAShortUnitEnd() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1, seconds: 5)
    #expect(bench.send(.drain(grace: .seconds(8))) == [])
    #expect(bench.computed(1) == ["result 1 next -"])
  }

  @Test func busyMeansAgainInASecond() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1)
    _ = bench.computed(1)
    var answer = Acknowledgement()
    answer.refused = [Refusal(unit: 1, code: .busy, text: "")]
    #expect(bench.send(.acknowledge(answer)) == [])
    #expect(bench.wait(seconds: 1).contains("result 1 next -"))
    answer.refused = [Refusal(unit: 1, code: .bad, text: "")]
    #expect(bench.send(.acknowledge(answer)) == [])
    #expect(bench.worker.results.isEmpty)
  }

  @Test func aResultThatDoesNotFitIntoAMessageIsAFailure() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1)
    let columns = [UInt8](repeating: 0, count: WireLimits.resultBytes + 1)
    let lines = bench.handle(.computed(unit: 1, attempt: 1, columns: columns, cards: [], seconds: 1))
    #expect(lines == ["failure 1 the result has 3932161 bytes, more than 3932160"])
  }
}
