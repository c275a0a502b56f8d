import RavineScheduling
import RavineWire

/// What comes in from peers. Nothing here may end in a broken precondition.
extension Coordinator {
  mutating func receive(_ frames: [[UInt8]], from peer: Peer, at now: Instant, into actions: inout [Action]) {
    if OperatorMessage.isLikely(frames) { return operate(frames, from: peer, at: now, into: &actions) }
    let envelope: Envelope<WorkerMessage>
    do {
      envelope = try Envelope(frames: frames)
    } catch {
      malformed(error, from: peer, at: now, into: &actions)
      return
    }
    if case .hello(let hello) = envelope.message {
      welcome(hello, from: peer, at: now, into: &actions)
      return
    }
    guard let number = sessionsByPeer[peer], let session = sessions[number], number == envelope.session else {
      let isStale = envelope.session < (sessionsByPeer[peer] ?? 0)
      if !isStale { askToRejoin(peer, session: envelope.session, into: &actions) }
      return
    }
    if session.state == .lapsed || envelope.sequence > session.nextIn {
      lapse(number, into: &actions)
      return
    }
    let heard = leaseNow
    sessions[number]?.lastHeard = heard
    if envelope.sequence < session.nextIn { return }
    sessions[number]?.nextIn += 1
    perform(envelope.message, in: number, at: now, into: &actions)
  }

  private mutating func perform(
    _ message: WorkerMessage, in number: SessionNumber, at now: Instant, into actions: inout [Action]
  ) {
    switch message {
    case .hello: preconditionFailure("a hello opens a session, it does not belong to one")
    case .planRequest(let part, let offset):
      sendPlanPart(part, offset: offset, to: number, at: now, into: &actions)
    case .ready(let hash): ready(hash, in: number, into: &actions)
    case .result(let result): take(result, in: number, into: &actions)
    case .failure(let unit, let attempt, let reason, let next):
      takeFailure(unit, attempt: attempt, reason: reason, in: number, into: &actions)
      noteStarted(next, steps: 0, in: number)
    case .released(let units):
      for held in units where holds(number, held.unit, held.attempt) {
        scheduler.release(held.unit, by: number, started: held.started)
      }
      beHungry(number)
    case .heartbeat(let unit, let steps): noteStarted(unit, steps: steps, in: number)
    case .leaving(let reason):
      if sessions[number]?.state != .leaving, let name = sessions[number]?.name {
        actions.append(.note(ClusterNote(.left, worker: name, text: reason)))
      }
      sessions[number]?.state = .leaving
    case .farewell: end(number, .lost, note: nil, into: &actions)
    }
  }

  /// Takes note of the unit that a worker computes.
  mutating func noteStarted(_ unit: Int?, steps: UInt64, in number: SessionNumber) {
    let known = unit.flatMap { units.indices.contains($0) ? $0 : nil }
    let current = leaseNow
    sessions[number]?.report(unit: known, steps: steps, now: current)
    if let known { scheduler.started(known, by: number, now: current) }
  }

  /// Whether the session holds this very attempt.
  func holds(_ number: SessionNumber, _ unit: Int, _ attempt: UInt32) -> Bool {
    units.indices.contains(unit)
      && scheduler.leases(of: unit).contains { $0.session == number && $0.attempt == attempt }
  }

  /// Bytes that are no message: other versions are told so, who has a session is ended at the third.
  private mutating func malformed(
    _ error: WireError, from peer: Peer, at now: Instant, into actions: inout [Action]
  ) {
    counts.malformedMessages += 1
    switch error {
    case .version(let major, let minor):
      refuse(
        peer, helloNumber: 0, .version,
        "this worker speaks protocol \(major).\(minor), the coordinator "
          + "\(Header.major).\(Header.minor)", hint: "install build `\(build)` there; the run goes on without it",
        into: &actions)
    case .unknownType(_, ignorable: true): break
    case .foreign, .checksum, .tooLarge, .unknownType, .malformed:
      guard let number = sessionsByPeer[peer] else { return }
      fault(number, "\(error)", into: &actions)
    }
  }

  /// A message that made no sense; the third ends the session.
  mutating func fault(_ number: SessionNumber, _ text: String, into actions: inout [Action]) {
    sessions[number]?.faults += 1
    if let session = sessions[number], session.faults >= 3 {
      dismiss(session, .protocol, "three messages made no sense, the last: \(text)", .lost, into: &actions)
    }
  }

  /// Sends within a session.
  mutating func send(_ message: CoordinatorMessage, to number: SessionNumber, into actions: inout [Action]) {
    guard let session = sessions[number], session.state != .lapsed else { return }
    let envelope = Envelope(session: number, sequence: session.nextOut, message: message)
    let sent = leaseNow
    sessions[number]?.nextOut += 1
    sessions[number]?.lastSent = sent
    actions.append(.send(to: session.peer, frames: envelope.frames()))
  }

  /// Sends outside any session.
  func send(_ message: CoordinatorMessage, to peer: Peer, session: SessionNumber = 0, into actions: inout [Action]) {
    let envelope = Envelope(session: session, sequence: 0, message: message)
    actions.append(.send(to: peer, frames: envelope.frames()))
  }

  func refuse(
    _ peer: Peer, helloNumber: UInt32, _ code: Rejection.Code, _ text: String, hint: String, retry: Duration? = nil,
    into actions: inout [Action]
  ) {
    let rejection = Rejection(helloNumber: helloNumber, code: code, text: text, hint: hint, retry: retry)
    send(.reject(rejection), to: peer, into: &actions)
    actions.append(.note(ClusterNote(.refused, text: text)))
  }

  /// The run is over, and not every worker has said that it heard so.
  package var awaitsFarewells: Bool { outcome != nil && !settings.sharesWorkers && !sessions.isEmpty }

  /// After the end: whoever still speaks is sent home.
  mutating func answerAfterwards(_ event: Event, into actions: inout [Action]) {
    guard case .received(let peer, let frames) = event else { return }
    if OperatorMessage.isLikely(frames) { return operate(frames, from: peer, at: lastHandled, into: &actions) }
    guard let envelope = try? Envelope<WorkerMessage>(frames: frames)
    else { return }
    if case .farewell = envelope.message {
      if sessionsByPeer[peer] == envelope.session { end(envelope.session, .lost, note: nil, into: &actions) }
      return
    }
    if settings.sharesWorkers { return askToRejoin(peer, session: envelope.session, into: &actions) }
    send(.bye(text: "the run is over"), to: peer, session: envelope.session, into: &actions)
  }
}
