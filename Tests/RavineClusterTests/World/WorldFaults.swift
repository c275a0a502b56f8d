import RavineScheduling

@testable import RavineCluster

/// What can go wrong in a run, drawn from its seed.
struct Faults {
  var loss = 0.0
  var duplication = 0.0
  var reorder = 0.0
  var corruption = 0.0
  /// Mean seconds between two events of each kind; nil = never.
  var kills: Double?
  var sleeps: Double?
  var coordinatorSleeps: Double?
  var cuts: Double?
  var storeFailures: Double?
  var coordinatorCrashes = false
  var errors = false
  var slowWorkers = false
  /// A unit that kills every process that computes it.
  var poison: Int?
  /// The first process fails whatever it is given, at once.
  var spoiler = false
  /// Processes are told how long they may live, and are killed when that is over; others come in their place.
  var timeLimits = false

  static let none = Faults()

  /// Each kind of fault is on or off, and more or less frequent.
  static func drawn(_ dice: inout Dice) -> Faults {
    var faults = Faults()
    if dice.chance(0.5) { faults.loss = 0.3 * dice.unit() * dice.unit() }
    if dice.chance(0.5) { faults.duplication = 0.5 * dice.unit() }
    if dice.chance(0.4) { faults.reorder = 0.2 * dice.unit() * dice.unit() }
    if dice.chance(0.3) { faults.corruption = 0.02 * dice.unit() }
    if dice.chance(0.5) { faults.kills = 2 + 10 * dice.unit() }
    if dice.chance(0.4) { faults.sleeps = 2 + 10 * dice.unit() }
    if dice.chance(0.3) { faults.coordinatorSleeps = 5 + 10 * dice.unit() }
    if dice.chance(0.4) { faults.cuts = 2 + 10 * dice.unit() }
    if dice.chance(0.3) { faults.storeFailures = 3 + 10 * dice.unit() }
    faults.coordinatorCrashes = dice.chance(0.4)
    faults.errors = dice.chance(0.2)
    faults.slowWorkers = dice.chance(0.3)
    faults.timeLimits = dice.chance(0.2)
    return faults
  }
}

extension World {
  /// Puts the faults that come by themselves on the agenda.
  mutating func planFaults() {
    plan(faults.kills) { world in
      if let index = world.anyProcess() { world.kill(index) }
    }
    plan(faults.sleeps) { world in
      guard let index = world.anyProcess() else { return }
      world.processes[index].sleepsUntil = world.now + world.dice.seconds(0, 30)
    }
    plan(faults.coordinatorSleeps) { world in
      world.coordinatorSleepsUntil = world.now + world.dice.seconds(0, 20)
    }
    plan(faults.cuts) { world in
      guard let index = world.anyProcess() else { return }
      let end = world.now + world.dice.seconds(0, 25)
      let way = world.dice.number(below: 3)
      if way != 0 { world.processes[index].mute = end }
      if way != 1 { world.processes[index].deaf = end }
    }
    plan(faults.storeFailures) { world in
      world.storeBroken = true
      world.after(world.dice.seconds(0.1, 8)) { $0.storeBroken = false }
    }
    plan(faults.coordinatorCrashes ? 8 : nil) { $0.crashCoordinator() }
  }

  private mutating func plan(_ mean: Double?, _ deed: @escaping Deed) {
    guard let mean else { return }
    after(dice.seconds(0, 2 * mean)) { world in
      guard world.isFaulty else { return }
      deed(&world)
      world.plan(mean, deed)
    }
  }

  private mutating func anyProcess() -> Int? {
    let alive = processes.indices.filter { processes[$0].isAlive }
    return alive.isEmpty ? nil : alive[dice.number(below: alive.count)]
  }

  /// SIGKILL of the coordinator: what the store has stays, its own children die with it, the others reconnect.
  mutating func crashCoordinator() {
    guard coordinator != nil else { return }
    coordinator = nil
    epoch += 1
    waitingForStore = []
    storeIsBusy = false
    storeReportedBroken = false
    coordinatorSleepsUntil = now
    for index in processes.indices {
      connections += 1
      processes[index].connection = connections
      if processes[index].slot != nil { processes[index].isAlive = false }
    }
    after(dice.seconds(0.05, 4)) { $0.startCoordinator() }
  }
}
