import Collections

extension Scheduler {
  /// A session that can take units.
  package mutating func add(session: SessionNumber) {
    precondition(holders[session] == nil, "session \(session) was added before")
    holders[session] = Holder()
  }

  /// The next unit for `session`, which is thereby leased to it.
  ///
  /// - Parameter horizon: seconds that the session has left; a unit that should take longer is not given to it.
  package mutating func next(for session: SessionNumber, horizon: Double = .infinity, now: Instant) -> Offer {
    guard var holder = holders[session] else { preconditionFailure("session \(session) is not known") }
    if let reserved = holder.reserved {
      if holder.units.contains(reserved) { return .notThisSession }
      if phase(of: reserved) == .waiting {
        return holder.units.isEmpty ? give(reserved, to: session, alone: true, now: now) : .notThisSession
      }
      holder.reserved = nil
      holders[session] = holder
      reservations -= 1
    }
    if reservations < max(1, holders.count / 2), let suspect = popSuspect() {
      reservations += 1
      holders[session]?.reserved = suspect
      return holder.units.isEmpty ? give(suspect, to: session, alone: true, now: now) : .notThisSession
    }
    if let unit = popWaiting(within: horizon) { return give(unit, to: session, alone: false, now: now) }
    if count(.waiting) > 0 { return .notThisSession }
    return nextCopy(for: session, horizon: horizon, now: now)
  }

  /// Notes that `session` computes `unit` now. Of no consequence where it does not hold it.
  package mutating func started(_ unit: Int, by session: SessionNumber, now: Instant) {
    guard var lease = leases[unit]?.held(by: session), !lease.started else { return }
    lease.started = true
    lease.due = now + patience(with: unit, behind: 0)
    leases[unit]?.update(lease)
    noteDue(unit, lease)
  }

  /// Lets a session go on with a unit that it says it holds (after a coordinator's restart, or a reconnection).
  ///
  /// - Returns: false when it should drop the unit: somebody else has it, or it is not wanted any more.
  package mutating func adopt(
    _ unit: Int, attempt: UInt32, started: Bool, by session: SessionNumber, now: Instant
  ) -> Bool {
    precondition(holders[session] != nil, illegal("adoption by the unknown session \(session)", unit))
    ledger.learnAttempt(unit, attempt)
    let alone = ledger.isSuspect(unit)
    if alone && (!started || phase(of: unit) == .leased) { return false }
    if let copies = leases[unit] {
      let isExtra = copies.second == nil && started && copies.held(by: session) == nil && !copies.first.alone
      if !isExtra { return false }
    } else if phase(of: unit) != .waiting {
      return false
    }
    let lease = Lease(
      session: session, attempt: attempt, started: started, alone: alone, since: now,
      due: now + patience(with: unit, behind: 0))
    hold(unit, lease)
    return true
  }

  /// When the first overdue unit could be given to a second worker; nil when there is none such.
  package var nextDue: Instant? {
    mutating get {
      while let entry = dues.min {
        if isCurrent(entry) { return entry.due }
        dues.removeMin()
      }
      return nil
    }
  }

  private mutating func give(_ unit: Int, to session: SessionNumber, alone: Bool, now: Instant) -> Offer {
    let attempt = ledger.nextAttempt(unit)
    let ahead = (holders[session]?.units ?? []).reduce(0) { $0 + seconds(of: $1) }
    let lease = Lease(
      session: session, attempt: attempt, started: false, alone: alone, since: now,
      due: now + patience(with: unit, behind: ahead))
    hold(unit, lease)
    return .lease(unit: unit, attempt: attempt, seconds: estimate(of: unit))
  }

  private mutating func hold(_ unit: Int, _ lease: Lease) {
    if leases[unit] == nil {
      precondition(phase(of: unit) == .waiting, illegal("a lease", unit))
      ledger.setPhase(unit, .leased)
      leases[unit] = Copies(first: lease)
    } else {
      leases[unit]?.second = lease
    }
    holders[lease.session]?.units.append(unit)
    if lease.alone, holders[lease.session]?.reserved == nil {
      holders[lease.session]?.reserved = unit
      reservations += 1
    }
    noteDue(unit, lease)
  }

  /// The most expensive waiting unit, or the least expensive one where only that fits into the horizon.
  private mutating func popWaiting(within horizon: Double) -> Int? {
    while let top = heap.popMin() {
      let unit = Int(order[Int(top)])
      ledger.setInHeap(unit, false)
      guard phase(of: unit) == .waiting, !ledger.isSuspect(unit) else { continue }
      if fits(unit, horizon) { return unit }
      queue(unit)
      return popCheapest(within: horizon)
    }
    return nil
  }

  private mutating func popCheapest(within horizon: Double) -> Int? {
    while let bottom = heap.popMax() {
      let unit = Int(order[Int(bottom)])
      ledger.setInHeap(unit, false)
      guard phase(of: unit) == .waiting, !ledger.isSuspect(unit) else { continue }
      if fits(unit, horizon) { return unit }
      queue(unit)
      return nil
    }
    return nil
  }

  private mutating func popSuspect() -> Int? {
    while let unit = suspects.popFirst() {
      ledger.setInSuspects(unit, false)
      if phase(of: unit) == .waiting { return unit }
    }
    return nil
  }

  /// Puts a waiting unit where the next session finds it.
  mutating func queue(_ unit: Int) {
    if ledger.isSuspect(unit) {
      if !ledger.isInSuspects(unit) { suspects.append(unit) }
      ledger.setInSuspects(unit, true)
    } else {
      if !ledger.isInHeap(unit) { heap.insert(rank[unit]) }
      ledger.setInHeap(unit, true)
    }
  }

  private func fits(_ unit: Int, _ horizon: Double) -> Bool { (estimate(of: unit) ?? 0) <= horizon }
}

/// Extra copies of overdue units.
extension Scheduler {
  private mutating func nextCopy(for session: SessionNumber, horizon: Double, now: Instant) -> Offer {
    guard let due = nextDue, due <= now, let entry = dues.min else { return .nothing }
    let isOwn = leases[entry.unit]?.held(by: session) != nil
    if isOwn || !fits(entry.unit, horizon) { return .notThisSession }
    dues.removeMin()
    return give(entry.unit, to: session, alone: false, now: now)
  }

  /// Whether the entry still tells of a lease that may get an extra copy.
  private func isCurrent(_ entry: DueEntry) -> Bool {
    guard let copies = leases[entry.unit], copies.second == nil, !ledger.isSuspect(entry.unit) else { return false }
    return copies.first.attempt == entry.attempt && copies.first.due == entry.due
  }

  private mutating func noteDue(_ unit: Int, _ lease: Lease) {
    if dues.count > 4 * leases.count + 64 { dues = Heap(dues.unordered.filter(isCurrent)) }
    dues.insert(DueEntry(due: lease.due, unit: unit, attempt: lease.attempt))
  }

  private func seconds(of unit: Int) -> Double { estimate(of: unit) ?? Self.unknownSeconds }

  /// How long to wait for a unit that has `ahead` seconds of others before it.
  private func patience(with unit: Int, behind ahead: Double) -> Duration {
    .clamped(seconds: max(Self.leastPatienceSeconds, Self.patience * (ahead + seconds(of: unit))))
  }
}
