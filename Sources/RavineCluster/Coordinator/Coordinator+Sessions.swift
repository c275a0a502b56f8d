import RavineScheduling
import RavineWire

/// How sessions are kept, lost and ended, and what they are given.
extension Coordinator {
  /// How often the sessions are looked through: a quarter of the heartbeat.
  var sweepInterval: Duration { settings.heartbeat / 4 }

  /// Looks through all sessions: who was not heard from for a lease is expired, who was not spoken to gets a heartbeat,
  /// who stands still hangs.
  mutating func sweep(at now: Instant, into actions: inout [Action]) {
    nextSweep = leaseNow + sweepInterval
    for number in sessionOrder {
      guard let session = sessions[number] else { continue }
      if leaseNow >= session.lastHeard + settings.lease {
        end(number, .lost, note: .expired, into: &actions)
      } else if isHung(session) {
        endHung(session, into: &actions)
      } else if leaseNow >= session.lastSent + settings.heartbeat {
        send(.heartbeat, to: number, into: &actions)
      }
    }
  }

  /// Only a unit whose steps were seen to move can stand still.
  private func isHung(_ session: Session) -> Bool {
    session.currentUnit != nil && session.steps > 0 && !session.isBeingEnded
      && leaseNow >= session.stepsChanged + settings.hangLimit
  }

  private mutating func endHung(_ session: Session, into actions: inout [Action]) {
    let text = "no progress for \(settings.hangLimit), stuck at step \(session.steps)"
    actions.append(.note(ClusterNote(.hung, worker: session.name, unit: session.currentUnit, text: text)))
    if let slot = session.slot {
      sessions[session.number]?.isBeingEnded = true
      actions.append(.stopWorker(slot: slot, force: true))
    } else {
      dismiss(session, .hung, text, .died("\(session.name): \(text)"), into: &actions)
    }
  }

  /// Messages were lost: nothing more is believed until it says hello again, or its lease ends.
  mutating func lapse(_ number: SessionNumber, into actions: inout [Action]) {
    guard let session = sessions[number] else { return }
    sessions[number]?.state = .lapsed
    askToRejoin(session.peer, session: number, into: &actions)
  }

  func askToRejoin(_ peer: Peer, session: SessionNumber, into actions: inout [Action]) {
    send(.rejoin, to: peer, session: session, into: &actions)
  }

  /// Sends a worker away for good.
  mutating func dismiss(
    _ session: Session, _ code: Rejection.Code, _ text: String, _ cause: SessionEnd, into actions: inout [Action]
  ) {
    let rejection = Rejection(helloNumber: session.hello.number, code: code, text: text)
    send(.reject(rejection), to: session.number, into: &actions)
    actions.append(.note(ClusterNote(.refused, worker: session.name, text: text)))
    end(session.number, cause, note: nil, into: &actions)
  }

  /// Whoever came with the key of this name is sent away.
  mutating func revoked(_ user: String, into actions: inout [Action]) {
    for number in sessionOrder {
      guard let session = sessions[number], session.peer.endpoint > 0, session.peer.user == user else { continue }
      dismiss(session, .denied, "the key `\(user)` is not allowed any more", .lost, into: &actions)
    }
  }

  /// The session is over; what it held is handed out again.
  mutating func end(
    _ number: SessionNumber, _ cause: SessionEnd, note kind: ClusterNote.Kind?, into actions: inout [Action]
  ) {
    guard let session = sessions.removeValue(forKey: number) else { return }
    sessionOrder.removeAll { $0 == number }
    if sessionsByPeer[session.peer] == number { sessionsByPeer[session.peer] = nil }
    let process = ProcessKey(session.hello)
    if sessionsByProcess[process] == number { sessionsByProcess[process] = nil }
    if session.isHungry { hungry.removeAll { $0 == number } }
    if let slot = session.slot, slots[slot].session == number { slots[slot].session = nil }
    let held = scheduler.units(of: number)
    let failed = scheduler.end(number, cause)
    if let kind {
      let evidence = if case .died(let text) = cause { text } else { "" }
      let text = evidence.isEmpty ? "\(held.count) units are handed out again" : evidence
      actions.append(.note(ClusterNote(kind, worker: session.name, unit: session.currentUnit, text: text)))
    }
    for (unit, evidence) in failed { giveUp(unit, evidence, into: &actions) }
  }

  /// Puts a session into the queue of those that can take a unit, if it can.
  mutating func beHungry(_ number: SessionNumber) {
    guard let session = sessions[number], session.state == .ready, !session.isHungry, !session.isYielding else {
      return
    }
    sessions[number]?.isHungry = true
    hungry.append(number)
  }

  /// Gives units to sessions that can take some. A few sessions at most are passed over in one go.
  mutating func offerUnits(at now: Instant, into actions: inout [Action]) {
    guard storeError == nil, hold == nil, drainDeadline == nil, pendingBytes <= settings.commitBytesLimit else {
      return
    }
    var passedOver = 0
    while passedOver < 8, let number = hungry.first {
      guard let session = sessions[number], session.state == .ready, !session.isYielding,
        session.unacknowledged < settings.unacknowledgedLimit
      else {
        leaveQueue(number)
        continue
      }
      if session.conduct.isOnProbation, isAside(session) {
        hungry.removeFirst()
        hungry.append(number)
        passedOver += 1
        continue
      }
      var assignments: [Assignment] = []
      let answer = fill(session, &assignments, at: now)
      if let first = assignments.first {
        send(.assign(assignments), to: number, into: &actions)
        // It holds nothing else, so it starts this one at once.
        if session.currentUnit == nil, scheduler.units(of: number).first == first.unit {
          noteStarted(first.unit, steps: 0, in: number)
        }
      }
      switch answer {
      case .lease: leaveQueue(number)
      case .notThisSession:
        hungry.removeFirst()
        hungry.append(number)
        passedOver += 1
      case .nothing: return
      }
    }
  }

  private mutating func leaveQueue(_ number: SessionNumber) {
    hungry.removeFirst()
    sessions[number]?.isHungry = false
  }

  /// Leases units to a session until it has enough; the last answer of the scheduler is a lease if it has.
  private mutating func fill(_ session: Session, _ assignments: inout [Assignment], at now: Instant) -> Offer {
    let horizon = session.ends.map { $0.seconds(since: now) } ?? .infinity
    var last = Offer.lease(unit: 0, attempt: 0, seconds: nil)
    var held = scheduler.units(of: session.number).count
    let ahead = session.conduct.isOnProbation ? 0 : settings.credits
    while held < (scheduler.isPlentiful ? 1 + ahead : 1) {
      last = scheduler.next(for: session.number, horizon: horizon, now: leaseNow)
      guard case .lease(let unit, let attempt, let seconds) = last else { return last }
      held += 1
      assignments.append(
        Assignment(
          unit: unit, attempt: attempt, firstTrial: units[unit].first, trialCount: units[unit].count, seconds: seconds))
    }
    return last
  }
}
