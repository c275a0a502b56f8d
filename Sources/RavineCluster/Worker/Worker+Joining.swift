import RavineScheduling
import RavineWire

/// From hello to ready, and back.
extension Worker {
  /// Says hello, with everything it holds; the next one follows after 0.25, 0.5 … 5 seconds, somewhat at random.
  mutating func sendHello(at now: Instant, into actions: inout [Action]) {
    helloCount &+= 1
    let loaded: String
    if case .loaded(let hash) = plan { loaded = hash } else { loaded = "" }
    var held = computing.map { $0.isCancelled ? [] : [$0.held] } ?? []
    held += queue.map { HeldUnit(unit: $0.unit, attempt: $0.attempt, started: false) }
    let hello = Hello(
      instance: identity.instance, number: helloCount, build: identity.build, kernel: identity.kernel,
      instructionSet: identity.instructionSet, cores: identity.cores, memoryBytes: identity.memoryBytes,
      host: identity.host, pid: identity.pid, slot: identity.slot, secondsLeft: ends.map { $0.seconds(since: now) },
      planHash: loaded, held: held,
      results: results.map {
        HeldResult(unit: $0.assignment.unit, attempt: $0.assignment.attempt, digest: $0.digest)
      }, name: identity.name)
    let tries = joining?.tries ?? 0
    let wait = min(5, 0.5 * Double(1 << min(tries, 4))) * (0.5 + 0.5 * nextJitter())
    joining = Joining(hello: hello, nextHello: now + .clamped(seconds: wait), tries: tries + 1)
    let envelope = Envelope(session: 0, sequence: 0, message: WorkerMessage.hello(hello))
    actions.append(.send(frames: envelope.frames()))
  }

  /// The session is lost: says hello again, at once the first time.
  mutating func rejoin(at now: Instant) {
    if joining == nil { joining = Joining(nextHello: now) }
  }

  mutating func welcomed(_ welcome: Welcome, session: UInt64, at now: Instant, into actions: inout [Action]) {
    guard let hello = joining?.hello, hello.number == welcome.helloNumber else { return }
    joining = nil
    link = Link(
      session: session, heartbeat: welcome.heartbeat, lease: welcome.lease, credits: welcome.credits,
      planHash: welcome.planHash, lastHeard: now, nextHeartbeat: now + welcome.heartbeat)
    if plan.hash == welcome.planHash {
      settle(hello, welcome, into: &actions)
    } else {
      forgetPlan(into: &actions)
      plan = .fetching(Fetch(welcome))
    }
    if stopping?.leaves != nil { send(.leaving(reason: "stopping"), into: &actions) }
    continuePlan(into: &actions)
  }

  /// Brings what the worker holds into line with the coordinator's answer to the inventory.
  private mutating func settle(_ hello: Hello, _ welcome: Welcome, into actions: inout [Action]) {
    let listed = Set(hello.results.map(\.unit))
    let wanted = Set(welcome.send)
    results.removeAll { listed.contains($0.assignment.unit) && !wanted.contains($0.assignment.unit) }
    let keep = Set(welcome.keep)
    queue.removeAll { !keep.contains($0.unit) }
    if let current = computing, !current.isCancelled, !keep.contains(current.assignment.unit) {
      cancelComputing(into: &actions)
    }
    var gone: [HeldUnit] = []
    for unit in welcome.keep where !has(unit) {
      guard let held = hello.held.first(where: { $0.unit == unit }) else { continue }
      if failures.contains(where: { $0.unit == unit && $0.attempt == held.attempt }) { continue }
      gone.append(held)
    }
    if !gone.isEmpty { send(.released(gone), into: &actions) }
  }

  private func has(_ unit: Int) -> Bool {
    queue.contains { $0.unit == unit } || results.contains { $0.assignment.unit == unit }
      || (computing?.assignment.unit == unit && computing?.isCancelled == false)
  }

  /// Another plan: whatever belongs to the old one is of no use.
  private mutating func forgetPlan(into actions: inout [Action]) {
    queue = []
    results = []
    failures = []
    cancelComputing(into: &actions)
  }

  /// The next step towards a loaded plan, in a session.
  mutating func continuePlan(into actions: inout [Action]) {
    switch plan {
    case .none, .loading: break
    case .fetching(let fetch):
      if let wanted = fetch.wanted {
        send(.planRequest(part: wanted.part, offset: wanted.offset), into: &actions)
      } else {
        plan = .loading(hash: fetch.hash)
        actions.append(
          .loadPlan(sweepText: fetch.sweepText, sweepFile: fetch.sweepFile, files: fetch.files))
      }
    case .loaded(let hash): beReady(hash, into: &actions)
    }
  }

  mutating func planPart(
    _ part: Int, offset: Int, total: Int, bytes: [UInt8], into actions: inout [Action]
  ) {
    guard case .fetching(var fetch) = plan else { return }
    plan = .none
    let isNew = fetch.add(part: part, offset: offset, total: total, bytes: bytes)
    plan = .fetching(fetch)
    if isNew { continuePlan(into: &actions) }
  }

  mutating func planReady(_ hash: String, at now: Instant, into actions: inout [Action]) {
    guard case .loading(let expected) = plan else { return }
    guard hash == expected else {
      let text = "this worker makes another plan of the sweep than the coordinator: \(hash), not \(expected)"
      send(.leaving(reason: text), into: &actions)
      return leave(76, text, into: &actions)
    }
    plan = .loaded(hash: hash)
    if joining == nil { beReady(hash, into: &actions) }
  }

  /// Tells that the plan is loaded, and delivers what is held.
  private mutating func beReady(_ hash: String, into actions: inout [Action]) {
    guard let link, !link.isReady, link.planHash == hash else { return }
    self.link?.isReady = true
    send(.ready(planHash: hash), into: &actions)
    for index in results.indices {
      results[index].sendAgain = nil
      send(.result(results[index].message(next: nil)), into: &actions)
    }
    for failure in failures {
      send(
        .failure(unit: failure.unit, attempt: failure.attempt, reason: failure.reason, next: nil), into: &actions)
    }
    failures = []
    if let current = computing, !current.isCancelled {
      send(.heartbeat(unit: current.assignment.unit, steps: current.steps), into: &actions)
    }
  }

  mutating func rejected(_ rejection: Rejection, session: UInt64, at now: Instant, into actions: inout [Action]) {
    let isForHello = joining?.hello.map { rejection.helloNumber == 0 || $0.number == rejection.helloNumber } ?? false
    let isForSession = joining == nil && link?.session == session
    guard isForHello || isForSession else { return }
    if let retry = rejection.retry {
      let wait = retry * (1 + nextJitter())
      joining = Joining(nextHello: now + wait, tries: joining?.tries ?? 0)
      return
    }
    let code: Int32
    switch rejection.code {
    case .version: code = 76
    case .denied: code = 77
    case .unspecified, .tooMany, .protocol, .hung: code = 70
    }
    let hint = rejection.hint.isEmpty ? "" : "\n   = help: \(rejection.hint)"
    leave(code, rejection.text + hint, into: &actions)
  }
}
