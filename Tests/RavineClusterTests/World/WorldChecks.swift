import RavineScheduling
import RavineWire

@testable import RavineCluster

/// The rules that hold at every moment.
extension World {
  /// Only what is durable may be acknowledged, and nothing is handed out while the store fails.
  mutating func checkMessage(_ frames: [[UInt8]]) {
    guard let envelope = try? Envelope<CoordinatorMessage>(frames: frames) else {
      violations.append("the coordinator sent something that is no message")
      return
    }
    switch envelope.message {
    case .acknowledge(let acknowledgement):
      for unit in acknowledgement.committed + acknowledgement.already
      where durable[unit] == nil && !durableFailures.contains(unit) {
        violations.append("unit \(unit) was acknowledged, but is not durable")
      }
    case .assign(let assignments):
      if storeReportedBroken { violations.append("units were assigned while the store fails") }
      for assignment in assignments where durable[assignment.unit] != nil {
        violations.append("unit \(assignment.unit) was assigned, but is durable")
      }
    default: break
    }
  }

  /// What is to be committed is what the unit gives.
  mutating func check(_ result: UnitResult) {
    let (columns, cards) = World.answer(units[result.unit])
    if result.columns != columns || result.cards != cards {
      violations.append("a wrong result of unit \(result.unit) was taken")
    }
  }

  mutating func checkCoordinator() {
    guard let coordinator else { return }
    for number in coordinator.sessionOrder where coordinator.scheduler.units(of: number).count > settings.credits + 1 {
      violations.append("session \(number) holds more than \(settings.credits + 1) units")
    }
    let counts = UnitPhase.allCases.map { coordinator.scheduler.count($0) }
    if counts.reduce(0, +) != units.count { violations.append("units were lost: \(counts)") }
    if coordinator.hungry.count > coordinator.sessions.count { violations.append("the queue has strangers") }
    if coordinator.sessionOrder.count != coordinator.sessions.count { violations.append("sessions out of order") }
  }

  mutating func checkWorker(_ index: Int) {
    let machine = processes[index].machine
    if machine.queue.count > settings.credits + 1 { violations.append("a worker's queue has \(machine.queue.count)") }
    if machine.results.count > settings.unacknowledgedLimit + settings.credits + 1 {
      violations.append("a worker holds \(machine.results.count) results")
    }
  }

  /// The rules that hold at the end.
  mutating func checkEnd() {
    guard violations.isEmpty else { return }
    if outcome != .complete {
      let open = units.indices.filter { durable[$0] == nil && !durableFailures.contains($0) }
      let story = open.first.flatMap { coordinator?.scheduler.story(of: $0) } ?? "no coordinator"
      violations.append("outcome \(String(describing: outcome)), open units \(open); \(story)")
    }
    for unit in durableFailures.sorted() where !faults.errors && deaths[unit, default: 0] < 4 {
      violations.append("unit \(unit) failed after \(deaths[unit, default: 0]) deaths")
    }
    let failed = durableFailures.sorted().reduce(0) { $0 + World.sum(units[$1]) }
    let stored = durable.values.reduce(0) { $0 + World.sum($1.columns) }
    let trials = units.reduce(0) { $0 + $1.count }
    if stored + failed != trials * (trials - 1) / 2 { violations.append("the trial numbers do not add up") }
  }

  private static func sum(_ spec: UnitSpec) -> Int { (spec.first..<spec.first + spec.count).reduce(0, +) }

  private static func sum(_ columns: [UInt8]) -> Int {
    stride(from: 0, to: columns.count, by: 4).reduce(0) { sum, offset in
      sum + (0..<4).reduce(0) { $0 + Int(columns[offset + $1]) << (8 * $1) }
    }
  }
}
