import RavineScheduling
import RavineWire

/// Results and failures: checked, made durable, then acknowledged.
extension Coordinator {
  mutating func take(_ result: ResultMessage, in number: SessionNumber, into actions: inout [Action]) {
    guard let session = sessions[number] else { return }
    noteStarted(result.next, steps: 0, in: number)
    defer { beHungry(number) }
    if let reason = flaw(of: result) {
      refuseResult(result, session, reason, into: &actions)
      return
    }
    sessions[number]?.badResults = 0
    let unit = result.unit
    switch scheduler.phase(of: unit) {
    case .waiting, .leased:
      if pendingBytes > 2 * settings.commitBytesLimit {
        var busy = Acknowledgement()
        busy.refused = [Refusal(unit: unit, code: .busy, text: "the store is behind")]
        send(.acknowledge(busy), to: number, into: &actions)
      } else {
        accept(result, session, into: &actions)
      }
    case .accepted, .failing:
      compare(unit, result.digest, pending[unit]?.digest, from: number, into: &actions)
      let isKnown = pending[unit]?.owner == number || pending[unit]?.others.contains(number) == true
      if !isKnown { pending[unit]?.others.append(number) }
    case .committed, .failed:
      compare(unit, result.digest, digests[unit], from: number, into: &actions)
      var known = Acknowledgement()
      known.already = [unit]
      send(.acknowledge(known), to: number, into: &actions)
    }
  }

  /// What is wrong with a result, or nil.
  private func flaw(of result: ResultMessage) -> String? {
    guard units.indices.contains(result.unit) else { return "there is no unit \(result.unit)" }
    let spec = units[result.unit]
    guard result.firstTrial == spec.first, result.trialCount == spec.count else {
      return "trials \(result.firstTrial) + \(result.trialCount), not \(spec.first) + \(spec.count)"
    }
    let digest = ResultMessage.digest(columns: result.columns, cards: result.cards)
    return digest == result.digest ? nil : "the checksum does not hold"
  }

  private mutating func refuseResult(
    _ result: ResultMessage, _ session: Session, _ reason: String, into actions: inout [Action]
  ) {
    actions.append(.note(ClusterNote(.badResult, worker: session.name, unit: result.unit, text: reason)))
    if holds(session.number, result.unit, result.attempt) {
      scheduler.release(result.unit, by: session.number, started: true)
    }
    var refusal = Acknowledgement()
    refusal.refused = [Refusal(unit: result.unit, code: .bad, text: reason)]
    send(.acknowledge(refusal), to: session.number, into: &actions)
    sessions[session.number]?.badResults += 1
    if session.badResults + 1 >= 3 {
      dismiss(session, .protocol, "three bad results in a row, the last: \(reason)", .lost, into: &actions)
    }
  }

  private mutating func accept(_ result: ResultMessage, _ session: Session, into actions: inout [Action]) {
    let unit = result.unit
    let leases = scheduler.accept(unit)
    let given = leases.first { $0.session == session.number }?.since
    for lease in leases where lease.session != session.number {
      send(.cancel(units: [unit]), to: lease.session, into: &actions)
      beHungry(lease.session)
    }
    scheduler.measured(unit, seconds: result.seconds)
    let bytes = result.columns.count + result.cards.count
    pending[unit] = PendingCommit(digest: result.digest, bytes: bytes, owner: session.number)
    pendingBytes += bytes
    sessions[session.number]?.unacknowledged += 1
    sessions[session.number]?.unitsDone += 1
    sessions[session.number]?.conduct.succeeded()
    if let slot = session.slot { slots[slot].hasDelivered = true }
    actions.append(
      .commit(
        UnitResult(
          unit: unit, attempt: Int(result.attempt), worker: session.name, digest: result.digest,
          columns: result.columns, cards: result.cards, seconds: result.seconds,
          turnaround: given.map { leaseNow.seconds(since: $0) })))
  }

  /// A second copy of a result: its bytes must be the same.
  func compare(
    _ unit: Int, _ digest: UInt32, _ known: UInt32?, from number: SessionNumber, into actions: inout [Action]
  ) {
    guard let known, known != digest else { return }
    let text = "a second result has the digest \(digest), the first, which stays, \(known)"
    actions.append(.note(ClusterNote(.nonDeterminism, worker: sessions[number]?.name, unit: unit, text: text)))
  }

  mutating func takeFailure(
    _ unit: Int, attempt: UInt32, reason: String, in number: SessionNumber, into actions: inout [Action]
  ) {
    guard let session = sessions[number], holds(number, unit, attempt) else { return }
    let evidence = "\(session.name): \(reason)"
    switch scheduler.fail(unit, by: number, evidence: evidence) {
    case .retry: actions.append(.note(ClusterNote(.retried, worker: session.name, unit: unit, text: reason)))
    case .failed(let evidence): giveUp(unit, evidence, into: &actions)
    }
    noteSpoilt(unit, in: number, into: &actions)
    beHungry(number)
  }

  /// The unit failed for good.
  mutating func giveUp(_ unit: Int, _ evidence: String, into actions: inout [Action]) {
    pending[unit] = PendingCommit(digest: nil, bytes: 0, owner: nil)
    actions.append(.note(ClusterNote(.failed, unit: unit, text: evidence)))
    actions.append(.commitFailure(unit: unit, evidence: evidence))
  }

  /// The store has them: now, and only now, workers may forget them.
  mutating func committed(_ done: [Int], into actions: inout [Action]) {
    var order: [SessionNumber] = []
    var answers: [SessionNumber: Acknowledgement] = [:]
    for unit in done {
      precondition(units.indices.contains(unit), scheduler.story(of: unit))
      guard let commit = pending.removeValue(forKey: unit) else {
        preconditionFailure("a commit that was not asked for: \(scheduler.story(of: unit))")
      }
      scheduler.commit(unit)
      pendingBytes -= commit.bytes
      digests[unit] = commit.digest
      if commit.digest == nil { counts.addFailed(units[unit]) } else { counts.addCommitted(units[unit]) }
      if let owner = commit.owner, sessions[owner] != nil {
        sessions[owner]?.unacknowledged -= 1
        if answers[owner] == nil { order.append(owner) }
        answers[owner, default: Acknowledgement()].committed.append(unit)
      }
      for other in commit.others {
        if answers[other] == nil { order.append(other) }
        answers[other, default: Acknowledgement()].already.append(unit)
      }
    }
    for number in order {
      guard let answer = answers[number] else { continue }
      send(.acknowledge(answer), to: number, into: &actions)
      beHungry(number)
    }
  }
}
