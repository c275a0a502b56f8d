import RavineScheduling
import RavineWire

@testable import RavineCluster

/// A worker process.
struct WorldProcess {
  var machine: Worker
  let slot: Int?
  let pid: Int32
  /// The connection it has at the moment.
  var connection: Int
  var isAlive = true
  var exitCode: Int32?
  var sleepsUntil = Instant(nanoseconds: 0)
  var tick: Instant?
  /// Seconds per cost.
  let slowness: Double
  /// The unit and attempt being computed.
  var computing: (unit: Int, attempt: Int)?
  /// Until when messages of either direction vanish.
  var mute = Instant(nanoseconds: 0)
  var deaf = Instant(nanoseconds: 0)
}

extension World {
  mutating func startProcess(slot: Int?) {
    let index = processes.count
    connections += 1
    let pid = Int32(1000 + index)
    let limit = slot == nil && faults.timeLimits ? 10 + 40 * dice.unit() : nil
    let identity = WorkerIdentity(
      build: "test", kernel: "1", instructionSet: "x86-64-v3", cores: 2, memoryBytes: 1 << 30, host: "host", pid: pid,
      slot: slot, instance: dice.bits(), secondsLeft: limit)
    processes.append(
      WorldProcess(
        machine: Worker(identity: identity, orphanTimeout: .seconds(100_000), now: now), slot: slot, pid: pid,
        connection: connections, slowness: faults.slowWorkers && dice.chance(0.2) ? 20 : 0.5 + dice.unit()))
    if let slot { handle(.workerStarted(slot: slot, pid: pid)) }
    handle(.tick, of: index)
    if let limit { after(.clamped(seconds: limit)) { $0.endTime(of: index) } }
  }

  /// A batch system ends the process, if it has not left by then, and starts the next one.
  private mutating func endTime(of index: Int) {
    if processes[index].isAlive { return kill(index) }
    if outcome == nil { startProcess(slot: nil) }
  }

  /// Gives a worker an event, now or when it wakes up.
  mutating func handle(_ event: Worker.Event, of index: Int) {
    guard processes[index].isAlive else { return }
    if now < processes[index].sleepsUntil {
      at(processes[index].sleepsUntil) { $0.handle(event, of: index) }
      return
    }
    var actions: [Worker.Action] = []
    processes[index].machine.handle(event, at: now, into: &actions)
    for action in actions { perform(action, of: index) }
    checkWorker(index)
    scheduleTick(of: index)
  }

  private mutating func scheduleTick(of index: Int) {
    guard processes[index].isAlive, let due = processes[index].machine.nextDeadline else { return }
    guard processes[index].tick.map({ due < $0 }) ?? true else { return }
    processes[index].tick = due
    at(due) { world in
      guard world.processes[index].tick == due else { return }
      world.processes[index].tick = nil
      world.handle(.tick, of: index)
    }
  }

  private mutating func perform(_ action: Worker.Action, of index: Int) {
    switch action {
    case .send(let frames): sendToCoordinator(index, frames)
    case .loadPlan(let text, let file, let files):
      let isWhole = text == plan.sweepText && file == plan.sweepFile && files == plan.files
      if !isWhole { violations.append("the plan arrived differently") }
      let hash = plan.hash
      after(dice.seconds(0, 0.1)) { $0.handle(.planReady(hash: hash), of: index) }
    case .compute(let unit, let attempt, let first, let count): compute(unit, attempt, first, count, index)
    case .cancel(let unit):
      guard let (computed, attempt) = processes[index].computing, computed == unit else {
        violations.append("cancelled a unit that is not computed")
        return
      }
      after(.milliseconds(1)) { $0.finishComputing(index, unit, attempt, reason: "cancelled") }
    case .exit(let code, _):
      processes[index].isAlive = false
      processes[index].exitCode = code
      if let slot = processes[index].slot { noticeExit(slot, "exit status \(code)", clean: code == 0 || code == 143) }
    }
  }

  private mutating func compute(_ unit: Int, _ attempt: Int, _ first: Int, _ count: Int, _ index: Int) {
    if processes[index].computing != nil { violations.append("two units at once") }
    if units[unit].first != first || units[unit].count != count { violations.append("wrong trials") }
    processes[index].computing = (unit, attempt)
    computations += 1
    if faults.poison == unit {
      after(.milliseconds(20)) { world in
        if world.processes[index].computing?.unit == unit { world.kill(index) }
      }
    }
    if faults.spoiler, index == 0 {
      after(.milliseconds(5)) { $0.finishComputing(index, unit, attempt, reason: "bad memory") }
      return
    }
    let seconds = units[unit].cost * processes[index].slowness
    after(.clamped(seconds: seconds)) { $0.finishComputing(index, unit, attempt, reason: nil) }
  }

  private mutating func finishComputing(_ index: Int, _ unit: Int, _ attempt: Int, reason: String?) {
    guard processes[index].isAlive, let current = processes[index].computing, current == (unit, attempt) else { return }
    if now < processes[index].sleepsUntil {
      at(processes[index].sleepsUntil) { $0.finishComputing(index, unit, attempt, reason: reason) }
      return
    }
    processes[index].computing = nil
    if let reason {
      return handle(.computeFailed(unit: unit, attempt: attempt, reason: reason), of: index)
    }
    if isFaulty, faults.errors, dice.chance(0.02) {
      return handle(.computeFailed(unit: unit, attempt: attempt, reason: "an error"), of: index)
    }
    let (columns, cards) = Self.answer(units[unit])
    handle(
      .computed(unit: unit, attempt: attempt, columns: columns, cards: cards, seconds: units[unit].cost), of: index)
  }

  /// What computing a unit gives: its trial numbers, and one card.
  static func answer(_ spec: UnitSpec) -> (columns: [UInt8], cards: [UInt8]) {
    let columns = (spec.first..<spec.first + spec.count).flatMap { trial in
      (0..<4).map { UInt8(truncatingIfNeeded: trial >> (8 * $0)) }
    }
    return (columns, [UInt8(truncatingIfNeeded: spec.first)])
  }

  /// SIGKILL.
  mutating func kill(_ index: Int) {
    guard processes[index].isAlive else { return }
    processes[index].isAlive = false
    if let unit = processes[index].computing?.unit { deaths[unit, default: 0] += 1 }
    if let slot = processes[index].slot {
      noticeExit(slot, "signal 9", clean: false)
    } else {
      after(dice.seconds(0.1, 5)) { $0.startProcess(slot: nil) }
    }
  }

  private mutating func noticeExit(_ slot: Int, _ evidence: String, clean: Bool) {
    let epoch = epoch
    after(dice.seconds(0.001, 0.05)) { world in
      if world.epoch == epoch { world.handle(.workerExited(slot: slot, evidence: evidence, clean: clean)) }
    }
  }
}
