import Testing

@testable import RavineCluster

/// Whole runs in a simulated world. A failure names its seed; the seed is the whole report.
@Suite struct SimulationTests {
  static func world(seed: UInt64, faults: Faults? = nil, units: Int? = nil, seconds: Double = 40) -> World {
    var dice = Dice(seed: seed)
    let drawn = Faults.drawn(&dice)
    let locals = dice.number(below: 4)
    let others = locals == 0 ? 2 + dice.number(below: 3) : dice.number(below: 3)
    return World(
      seed: seed, unitCount: units ?? 20 + dice.number(below: 60), localWorkers: locals, others: others,
      faults: faults ?? drawn, faultSeconds: seconds)
  }

  /// 8 × 30 seeds: every unit committed exactly once, acknowledged only when durable, nothing lost, always an end.
  @Test(arguments: 0..<8) func runsEndWellUnderFaults(block: Int) {
    for seed in UInt64(block * 30)..<UInt64(block * 30 + 30) {
      var world = Self.world(seed: seed)
      world.run(secondsAfterFaults: 5000)
      world.checkEnd()
      #expect(world.violations.isEmpty, "seed \(seed): \(world.violations) \(world.faults)")
    }
  }

  @Test func aSeedIsTheWholeStory() {
    for seed in UInt64(0)..<5 {
      var first = Self.world(seed: seed)
      var second = Self.world(seed: seed)
      first.run(secondsAfterFaults: 5000)
      second.run(secondsAfterFaults: 5000)
      #expect(first.trace == second.trace && first.now == second.now, "seed \(seed)")
    }
  }

  @Test func withoutFaultsEveryUnitIsComputedOnceAndAllLeave() {
    for seed in UInt64(1000)..<1010 {
      var world = Self.world(seed: seed, faults: Faults.none, seconds: 0)
      world.run(secondsAfterFaults: 5000)
      world.checkEnd()
      world.linger(seconds: 5)
      #expect(world.violations.isEmpty, "seed \(seed): \(world.violations)")
      #expect(world.computations == world.units.count, "seed \(seed)")
      #expect(world.processes.allSatisfy { $0.exitCode == 0 }, "seed \(seed)")
    }
  }

  @Test func aPoisonousUnitFailsAfterFourDeathsAndHurtsNoOther() {
    for seed in UInt64(2000)..<2010 {
      var faults = Faults.none
      faults.poison = 7
      var world = World(
        seed: seed, unitCount: 30, localWorkers: 2, others: 0, faults: faults, faultSeconds: 0)
      world.run(secondsAfterFaults: 5000)
      world.checkEnd()
      #expect(world.violations.isEmpty, "seed \(seed): \(world.violations)")
      #expect(world.durableFailures == [7] && world.deaths == [7: 4], "seed \(seed): \(world.deaths)")
    }
  }

  @Test func aBrokenMachineSpoilsNoUnitAndFewAttempts() {
    for seed in UInt64(3000)..<3010 {
      var faults = Faults.none
      faults.spoiler = true
      var world = World(seed: seed, unitCount: 400, localWorkers: 0, others: 4, faults: faults, faultSeconds: 0)
      world.run(secondsAfterFaults: 5000)
      world.checkEnd()
      #expect(world.violations.isEmpty, "seed \(seed): \(world.violations)")
      #expect(world.durableFailures.isEmpty && world.durable.count == 400, "seed \(seed)")
      // Three, those in its queue, and one whenever it is tried again after 10, 20, 40 … seconds.
      let spoilt = world.notes.count { $0.kind == .retried }
      #expect((3...12).contains(spoilt), "seed \(seed): \(spoilt) units were spoilt")
      #expect(world.notes.contains { $0.kind == .quarantined })
    }
  }

  @Test func timeLimitsCostNoWork() {
    for seed in UInt64(4000)..<4010 {
      var faults = Faults.none
      faults.timeLimits = true
      var world = World(seed: seed, unitCount: 200, localWorkers: 0, others: 3, faults: faults, faultSeconds: 0)
      world.run(secondsAfterFaults: 5000)
      world.checkEnd()
      #expect(world.violations.isEmpty, "seed \(seed): \(world.violations)")
      #expect(world.deaths.isEmpty, "seed \(seed): \(world.deaths)")
      #expect(world.processes.count > 6 && world.processes.allSatisfy { $0.exitCode == 0 || $0.isAlive })
      // What is given back costs a second computation; nothing else does.
      #expect(world.computations <= world.units.count + world.processes.count, "seed \(seed)")
    }
  }
}
