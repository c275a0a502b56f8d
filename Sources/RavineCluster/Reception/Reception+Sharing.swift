import RavineScheduling
import RavineWire

/// Who works for which run.
extension Reception {
  /// How many workers each open run should have, of `total`: by priority, equals alike, and none more than it has units
  /// for.
  func targets(_ total: Int) -> [(number: RunNumber, target: Int)] {
    var left = total
    var targets: [(number: RunNumber, target: Int)] = []
    let wanting = open.filter { runs[$0]?.coordinator.wantsWorkers == true }
    for priority in Set(wanting.compactMap { runs[$0]?.priority }).sorted(by: >) {
      var group = wanting.filter { runs[$0]?.priority == priority }
      // Those that can use least are served first, so that what they leave goes to the others.
      group.sort { (use($0), $0) < (use($1), $1) }
      for (place, number) in group.enumerated() {
        let others = group.count - place
        let share = min(use(number), (left + others - 1) / others)
        targets.append((number, share))
        left -= share
      }
    }
    return targets
  }

  /// How many workers a run could keep busy.
  private func use(_ number: RunNumber) -> Int {
    guard let scheduler = runs[number]?.coordinator.scheduler else { return 0 }
    return scheduler.count(.waiting) + scheduler.count(.leased)
  }

  private func sessions(_ number: RunNumber) -> Int { runs[number]?.coordinator.sessions.count ?? 0 }

  /// Takes workers from runs that have too many for those that have too few.
  mutating func balance(at now: Instant, into actions: inout [Action]) {
    nextBalance = now + Self.balanceInterval
    let open = open
    let total = open.reduce(0) { $0 + sessions($1) }
    if runByPeer.count > 2 * total + 64 {
      runByPeer = runByPeer.filter { runs[$0.value]?.coordinator.sessionsByPeer[$0.key] != nil }
    }
    let targets = targets(total)
    var missing = targets.reduce(0) { $0 + max(0, $1.target - sessions($1.number)) }
    for number in open.reversed() {
      let target = targets.first { $0.number == number }?.target ?? 0
      let surplus = min(missing, max(0, sessions(number) - target))
      missing -= surplus
      var inner: [Coordinator.Action] = []
      runs[number]?.coordinator.yield(surplus, into: &inner)
      pass(inner, of: number, into: &actions)
    }
  }

  /// The run for a worker that says hello: the one whose work it still holds, or the one that lacks most.
  func choice(for hello: Hello) -> RunNumber? {
    let open = open
    if !hello.held.isEmpty || !hello.results.isEmpty,
      let own = open.first(where: { runs[$0]?.coordinator.plan.hash == hello.planHash })
    {
      return own
    }
    let total = open.reduce(0) { $0 + sessions($1) }
    let lacking = targets(total + 1).filter { $0.target > sessions($0.number) }
    if let first = lacking.first { return first.number }
    // Nobody lacks workers: one more may try what is overdue.
    return open.max { (runs[$0]?.priority ?? 0, sessions($1), $1) < (runs[$1]?.priority ?? 0, sessions($0), $0) }
  }

  mutating func receive(_ frames: [[UInt8]], from peer: Peer, at now: Instant, into actions: inout [Action]) {
    if OperatorMessage.isLikely(frames) { return operate(frames, from: peer, at: now, into: &actions) }
    guard let envelope = try? Envelope<WorkerMessage>(frames: frames) else {
      // Its run, or any, knows what to answer to what is no message.
      if let number = runByPeer[peer] ?? order.first {
        give(number, .received(peer: peer, frames: frames), at: now, into: &actions)
      }
      return
    }
    if case .hello(let hello) = envelope.message { return place(hello, frames, from: peer, at: now, into: &actions) }
    if let number = runByPeer[peer], runs[number] != nil {
      give(number, .received(peer: peer, frames: frames), at: now, into: &actions)
    } else if case .farewell = envelope.message {
      return
    } else {
      send(isClosing ? .bye(text: "the coordinator closes") : .rejoin, to: peer, envelope.session, into: &actions)
    }
  }

  private mutating func place(
    _ hello: Hello, _ frames: [[UInt8]], from peer: Peer, at now: Instant, into actions: inout [Action]
  ) {
    let process = ProcessKey(hello)
    guard let number = choice(for: hello) else {
      if isClosing { return send(.bye(text: "the coordinator closes"), to: peer, 0, into: &actions) }
      guard peer.roles.contains(.worker) else {
        let text = "the key `\(peer.user)` is not a worker's"
        let rejection = Rejection(helloNumber: hello.number, code: .denied, text: text)
        return send(.reject(rejection), to: peer, 0, into: &actions)
      }
      let rejection = Rejection(
        helloNumber: hello.number, code: .tooMany, text: "no sweep has work at the moment", retry: Self.retry)
      return send(.reject(rejection), to: peer, 0, into: &actions)
    }
    for other in order where other != number {
      var inner: [Coordinator.Action] = []
      runs[other]?.coordinator.moved(process, into: &inner)
      pass(inner, of: other, into: &actions)
    }
    runByPeer[peer] = number
    give(number, .received(peer: peer, frames: frames), at: now, into: &actions)
  }

  func send(_ message: CoordinatorMessage, to peer: Peer, _ session: UInt64, into actions: inout [Action]) {
    actions.append(.send(to: peer, frames: Envelope(session: session, sequence: 0, message: message).frames()))
  }

  func reply(_ reply: OperatorReply, _ peer: Peer, into actions: inout [Action]) {
    actions.append(.send(to: peer, frames: Envelope(session: 0, sequence: 0, message: reply).frames()))
  }
}

/// What viewers and administrators ask.
extension Reception {
  mutating func operate(_ frames: [[UInt8]], from peer: Peer, at now: Instant, into actions: inout [Action]) {
    guard let message = try? Envelope<OperatorMessage>(frames: frames).message else { return }
    switch message {
    case .status(let request):
      if let refusal = Coordinator.refusal(request, peer, .viewer) { return reply(refusal, peer, into: &actions) }
      let statuses = order.compactMap { number -> RunStatus? in
        guard let guest = runs[number] else { return nil }
        var status = guest.coordinator.status
        status.priority = guest.priority
        return status
      }
      reply(.status(request: request, build: build, runs: statuses), peer, into: &actions)
    case .order(let order):
      if let refusal = Coordinator.refusal(order.request, peer, .admin) { return reply(refusal, peer, into: &actions) }
      obey(order, peer, at: now, into: &actions)
    }
  }

  private mutating func obey(
    _ order: OperatorOrder, _ peer: Peer, at now: Instant, into actions: inout [Action]
  ) {
    func answer(_ done: Bool, _ text: String, _ actions: inout [Action]) {
      reply(.answer(request: order.request, done: done, text: text), peer, into: &actions)
    }
    if order.action == .admit {
      if isClosing { return answer(false, "the coordinator closes", &actions) }
      if self.order.contains(where: { runs[$0]?.coordinator.settings.path == order.path }) {
        return answer(false, "`\(order.path)` is here already", &actions)
      }
      let asked = Answer(peer: peer, request: order.request)
      return actions.append(.admit(path: order.path, priority: order.priority, answer: asked))
    }
    let named = self.order.filter { order.run.isEmpty || runs[$0]?.coordinator.settings.run == order.run }
    guard let number = named.last, !order.run.isEmpty || named.count == 1 else {
      let names = self.order.compactMap { runs[$0]?.coordinator.settings.run }.joined(separator: ", ")
      return answer(false, "there is no run `\(order.run)` here; there are: \(names)", &actions)
    }
    if order.action == .priority {
      runs[number]?.priority = order.priority
      nextBalance = now
      actions.append(.prioritised(number, order.priority))
      return answer(true, "priority \(order.priority)", &actions)
    }
    var inner: [Coordinator.Action] = []
    let (done, text) = runs[number]?.coordinator.obey(order, at: now, into: &inner) ?? (false, "")
    pass(inner, of: number, into: &actions)
    nextBalance = now
    answer(done, text, &actions)
    give(number, .tick, at: now, into: &actions)
  }
}
