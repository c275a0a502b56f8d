import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

/// What operators ask of a run.
@Suite struct OperatingTests {
  private func order(_ action: OperatorOrder.Action, run: String = "") -> OperatorMessage {
    .order(OperatorOrder(request: 1, run: run, action: action, reason: "because"))
  }

  @Test func aPauseHandsOutNothingAndLosesNothing() {
    var bench = CoordinatorBench(costs: [4, 3, 2, 1])
    _ = bench.join(1)
    #expect(bench.ask(order(.pause)) == ["note paused", "99: done, paused"])
    #expect(bench.coordinator.progress.phase == .paused("by an operator: because"))
    for unit in 0..<3 { #expect(bench.send(1, CoordinatorBench.result(unit)) == ["commit \(unit)"]) }
    #expect(bench.ask(order(.pause)) == ["99: done, paused"])
    #expect(bench.ask(order(.resume)) == ["note resumed", "retry store", "99: done, resumed", "1: assign [3]"])
    #expect(bench.coordinator.progress.phase == .running)
  }

  @Test func stopDrainsAndCancelEndsAtOnce() {
    var stopped = CoordinatorBench(costs: [2, 1])
    _ = stopped.join(1)
    #expect(stopped.ask(order(.stop)) == ["note stopping", "1: drain", "99: done, stopping"])
    var cancelled = CoordinatorBench(costs: [2, 1])
    _ = cancelled.join(1)
    #expect(
      cancelled.ask(order(.cancel)) == ["note cancelled", "1: bye", "finished cancelled", "99: done, cancelled"])
    #expect(cancelled.ask(order(.resume)) == ["99: not done, the run is over"])
    #expect(cancelled.ask(.status(request: 4)) == ["99: status [\"finished 0 of 20, 1 workers\"]"])
  }

  @Test func keysAllowNoMoreThanTheirRole() {
    var bench = CoordinatorBench(costs: [2, 1])
    _ = bench.join(1)
    #expect(bench.ask(.status(request: 1), roles: .viewer) == ["99: status [\"running 0 of 20, 1 workers\"]"])
    let denied = ["99: not done, the key `k` does not allow that"]
    #expect(bench.ask(order(.cancel), roles: .viewer) == denied)
    #expect(bench.ask(.status(request: 1), roles: .worker) == denied)
    #expect(bench.ask(order(.pause), roles: []) == denied)
    #expect(bench.coordinator.progress.phase == .running)
  }

  @Test func ordersForOthersAndOrdersThatAreNone() {
    var bench = CoordinatorBench(costs: [1])
    #expect(bench.ask(order(.cancel, run: "other"))[0].hasPrefix("99: not done, there is no run `other`"))
    #expect(bench.ask(order(.unspecified))[0].hasPrefix("99: not done"))
    let broken = [UInt8](repeating: 64, count: 40)
    let frames = [Array(broken[..<9]) + [0] + broken]
    #expect(bench.handle(.received(peer: Peer(routing: [1], endpoint: 1), frames: frames)) == [])
    #expect(bench.coordinator.progress.malformedMessages == 1)
  }

  @Test func aProcessThatDiesIsEvidenceAgainstItsUnit() {
    var bench = CoordinatorBench(costs: [3, 2, 1])
    _ = bench.join(7)
    _ = bench.send(7, .heartbeat(unit: 0, steps: 1))
    #expect(bench.handle(.processEnded(pid: 8, evidence: "signal 9", clean: false)) == [])
    #expect(bench.handle(.processEnded(pid: 7, evidence: "signal 9", clean: false)) == ["note died"])
    #expect(bench.coordinator.scheduler.story(of: 0).contains("1 strikes"))
  }
}
