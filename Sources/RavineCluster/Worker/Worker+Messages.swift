import RavineScheduling
import RavineWire

/// What comes from the coordinator, and what goes to it.
extension Worker {
  mutating func receive(_ frames: [[UInt8]], at now: Instant, into actions: inout [Action]) {
    let envelope: Envelope<CoordinatorMessage>
    do {
      envelope = try Envelope(frames: frames)
    } catch {
      if case .version(let major, let minor) = error, joining != nil {
        let own = "\(Header.major).\(Header.minor)"
        leave(
          76,
          "this worker speaks protocol \(own), the coordinator \(major).\(minor)\n   = help: install the "
            + "coordinator's build on this host", into: &actions)
      }
      return
    }
    heardAt = now
    switch envelope.message {
    case .welcome(let welcome):
      welcomed(welcome, session: envelope.session, at: now, into: &actions)
      return
    case .reject(let rejection):
      rejected(rejection, session: envelope.session, at: now, into: &actions)
      return
    case .rejoin:
      if envelope.session == link?.session { rejoin(at: now) }
      return
    case .bye(let text):
      if envelope.session == link?.session {
        // The coordinator closes its sockets only when its workers have heard it.
        send(.farewell, into: &actions)
        leave(0, text, into: &actions)
      } else if joining != nil {
        leave(0, text, into: &actions)
      }
      return
    default: break
    }
    guard joining == nil, let link, link.session == envelope.session else { return }
    if envelope.sequence > link.nextIn { return rejoin(at: now) }
    self.link?.lastHeard = now
    if envelope.sequence < link.nextIn { return }
    self.link?.nextIn += 1
    perform(envelope.message, at: now, into: &actions)
  }

  private mutating func perform(_ message: CoordinatorMessage, at now: Instant, into actions: inout [Action]) {
    switch message {
    case .welcome, .reject, .rejoin, .bye: preconditionFailure("\(message.type) belongs to no session")
    case .planPart(let part, let offset, let total, let bytes):
      planPart(part, offset: offset, total: total, bytes: bytes, into: &actions)
    case .assign(let assignments): assigned(assignments, at: now, into: &actions)
    case .acknowledge(let acknowledgement): acknowledged(acknowledgement, at: now)
    case .cancel(let units):
      queue.removeAll { units.contains($0.unit) }
      if let unit = computing?.assignment.unit, units.contains(unit) { cancelComputing(into: &actions) }
    case .drain(let grace):
      if stopping == nil { stop(graceEnds: now + grace, leaves: nil, at: now, into: &actions) }
    case .heartbeat: break
    }
  }

  /// What is assigned goes into the queue; what cannot go there is given back. A worker that held nothing starts the
  /// first at once, and the coordinator counts on it: no heartbeat says so.
  private mutating func assigned(_ assignments: [Assignment], at now: Instant, into actions: inout [Action]) {
    var returned: [HeldUnit] = []
    for assignment in assignments {
      let unit = assignment.unit
      if let kept = results.first(where: { $0.assignment.unit == unit }) {
        send(.result(kept.message(next: nil)), into: &actions)
      } else if stopping != nil || queue.count > (link?.credits ?? 0) || queue.contains(where: { $0.unit == unit })
        || (computing?.assignment.unit == unit && computing?.isCancelled == false)
      {
        returned.append(HeldUnit(unit: unit, attempt: assignment.attempt, started: false))
      } else {
        queue.append(assignment)
      }
    }
    _ = startNext(at: now, into: &actions)
    if !returned.isEmpty { send(.released(returned), into: &actions) }
  }

  private mutating func acknowledged(_ acknowledgement: Acknowledgement, at now: Instant) {
    var done = Set(acknowledgement.committed)
    done.formUnion(acknowledgement.already)
    for refusal in acknowledgement.refused {
      switch refusal.code {
      case .bad, .unspecified: done.insert(refusal.unit)
      case .busy:
        if let index = results.firstIndex(where: { $0.assignment.unit == refusal.unit }) {
          results[index].sendAgain = now + .seconds(1)
        }
      }
    }
    results.removeAll { done.contains($0.assignment.unit) }
  }

  /// Sends again what the coordinator asked to be patient with.
  mutating func resend(at now: Instant, into actions: inout [Action]) {
    guard joining == nil, link?.isReady == true else { return }
    for index in results.indices {
      guard let instant = results[index].sendAgain, instant <= now else { continue }
      results[index].sendAgain = nil
      send(.result(results[index].message(next: computing?.assignment.unit)), into: &actions)
    }
  }

  mutating func sendHeartbeat(at now: Instant, into actions: inout [Action]) {
    guard let interval = link?.heartbeat else { return }
    let current = computing.flatMap { $0.isCancelled ? nil : $0 }
    send(.heartbeat(unit: current?.assignment.unit, steps: current?.steps ?? 0), into: &actions)
    link?.nextHeartbeat = now + interval
  }

  /// Sends within the session; without one there is nobody to tell.
  mutating func send(_ message: WorkerMessage, into actions: inout [Action]) {
    guard joining == nil, let current = link else { return }
    link?.nextOut += 1
    let envelope = Envelope(session: current.session, sequence: current.nextOut, message: message)
    actions.append(.send(frames: envelope.frames()))
  }
}
