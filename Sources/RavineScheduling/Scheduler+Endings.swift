extension Scheduler {
  /// A valid result for an open unit: all its leases are over.
  ///
  /// - Returns: the leases that were running, to cancel those of other sessions.
  package mutating func accept(_ unit: Int) -> [Lease] {
    precondition(phase(of: unit).isOpen, illegal("a result", unit))
    let running = leases[unit]?.all ?? []
    for lease in running { letGo(unit, lease.session) }
    ledger.setPhase(unit, .accepted)
    return running
  }

  /// The unit's result, or its failure, is durable.
  package mutating func commit(_ unit: Int) {
    switch phase(of: unit) {
    case .accepted: ledger.setPhase(unit, .committed)
    case .failing: ledger.setPhase(unit, .failed)
    case .waiting, .leased, .committed, .failed: preconditionFailure(illegal("a commit", unit))
    }
  }

  /// `session` gives the unit back. Of no consequence where it does not hold it.
  package mutating func release(_ unit: Int, by session: SessionNumber, started: Bool) {
    guard let lease = leases[unit]?.held(by: session) else { return }
    if started || lease.started { ledger.lose(unit) } else { ledger.giveBack(unit) }
    letGo(unit, session)
    waitIfFree(unit)
  }

  /// `session` could not compute the unit, and says why. Of no consequence where it does not hold it.
  package mutating func fail(_ unit: Int, by session: SessionNumber, evidence text: String) -> FailureVerdict {
    guard let lease = leases[unit]?.held(by: session) else { return .retry }
    return strike(unit, lease, text, isError: true)
  }

  /// The session is over, and so are its leases.
  ///
  /// - Returns: the units that failed for good by this.
  package mutating func end(_ session: SessionNumber, _ end: SessionEnd) -> [(unit: Int, evidence: String)] {
    guard let holder = holders[session] else { preconditionFailure("session \(session) is not known") }
    var failed: [(unit: Int, evidence: String)] = []
    for unit in holder.units {
      guard let lease = leases[unit]?.held(by: session) else { continue }
      if case .died(let text) = end, lease.started {
        if case .failed(let evidence) = strike(unit, lease, text, isError: false) {
          failed.append((unit, evidence))
        }
      } else {
        noteVanished(unit, lease)
        release(unit, by: session, started: false)
      }
    }
    if let reserved = holders[session]?.reserved {
      reservations -= 1
      if phase(of: reserved) == .waiting { queue(reserved) }
    }
    holders[session] = nil
    return failed
  }

  /// A worker that vanishes while it computes says nothing against the unit; several of them say that it should be
  /// alone: a death that nobody could report looks the same.
  private mutating func noteVanished(_ unit: Int, _ lease: Lease) {
    if lease.started, ledger.losses[unit] + 1 >= Self.vanishedLimit { ledger.setSuspect(unit) }
  }

  private mutating func strike(_ unit: Int, _ lease: Lease, _ text: String, isError: Bool) -> FailureVerdict {
    ledger.strike(unit, alone: lease.alone, isError: isError)
    ledger.setSuspect(unit)
    let place = lease.alone ? " (alone)" : ""
    evidence[unit, default: []].append("attempt \(lease.attempt)\(place): \(text)")
    letGo(unit, lease.session)
    let (errors, strikes) = (ledger.errorCounts(unit), ledger.strikeCounts(unit))
    let isOver =
      errors.all >= Self.errorLimit && errors.alone >= Self.errorLimit - 1
      || strikes.all >= Self.deathLimit && strikes.alone >= Self.deathLimit - 1
    guard isOver, leases[unit] == nil else {
      waitIfFree(unit)
      return .retry
    }
    ledger.setPhase(unit, .failing)
    return .failed(evidence: (evidence[unit] ?? []).joined(separator: "; "))
  }

  /// Takes the lease of `session` away.
  private mutating func letGo(_ unit: Int, _ session: SessionNumber) {
    leases[unit] = leases[unit]?.without(session)
    holders[session]?.units.removeAll { $0 == unit }
    if holders[session]?.reserved == unit {
      holders[session]?.reserved = nil
      reservations -= 1
    }
  }

  private mutating func waitIfFree(_ unit: Int) {
    guard leases[unit] == nil else { return }
    ledger.setPhase(unit, .waiting)
    queue(unit)
  }
}
