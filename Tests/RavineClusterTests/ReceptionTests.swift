import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

/// Several runs at one coordinator.
@Suite struct ReceptionTests {
  /// A reception whose actions are lines of text; peers are named by a number.
  private struct Desk {
    var reception: Reception
    var now = Instant(nanoseconds: 1_000_000_000)
    var sessions: [UInt8: (session: UInt64, sequence: UInt64)] = [:]
    /// The plan that each peer was welcomed to.
    var plans: [UInt8: String] = [:]
    var hellos: UInt32 = 0

    init() { reception = Reception(build: "b", localWorkers: 0, now: Instant(nanoseconds: 1_000_000_000)) }

    mutating func admit(_ number: Int, units: Int, priority: Int32 = 0) {
      var settings = ClusterSettings()
      settings.run = "run\(number)"
      settings.path = "/run\(number)"
      settings.sharesWorkers = true
      settings.admitsOthers = true
      let specs = (0..<units).map { UnitSpec(first: $0 * 10, count: 10, cost: 1) }
      let plan = PlanOffer(hash: "plan\(number)", sweepText: "x", sweepFile: "x", files: [])
      let coordinator = Coordinator(
        plan: plan, units: specs, committed: [Bool](repeating: false, count: units), localWorkers: 0,
        epoch: UInt64(number) << 16, build: "b", settings: settings, now: now)
      _ = handle(.admitted(number, coordinator, priority: priority, answer: nil))
    }

    mutating func handle(_ event: Reception.Event) -> [String] {
      var actions: [Reception.Action] = []
      reception.handle(event, at: now, into: &actions)
      return actions.map { describe($0) }
    }

    mutating func wait(milliseconds: Int) -> [String] {
      let end = now + .milliseconds(milliseconds)
      var lines: [String] = []
      while let due = reception.nextDeadline, due <= end {
        now = max(due, now)
        lines += handle(.tick)
      }
      now = end
      return lines
    }

    /// Hello and ready.
    mutating func join(_ name: UInt8) -> [String] {
      hellos += 1
      let hello = Hello(
        instance: UInt64(name), number: hellos, build: "b", kernel: "1", instructionSet: "v3", cores: 1, memoryBytes: 1,
        host: "h", pid: Int32(name), slot: nil, secondsLeft: nil)
      let frames = Envelope(session: 0, sequence: 0, message: WorkerMessage.hello(hello)).frames()
      let lines = handle(.received(peer: Peer(routing: [name]), frames: frames))
      guard let plan = plans[name], lines.contains("\(name): welcome \(plan)") else { return lines }
      return lines + send(name, .ready(planHash: plan))
    }

    mutating func send(_ name: UInt8, _ message: WorkerMessage) -> [String] {
      let (session, last) = sessions[name] ?? (0, 0)
      sessions[name] = (session, last + 1)
      let frames = Envelope(session: session, sequence: last + 1, message: message).frames()
      return handle(.received(peer: Peer(routing: [name]), frames: frames))
    }

    mutating func order(_ action: OperatorOrder.Action, _ run: String = "", priority: Int32 = 0) -> [String] {
      let order = OperatorOrder(request: 1, run: run, action: action, priority: priority, path: "/\(run)")
      let frames = Envelope(session: 0, sequence: 0, message: OperatorMessage.order(order)).frames()
      return handle(.received(peer: Peer(routing: [99]), frames: frames))
    }

    func workers(_ number: Int) -> Int { reception.runs[number]?.coordinator.sessions.count ?? 0 }

    private mutating func describe(_ action: Reception.Action) -> String {
      switch action {
      case .send(let peer, let frames):
        let name = peer.routing[0]
        if let reply = try? Envelope<OperatorReply>(frames: frames).message {
          if case .answer(_, let done, let text) = reply { return "\(name): \(done) \(text)" }
          return "\(name): status"
        }
        guard let envelope = try? Envelope<CoordinatorMessage>(frames: frames) else { return "?" }
        switch envelope.message {
        case .welcome(let welcome):
          sessions[name] = (envelope.session, 0)
          plans[name] = welcome.planHash
          return "\(name): welcome \(welcome.planHash)"
        case .assign(let units): return "\(name): assign \(units.map(\.unit))"
        case .reject(let rejection): return "\(name): reject \(rejection.code)"
        case .rejoin: return "\(name): rejoin"
        case .bye: return "\(name): bye"
        case .drain: return "\(name): drain"
        default: return "\(name): \(envelope.message.type)"
        }
      case .run(let number, let inner):
        if case .commit(let result) = inner { return "commit \(number) \(result.unit)" }
        if case .finished(let outcome) = inner { return "finished \(number) \(outcome)" }
        return "run \(number)"
      case .admit(let path, let priority, _): return "admit \(path) \(priority)"
      case .prioritised(let number, let priority): return "prioritised \(number) \(priority)"
      case .startWorker(let slot): return "start \(slot)"
      case .finished: return "finished"
      }
    }

    /// Finishes what a peer holds, and commits it.
    mutating func work(_ name: UInt8) -> [String] {
      var lines: [String] = []
      for number in reception.order {
        guard let coordinator = reception.runs[number]?.coordinator,
          let session = coordinator.sessionsByPeer[Peer(routing: [name])]
        else { continue }
        for unit in coordinator.scheduler.units(of: session) {
          let result = CoordinatorBench.result(unit, attempt: 1)
          lines += send(name, result)
          lines += handle(.run(number, .committed(units: [unit])))
        }
      }
      return lines
    }
  }

  @Test func equalsShareTheWorkers() {
    var desk = Desk()
    desk.admit(1, units: 100)
    desk.admit(2, units: 100)
    for name in UInt8(1)...6 { _ = desk.join(name) }
    #expect(desk.workers(1) == 3 && desk.workers(2) == 3)
  }

  @Test func withoutARunWorkersAreAskedToComeAgain() {
    var desk = Desk()
    #expect(desk.join(1) == ["1: reject tooMany"])
    desk.admit(1, units: 5)
    #expect(desk.join(1).contains("1: welcome plan1"))
  }

  @Test func aRunThatMattersMoreGetsTheWorkersAsTheyFinish() {
    var desk = Desk()
    desk.admit(1, units: 100)
    for name in UInt8(1)...4 { _ = desk.join(name) }
    desk.admit(2, units: 100, priority: 3)
    #expect(desk.workers(1) == 4)
    // Nothing is taken from anybody: what they hold they finish, then they are asked to say hello again.
    for name in UInt8(1)...4 { _ = desk.work(name) }
    let lines = desk.wait(milliseconds: 600)
    #expect(lines.filter { $0.hasSuffix("rejoin") }.count == 4)
    #expect(desk.workers(1) == 0)
    for name in UInt8(1)...4 { #expect(desk.join(name).contains("\(name): welcome plan2")) }
    #expect(desk.workers(2) == 4)
    // And back, by an order.
    #expect(desk.order(.priority, "run1", priority: 9).suffix(1) == ["99: true priority 9"])
    for name in UInt8(1)...4 { _ = desk.work(name) }
    _ = desk.wait(milliseconds: 600)
    for name in UInt8(1)...4 { _ = desk.join(name) }
    #expect(desk.workers(1) == 4 && desk.workers(2) == 0)
  }

  @Test func nobodyTakesMoreThanItHasUnitsFor() {
    var desk = Desk()
    desk.admit(1, units: 100)
    desk.admit(2, units: 2, priority: 3)
    for name in UInt8(1)...6 { _ = desk.join(name) }
    #expect(desk.workers(2) == 2 && desk.workers(1) == 4)
  }

  @Test func theEndOfARunSendsItsWorkersToTheNext() {
    var desk = Desk()
    desk.admit(1, units: 1)
    _ = desk.join(1)
    desk.admit(2, units: 10)
    let lines = desk.work(1)
    #expect(lines.contains("commit 1 0") && lines.contains("1: rejoin") && lines.contains("finished 1 complete"))
    #expect(desk.join(1).contains("1: welcome plan2"))
    _ = desk.handle(.closed(1))
    #expect(desk.reception.order == [2])
  }

  @Test func ordersFindTheirRun() {
    var desk = Desk()
    desk.admit(1, units: 10)
    desk.admit(2, units: 10)
    #expect(desk.order(.pause)[0].hasPrefix("99: false there is no run ``"))
    #expect(desk.order(.pause, "run3")[0].hasSuffix("there are: run1, run2"))
    #expect(desk.order(.pause, "run2").last?.hasPrefix("99: true paused") == true)
    #expect(desk.reception.runs[2]?.coordinator.hold != nil && desk.reception.runs[1]?.coordinator.hold == nil)
    #expect(desk.order(.admit, "run2") == ["99: false `/run2` is here already"])
    #expect(desk.order(.admit, "run9", priority: 4) == ["admit /run9 4"])
    // A paused run wants nobody.
    for name in UInt8(1)...3 { _ = desk.join(name) }
    #expect(desk.workers(1) == 3)
  }

  @Test func closingDrainsAllAndSendsWorkersHome() {
    var desk = Desk()
    desk.admit(1, units: 10)
    _ = desk.join(1)
    _ = desk.handle(.close)
    let lines = desk.work(1) + desk.wait(milliseconds: 10_000)
    #expect(lines.contains("finished 1 stopped") && lines.contains("1: bye") && lines.last == "finished")
    #expect(desk.join(1) == ["1: bye"])
    #expect(desk.order(.admit, "run2") == ["99: false the coordinator closes"])
  }
}
