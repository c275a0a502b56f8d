import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

/// Bad workers, revoked keys, and workers whose time ends.
@Suite struct ConductTests {
  private func failure(_ unit: Int, attempt: UInt32) -> WorkerMessage {
    .failure(unit: unit, attempt: attempt, reason: "bad memory", next: nil)
  }

  @Test func threeFailuresInARowPutAWorkerAside() {
    var bench = CoordinatorBench(costs: [Double](repeating: 1, count: 40))
    _ = bench.join(1)
    _ = bench.join(2)
    #expect(bench.coordinator.scheduler.units(of: bench.coordinator.sessionOrder[0]) == [0, 1, 2])
    _ = bench.send(1, failure(0, attempt: 1))
    _ = bench.send(1, failure(1, attempt: 1))
    let lines = bench.send(1, failure(2, attempt: 1))
    #expect(lines.contains("note quarantined"))
    #expect(!lines.contains { $0.hasPrefix("1: assign") })
    // What it still has, fails too, and nothing comes in its place for ten seconds, twenty after that.
    let number = bench.coordinator.sessionOrder[0]
    for unit in bench.coordinator.scheduler.units(of: number) {
      let attempt = bench.coordinator.scheduler.leases(of: unit)[0].attempt
      #expect(!bench.send(1, failure(unit, attempt: attempt)).contains { $0.hasPrefix("1: assign") })
    }
    #expect(bench.coordinator.scheduler.units(of: number).isEmpty)
  }

  @Test func theOnlyWorkerIsNeverPutAside() {
    var bench = CoordinatorBench(costs: [Double](repeating: 1, count: 10))
    _ = bench.join(1)
    for unit in 0..<2 { _ = bench.send(1, failure(unit, attempt: 1)) }
    let lines = bench.send(1, failure(2, attempt: 1))
    #expect(lines.contains("note quarantined"))
    #expect(lines.contains { $0.hasPrefix("1: assign") })
  }

  @Test func pausesDoubleAndEndWithASuccess() {
    var conduct = Conduct()
    let now = Instant(nanoseconds: 0)
    #expect(conduct.failed(1, at: now) == nil)
    #expect(conduct.failed(1, at: now) == nil)
    #expect(conduct.failed(2, at: now) == nil)
    #expect(conduct.failed(3, at: now) == .seconds(10))
    #expect(conduct.isAside(at: now + .seconds(9)) && !conduct.isAside(at: now + .seconds(10)))
    #expect(conduct.failed(4, at: now + .seconds(10)) == .seconds(20))
    for _ in 0..<9 { _ = conduct.failed(5, at: now) }
    #expect(conduct.failed(6, at: now) == .seconds(300))
    conduct.succeeded()
    #expect(!conduct.isOnProbation && !conduct.isAside(at: now))
  }

  @Test func aRevokedKeyEndsItsSessionsAtOnce() {
    var bench = CoordinatorBench(costs: [3, 2, 1])
    _ = bench.hello(1, from: Peer(routing: [1], endpoint: 1, roles: .worker, user: "site-a"))
    _ = bench.hello(2, from: Peer(routing: [2], endpoint: 1, roles: .worker, user: "site-b"))
    #expect(bench.handle(.revoked(user: "site-a")) == ["1: reject denied", "note refused"])
    #expect(bench.coordinator.sessions.count == 1)
    #expect(bench.handle(.revoked(user: "nobody")) == [])
    // Its connection may stand for a while; it is told again, and nothing of it is taken.
    let again = bench.hello(1, number: 2, from: Peer(routing: [1], endpoint: 1, roles: [], user: ""))
    #expect(again == ["1: reject denied", "note refused"])
  }

  @Test func aWorkerLeavesBeforeItsTimeIsUp() {
    var bench = WorkerBench(secondsLeft: 100)
    bench.join()
    _ = bench.assign(1, 2)
    // A fifth of the way before the end at most, and no more than 20 s.
    for _ in 0..<79 {
      _ = bench.send(.heartbeat)
      _ = bench.wait(seconds: 1)
    }
    #expect(bench.worker.stopping == nil)
    let lines = bench.wait(seconds: 1.5)
    #expect(lines.contains("leaving") && lines.contains("released [\"2\"]"))
    _ = bench.send(.heartbeat)
    let end = bench.wait(seconds: 12)
    #expect(end.suffix(4) == ["cancel 1", "released [\"1*\"]", "farewell", "exit 0"])
  }

  @Test func anotherConnectionIsAnotherHello() {
    var bench = WorkerBench()
    bench.join()
    _ = bench.assign(1, 2)
    #expect(bench.handle(.connected) == ["hello 2 held [\"1*\", \"2\"] results []"])
  }
}
