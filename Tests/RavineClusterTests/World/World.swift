import RavineScheduling
import RavineWire

@testable import RavineCluster

/// A coordinator, its store, its workers and the network between them, on one simulated clock, from one seed.
///
/// Messages are really serialised. Until ``faultsEnd`` everything that can go wrong does, as drawn by the seed; from
/// then on nothing does, and the run must come to its end.
struct World {
  typealias Deed = (inout World) -> Void

  var dice: Dice
  var now = Instant(nanoseconds: 1_000_000_000)
  /// What is to happen, latest first.
  private var agenda: [(at: Instant, number: UInt64, deed: Deed)] = []
  private var deeds: UInt64 = 0
  let faults: Faults
  let faultsEnd: Instant

  let plan: PlanOffer
  let units: [UnitSpec]
  let settings: ClusterSettings
  let localWorkers: Int

  var coordinator: Coordinator?
  var epoch: UInt64 = 0
  var coordinatorSleepsUntil = Instant(nanoseconds: 0)
  var coordinatorTick: Instant?

  /// Durable results by unit, and durable failures.
  var durable: [Int: UnitResult] = [:]
  var durableFailures: Set<Int> = []
  var waitingForStore: [StoreJob] = []
  var storeIsBusy = false
  var storeBroken = false
  var storeReportedBroken = false

  var processes: [WorldProcess] = []
  var connections = 0
  var outcome: Outcome?
  var notes: [ClusterNote] = []
  /// How often a process died while it computed the unit.
  var deaths: [Int: Int] = [:]
  /// What broke a rule.
  var violations: [String] = []
  /// A digest of all that was sent, in order.
  var trace: UInt32 = 0
  var computations = 0

  init(seed: UInt64, unitCount: Int, localWorkers: Int, others: Int, faults: Faults, faultSeconds: Double) {
    dice = Dice(seed: seed)
    self.faults = faults
    self.localWorkers = localWorkers
    faultsEnd = Instant(nanoseconds: 1_000_000_000) + .clamped(seconds: faultSeconds)
    var first = 0
    var units: [UnitSpec] = []
    for _ in 0..<unitCount {
      let count = 1 + dice.number(below: 50)
      units.append(UnitSpec(first: first, count: count, cost: 0.05 + 2 * dice.unit()))
      first += count
    }
    self.units = units
    plan = PlanOffer(
      hash: String(repeating: "a", count: 64), sweepText: "ravine: 1\n", sweepFile: "test.yaml",
      files: [PlanFile(name: "data.csv", bytes: [UInt8](repeating: 7, count: 10)), PlanFile(name: "none", bytes: [])])
    var settings = ClusterSettings()
    settings.run = "test"
    settings.admitsOthers = others > 0
    self.settings = settings
    startCoordinator()
    for _ in 0..<others { startProcess(slot: nil) }
    planFaults()
  }

  // MARK: the clock

  mutating func after(_ delay: Duration, _ deed: @escaping Deed) { at(now + delay, deed) }

  mutating func at(_ instant: Instant, _ deed: @escaping Deed) {
    let key = (max(instant, now), deeds)
    var low = 0
    var high = agenda.count
    while low < high {
      let middle = (low + high) / 2
      if (agenda[middle].at, agenda[middle].number) > key { low = middle + 1 } else { high = middle }
    }
    agenda.insert((key.0, key.1, deed), at: low)
    deeds += 1
  }

  /// Runs until the coordinator is finished, or for `seconds` after the faults ended.
  mutating func run(secondsAfterFaults seconds: Double) {
    let end = faultsEnd + .clamped(seconds: seconds)
    while outcome == nil, violations.isEmpty, let next = agenda.popLast(), next.at <= end {
      now = next.at
      next.deed(&self)
    }
  }

  /// Lets the next thing happen, if it happens by `end`.
  mutating func step(until end: Instant) -> Bool {
    guard let next = agenda.last, next.at <= end else { return false }
    agenda.removeLast()
    now = next.at
    next.deed(&self)
    return true
  }

  /// Lets things happen for some more time.
  mutating func linger(seconds: Double) {
    let end = now + .clamped(seconds: seconds)
    while step(until: end) {}
  }

  var isFaulty: Bool { now < faultsEnd }

  // MARK: the coordinator

  mutating func startCoordinator() {
    epoch += 1
    let committed = units.indices.map { durable[$0] != nil || durableFailures.contains($0) }
    var settings = settings
    settings.digests = units.indices.map { durable[$0]?.digest }
    coordinator = Coordinator(
      plan: plan, units: units, committed: committed, localWorkers: localWorkers, epoch: epoch, build: "test",
      settings: settings, now: now)
    coordinatorTick = nil
    handle(.tick)
  }

  /// Gives the coordinator an event, now or when it wakes up.
  mutating func handle(_ event: Coordinator.Event) {
    guard coordinator != nil else { return }
    if now < coordinatorSleepsUntil {
      let epoch = epoch
      at(coordinatorSleepsUntil) { if $0.epoch == epoch { $0.handle(event) } }
      return
    }
    var actions: [Coordinator.Action] = []
    coordinator?.handle(event, at: now, into: &actions)
    for action in actions { perform(action) }
    checkCoordinator()
    scheduleCoordinatorTick()
  }

  /// A run that lost its workers to the faults is resumed, as a person would do.
  private mutating func finish(_ outcome: Outcome) {
    if self.outcome != nil { violations.append("finished twice") }
    if outcome == .noWorkers, faults.kills != nil { crashCoordinator() } else { self.outcome = outcome }
  }

  private mutating func scheduleCoordinatorTick() {
    guard let due = coordinator?.nextDeadline, coordinatorTick.map({ due < $0 }) ?? true else { return }
    coordinatorTick = due
    let epoch = epoch
    at(due) { world in
      guard world.epoch == epoch, world.coordinatorTick == due else { return }
      world.coordinatorTick = nil
      world.handle(.tick)
    }
  }

  private mutating func perform(_ action: Coordinator.Action) {
    switch action {
    case .send(let peer, let frames): sendToWorker(peer, frames)
    case .commit(let result): store(.result(result))
    case .commitFailure(let unit, let evidence): store(.failure(unit, evidence))
    case .retryStore: break
    case .note(let note): notes.append(note)
    case .startWorker(let slot):
      let epoch = epoch
      after(dice.seconds(0.01, 0.2)) { if $0.epoch == epoch { $0.startProcess(slot: slot) } }
    case .stopWorker(let slot, let force):
      if let index = processes.lastIndex(where: { $0.slot == slot && $0.isAlive }) {
        if force { kill(index) } else { handle(.terminate, of: index) }
      }
    case .finished(let outcome):
      finish(outcome)
    }
  }
}
