import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

/// An authorised peer that talks nonsense: it may hurt itself, never the coordinator.
@Suite struct MischiefTests {
  private static let hash = CoordinatorBench.hash

  @Test func noSequenceOfMessagesBreaksTheCoordinator() {
    for seed in UInt64(0)..<40 {
      var dice = Dice(seed: seed)
      var bench = CoordinatorBench(costs: (0..<12).map { Double($0) })
      for _ in 0..<300 {
        let name = UInt8(1 + dice.number(below: 3))
        let lines: [String]
        switch dice.number(below: 12) {
        case 0:
          lines = bench.hello(
            name, number: UInt32(dice.number(below: 50)), held: Self.held(&dice),
            results: [HeldResult(unit: dice.number(below: 14), attempt: 1, digest: 1)])
        case 1: lines = bench.send(name, .ready(planHash: Self.hash))
        case 2: lines = bench.wait(seconds: 3 * dice.unit())
        case 3: lines = bench.handle(.sendFailed(peer: CoordinatorBench.peer(name)))
        case 4: lines = bench.handle(.received(peer: CoordinatorBench.peer(name), frames: Self.noise(&dice)))
        default: lines = bench.send(name, Self.nonsense(&dice))
        }
        commit(lines, &bench)
        let counts = UnitPhase.allCases.map { bench.coordinator.scheduler.count($0) }
        #expect(counts.reduce(0, +) == 12, "seed \(seed)")
      }
    }
  }

  /// Makes durable what the coordinator asked for, in another event.
  private func commit(_ lines: [String], _ bench: inout CoordinatorBench) {
    let units = lines.filter { $0.hasPrefix("commit ") }.compactMap { $0.split(separator: " ").last }
    if !units.isEmpty { _ = bench.handle(.committed(units: units.compactMap { Int($0) })) }
  }

  private static func held(_ dice: inout Dice) -> [HeldUnit] {
    (0..<dice.number(below: 6)).map { _ in
      HeldUnit(
        unit: dice.number(below: 14), attempt: UInt32(dice.number(below: 4)), started: dice.chance(0.5))
    }
  }

  private static func nonsense(_ dice: inout Dice) -> WorkerMessage {
    let unit = dice.chance(0.05) ? Int.max : dice.number(below: 14)
    let attempt = UInt32(dice.number(below: 4))
    switch dice.number(below: 9) {
    case 0: return .planRequest(part: dice.number(below: 4), offset: dice.chance(0.1) ? .max : dice.number(below: 12))
    case 1: return .ready(planHash: dice.chance(0.9) ? hash : "x")
    case 2, 3:
      let value = UInt8(dice.number(below: 2))
      return unit < 14 ? CoordinatorBench.result(unit, attempt: attempt, value: value, next: unit) : .farewell
    case 4: return .failure(unit: unit, attempt: attempt, reason: "no", next: unit)
    case 5: return .released(held(&dice))
    case 6: return .heartbeat(unit: unit, steps: dice.bits())
    case 7: return dice.chance(0.2) ? .leaving(reason: "") : .heartbeat(unit: nil, steps: 0)
    default: return dice.chance(0.2) ? .farewell : .heartbeat(unit: unit, steps: 1)
    }
  }

  private static func noise(_ dice: inout Dice) -> [[UInt8]] {
    (0..<dice.number(below: 4)).map { _ in (0..<dice.number(below: 60)).map { _ in UInt8(dice.number(below: 256)) } }
  }
}
