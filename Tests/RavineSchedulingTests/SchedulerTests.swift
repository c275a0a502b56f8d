import Testing

@testable import RavineScheduling

@Suite struct SchedulerTests {
  @Test func longestFirstTiesByNumber() throws {
    var scenario = SchedulerScenario(costs: [1, 5, 5, 9, .nan], committed: [false, false, false, false, false])
    try scenario.play(
      """
      add 1
      next 1 -> unit 3 attempt 1
      next 1 -> unit 1 attempt 1
      next 1 -> unit 2 attempt 1
      next 1 -> unit 0 attempt 1
      next 1 -> unit 4 attempt 1
      next 1 -> nothing
      """)
  }

  @Test func committedUnitsAreNeverHandedOut() throws {
    var scenario = SchedulerScenario(costs: [3, 2, 1], committed: [true, false, true])
    try scenario.play(
      """
      add 1
      next 1 -> unit 1 attempt 1
      next 1 -> nothing
      accept 1 -> 1
      commit 1
      """)
    #expect(scenario.scheduler.isFinished)
  }

  @Test func unitsOfALostSessionAreHandedOutAgain() throws {
    var scenario = SchedulerScenario(costs: [3, 2, 1])
    try scenario.play(
      """
      add 1
      add 2
      next 1 -> unit 0 attempt 1
      next 1 -> unit 1 attempt 1
      start 1 0
      end 1
      next 2 -> unit 0 attempt 2
      next 2 -> unit 1 attempt 2
      story 0 -> \
      unit 0: leased, 2 attempts, 0 returned, 1 lost, 0 strikes (0 alone), held by ["session 2 attempt 2"], evidence []
      story 1 -> \
      unit 1: leased, 2 attempts, 1 returned, 0 lost, 0 strikes (0 alone), held by ["session 2 attempt 2"], evidence []
      """)
  }

  @Test func losingALeaseCostsNothingHoweverOften() throws {
    var scenario = SchedulerScenario(costs: [1])
    for round in 1...100 {
      try scenario.play(
        """
        add \(round)
        next \(round) -> unit 0 attempt \(round)
        start \(round) 0
        end \(round)
        """)
    }
    #expect(scenario.scheduler.phase(of: 0) == .waiting)
  }

  @Test func aUnitThatKillsWorkersRunsAloneAndFailsAtTheFourthDeath() throws {
    var scenario = SchedulerScenario(costs: [9, 2, 1, 1])
    try scenario.play(
      """
      add 1
      next 1 -> unit 0 attempt 1
      next 1 -> unit 1 attempt 1
      start 1 0
      die 1 signal 9
      add 2
      next 2 -> unit 0 attempt 2
      next 2 -> not this session
      start 2 0
      die 2 signal 9
      add 3
      next 3 -> unit 0 attempt 3
      start 3 0
      die 3 signal 11
      add 4
      next 4 -> unit 0 attempt 4
      start 4 0
      die 4 signal 11 -> \
      0: attempt 1: signal 9; attempt 2 (alone): signal 9; attempt 3 (alone): signal 11; attempt 4 (alone): signal 11
      phase 0 -> failing
      commit 0
      phase 0 -> failed
      phase 1 -> waiting
      """)
  }

  @Test func aSuspectWaitsUntilItsWorkerIsEmpty() throws {
    var scenario = SchedulerScenario(costs: [9, 5, 4, 3])
    try scenario.play(
      """
      add 1
      next 1 -> unit 0 attempt 1
      start 1 0
      add 2
      next 2 -> unit 1 attempt 1
      fail 1 0 bang -> retry
      next 2 -> not this session
      next 1 -> unit 2 attempt 1
      accept 1 -> 2
      next 2 -> unit 0 attempt 2
      next 2 -> not this session
      accept 0 -> 2
      next 2 -> unit 3 attempt 1
      """)
  }

  @Test func threeErrorsFailAUnitTheLastTwoAlone() throws {
    var scenario = SchedulerScenario(costs: [1, 1])
    try scenario.play(
      """
      add 1
      next 1 -> unit 0 attempt 1
      fail 1 0 a -> retry
      next 1 -> unit 0 attempt 2
      fail 1 0 b -> retry
      next 1 -> unit 0 attempt 3
      fail 1 0 c -> failed: attempt 1: a; attempt 2 (alone): b; attempt 3 (alone): c
      next 1 -> unit 1 attempt 1
      """)
  }

  @Test func aReservedSuspectOfALostSessionIsNotForgotten() throws {
    var scenario = SchedulerScenario(costs: [9, 5, 4])
    try scenario.play(
      """
      add 1
      next 1 -> unit 0 attempt 1
      next 1 -> unit 1 attempt 1
      fail 1 0 bang -> retry
      next 1 -> not this session
      end 1
      add 2
      next 2 -> unit 0 attempt 2
      """)
  }

  @Test func anOverdueUnitGetsOneCopyAndTheFirstResultWins() throws {
    var scenario = SchedulerScenario(costs: [10, 10])
    try scenario.play(
      """
      add 1
      add 2
      add 3
      next 1 -> unit 0 attempt 1
      next 2 -> unit 1 attempt 1
      measured 0 10
      start 1 0
      start 2 1
      due -> 20.0
      next 3 -> nothing
      wait 19.9
      next 3 -> nothing
      wait 0.1
      next 3 -> unit 0 attempt 2
      next 3 -> unit 1 attempt 2
      next 3 -> nothing
      accept 0 -> 1 3
      commit 0
      due -> never
      """)
  }

  @Test func nobodyGetsACopyOfItsOwnUnit() throws {
    var scenario = SchedulerScenario(costs: [10])
    try scenario.play(
      """
      add 1
      next 1 -> unit 0 attempt 1
      start 1 0
      wait 1000
      next 1 -> not this session
      add 2
      next 2 -> unit 0 attempt 2
      die 1 signal 9
      phase 0 -> leased
      release 2 0
      phase 0 -> waiting
      """)
  }

  @Test func lateResultOfAWaitingUnitIsTaken() throws {
    var scenario = SchedulerScenario(costs: [2, 1])
    try scenario.play(
      """
      add 1
      next 1 -> unit 0 attempt 1
      end 1
      accept 0
      add 2
      next 2 -> unit 1 attempt 1
      next 2 -> nothing
      commit 0
      accept 1 -> 2
      commit 1
      """)
    #expect(scenario.scheduler.isFinished)
  }

  @Test func inventoriesAreAdopted() throws {
    var scenario = SchedulerScenario(costs: [4, 3, 2, 1], committed: [false, true, false, false])
    try scenario.play(
      """
      add 1
      adopt 1 0 7 -> yes
      adopt 1 0 7 -> no
      adopt 1 1 1 -> no
      add 2
      adopt 2 0 6 -> yes
      add 3
      adopt 3 0 5 -> no
      next 3 -> unit 2 attempt 1
      end 1
      end 2
      next 3 -> unit 0 attempt 8
      """)
  }

  @Test func aUnitThatDoesNotFitIntoTheTimeLeftIsNotGiven() throws {
    var scenario = SchedulerScenario(costs: [100, 10, 1])
    try scenario.play(
      """
      add 1
      measured 2 1
      next 1 horizon 5 -> unit 2 attempt 1
      next 1 horizon 5 -> not this session
      next 1 horizon 11 -> unit 1 attempt 1
      next 1 -> unit 0 attempt 1
      """)
  }

  @Test func nothingIsLeftBehindByFinishedUnits() {
    let count = 1 << 13
    let costs = [Double](repeating: 1, count: count)
    var scheduler = Scheduler(costs: costs, committed: costs.map { _ in false })
    scheduler.add(session: 1)
    var handedOut = 0
    while case .lease(let unit, _, _) = scheduler.next(for: 1, now: Instant(nanoseconds: 0)) {
      _ = scheduler.accept(unit)
      scheduler.commit(unit)
      handedOut += 1
    }
    #expect(handedOut == count)
    #expect(scheduler.isFinished)
    #expect(scheduler.dues.count <= 128)
    #expect(scheduler.leases.isEmpty && scheduler.evidence.isEmpty)
  }
}
