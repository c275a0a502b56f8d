import RavineScheduling
import RavineWire

/// From hello to ready.
extension Coordinator {
  mutating func welcome(_ hello: Hello, from peer: Peer, at now: Instant, into actions: inout [Action]) {
    let process = ProcessKey(hello)
    let old = sessionsByProcess[process]
    if let old, let known = sessions[old]?.hello.number, hello.number <= known { return }
    guard mayJoin(hello, peer, isNew: old == nil, into: &actions) else { return }
    let (unitsDone, conduct) = old.flatMap { sessions[$0] }.map { ($0.unitsDone, $0.conduct) } ?? (0, Conduct())
    for number in [old, sessionsByPeer[peer]] {
      guard let number, sessions[number] != nil else { continue }
      end(number, .lost, note: .rejoined, into: &actions)
    }
    let session = open(hello, peer, process, at: now)
    sessions[session.number]?.unitsDone = unitsDone
    sessions[session.number]?.conduct = conduct
    let (keep, send) = judgeInventory(hello, session.number, into: &actions)
    let welcome = Welcome(
      helloNumber: hello.number, run: settings.run, epoch: epoch, heartbeat: settings.heartbeat, lease: settings.lease,
      credits: settings.credits, planHash: plan.hash, sweepFile: plan.sweepFile, sweepBytes: sweepBytes.count,
      files: plan.files.map { FileEntry(name: $0.name, bytes: $0.bytes.count) }, keep: keep, send: send)
    self.send(.welcome(welcome), to: peer, session: session.number, into: &actions)
    if old == nil {
      let text = "build \(hello.build), kernel \(hello.kernel), \(hello.instructionSet), \(hello.cores) cores"
      actions.append(.note(ClusterNote(.joined, worker: session.name, text: text)))
    }
    if drainDeadline != nil { self.send(.drain(grace: settings.grace), to: session.number, into: &actions) }
  }

  private func mayJoin(_ hello: Hello, _ peer: Peer, isNew: Bool, into actions: inout [Action]) -> Bool {
    guard peer.roles.contains(.worker) else {
      refuse(
        peer, helloNumber: hello.number, .denied, "the key `\(peer.user)` is not a worker's",
        hint: "ask for a worker's join file", into: &actions)
      return false
    }
    guard hello.build == build else {
      refuse(
        peer, helloNumber: hello.number, .version,
        "the worker at \(hello.host) is of build `\(hello.build)`, the coordinator of build `\(build)`",
        hint: "install build `\(build)` there; the run goes on without it", into: &actions)
      return false
    }
    guard !isNew || sessions.count < settings.sessionLimit else {
      refuse(
        peer, helloNumber: hello.number, .tooMany, "\(sessions.count) workers are connected, no more are taken",
        hint: "the worker tries again by itself", retry: .seconds(5), into: &actions)
      return false
    }
    return true
  }

  private mutating func open(_ hello: Hello, _ peer: Peer, _ process: ProcessKey, at now: Instant) -> Session {
    sessionCount += 1
    let number = (epoch & 0xFFFF_FFFF) << 32 | (sessionCount & 0xFFFF_FFFF)
    let slot = hello.slot.flatMap { slot in
      peer.endpoint == 0 && slots.indices.contains(slot) && slots[slot].admits(pid: hello.pid) ? slot : nil
    }
    let session = Session(
      number: number, peer: peer, hello: hello, slot: slot,
      ends: hello.secondsLeft.map { now + .clamped(seconds: $0) }, now: leaseNow)
    if let slot { slots[slot].session = number }
    if sessions.isEmpty { nextSweep = leaseNow + sweepInterval }
    sessions[number] = session
    sessionOrder.append(number)
    sessionsByPeer[peer] = number
    sessionsByProcess[process] = number
    scheduler.add(session: number)
    return session
  }

  /// Which of the units that the worker holds it shall go on with, and which results it shall send.
  private mutating func judgeInventory(
    _ hello: Hello, _ number: SessionNumber, into actions: inout [Action]
  ) -> (keep: [Int], send: [Int]) {
    guard hello.planHash == plan.hash else { return ([], []) }
    var send: [Int] = []
    for result in hello.results where units.indices.contains(result.unit) {
      switch scheduler.phase(of: result.unit) {
      case .waiting, .leased, .accepted, .failing: send.append(result.unit)
      case .committed, .failed:
        compare(result.unit, result.digest, digests[result.unit], from: number, into: &actions)
      }
    }
    var keep: [Int] = []
    let takesQueued = drainDeadline == nil && storeError == nil
    for held in hello.held where units.indices.contains(held.unit) && keep.count <= settings.credits {
      let isWanted = held.started || takesQueued
      if isWanted, !keep.contains(held.unit),
        scheduler.adopt(held.unit, attempt: held.attempt, started: held.started, by: number, now: leaseNow)
      {
        keep.append(held.unit)
        if held.started { noteStarted(held.unit, steps: 0, in: number) }
      }
    }
    return (keep, send)
  }

  /// Answers with at most one chunk; the worker asks for the next.
  mutating func sendPlanPart(
    _ part: Int, offset: Int, to number: SessionNumber, at now: Instant, into actions: inout [Action]
  ) {
    guard part <= plan.files.count else { return fault(number, "part \(part) of the plan", into: &actions) }
    let bytes = part == 0 ? sweepBytes : plan.files[part - 1].bytes
    guard offset <= bytes.count else { return fault(number, "offset \(offset) of the plan", into: &actions) }
    let chunk = Array(bytes[offset...].prefix(WireLimits.chunkBytes))
    send(.planPart(part: part, offset: offset, total: bytes.count, bytes: chunk), to: number, into: &actions)
  }

  mutating func ready(_ hash: String, in number: SessionNumber, into actions: inout [Action]) {
    guard let session = sessions[number] else { return }
    guard hash == plan.hash else {
      let text = "the worker \(session.name) makes another plan of the same sweep: \(hash), not \(plan.hash)"
      return dismiss(session, .version, text, .lost, into: &actions)
    }
    if session.state == .welcomed { sessions[number]?.state = .ready }
    beHungry(number)
  }
}
