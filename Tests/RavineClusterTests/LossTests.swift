import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

/// Workers of other machines that die without a word: nothing tells the coordinator but their silence.
@Suite struct LossTests {
  /// The bound on the time from the last message of a worker to the new offer of what it held.
  private static let bound = 10.5

  @Test func whatALostWorkerHeldIsWithOthersInTime() throws {
    var (lost, offered, slowest) = (0, 0, 0.0)
    for seed in UInt64(6000)..<6060 {
      var world = World(seed: seed, unitCount: 90, localWorkers: 0, others: 4, faults: .none, faultSeconds: 0)
      world.linger(seconds: 1 + 12 * world.dice.unit())
      guard world.outcome == nil, let (number, index) = Self.victim(&world) else { continue }
      let held = try #require(world.coordinator).scheduler.units(of: number)
      var lastHeard = world.now
      world.kill(index)
      while world.outcome == nil, let session = world.coordinator?.sessions[number] {
        lastHeard = max(lastHeard, session.lastHeard)
        let goesOn = world.step(until: lastHeard + .seconds(60))
        try #require(goesOn, "seed \(seed): it is never given up")
      }
      // Its last results may have been all that was missing.
      if world.outcome != nil { continue }
      let silence = world.now.seconds(since: lastHeard)
      #expect(silence <= Self.bound, "seed \(seed): given up after \(silence) s")
      lost += 1
      slowest = max(slowest, silence)
      // In the same instant whoever is free has them; nobody is free only where all others are busy.
      let coordinator = try #require(world.coordinator)
      let isBusy = coordinator.sessionOrder.allSatisfy { !coordinator.scheduler.units(of: $0).isEmpty }
      for unit in held {
        switch coordinator.scheduler.phase(of: unit) {
        case .leased:
          offered += 1
          #expect(coordinator.sessionOrder.contains { coordinator.scheduler.units(of: $0).contains(unit) })
        case .waiting: #expect(isBusy, "seed \(seed): unit \(unit) waits while somebody is free")
        case .accepted, .committed: break
        case .failing, .failed: Issue.record("seed \(seed): unit \(unit) failed")
        }
      }
      #expect(world.violations.isEmpty, "seed \(seed): \(world.violations)")
    }
    // The bound would be kept by a coordinator that gives everybody up at once, too: the lease is 10 s.
    #expect(lost > 10 && offered > 0 && slowest > 9.9, "\(lost) workers, \(offered) units, \(slowest) s")
  }

  /// A living worker that holds something, and its session.
  private static func victim(_ world: inout World) -> (SessionNumber, index: Int)? {
    guard let coordinator = world.coordinator else { return nil }
    let busy = coordinator.sessionOrder.filter { !coordinator.scheduler.units(of: $0).isEmpty }
    guard !busy.isEmpty else { return nil }
    let number = busy[world.dice.number(below: busy.count)]
    guard let peer = coordinator.sessions[number]?.peer,
      let index = world.processes.firstIndex(where: { World.peer($0.connection) == peer })
    else { return nil }
    return (number, index)
  }
}
