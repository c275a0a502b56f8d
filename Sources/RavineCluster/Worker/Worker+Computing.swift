import RavineScheduling
import RavineWire

/// One unit after the other, and the ways to stop.
extension Worker {
  /// Starts the next unit of the queue, where nothing speaks against it.
  ///
  /// - Returns: whether one was started.
  mutating func startNext(at now: Instant, into actions: inout [Action]) -> Bool {
    guard !hasLeft, computing == nil, stopping == nil, !queue.isEmpty, link?.isReady == true, isFresh(at: now)
    else { return false }
    let next = queue.removeFirst()
    computing = Computing(assignment: next, since: now)
    actions.append(
      .compute(unit: next.unit, attempt: Int(next.attempt), first: next.firstTrial, count: next.trialCount))
    return true
  }

  mutating func computed(
    _ unit: Int, _ attempt: Int, _ columns: [UInt8], _ cards: [UInt8], _ seconds: Double, at now: Instant,
    into actions: inout [Action]
  ) {
    guard let done = takeComputing(unit, attempt) else { return }
    guard columns.count + cards.count <= WireLimits.resultBytes else {
      let reason = "the result has \(columns.count + cards.count) bytes, more than \(WireLimits.resultBytes)"
      return report(KeptFailure(unit: unit, attempt: done.attempt, reason: reason), at: now, into: &actions)
    }
    let digest = ResultMessage.digest(columns: columns, cards: cards)
    let result = KeptResult(
      assignment: done, digest: digest, columns: columns, cards: cards,
      seconds: seconds >= 0 && seconds < .infinity ? seconds : 0)
    results.append(result)
    let next = startNext(at: now, into: &actions) ? computing?.assignment.unit : nil
    if link?.isReady == true { send(.result(result.message(next: next)), into: &actions) }
  }

  mutating func computeFailed(
    _ unit: Int, _ attempt: Int, _ reason: String, at now: Instant, into actions: inout [Action]
  ) {
    guard let done = takeComputing(unit, attempt) else { return }
    report(KeptFailure(unit: unit, attempt: done.attempt, reason: reason), at: now, into: &actions)
  }

  private mutating func report(_ failure: KeptFailure, at now: Instant, into actions: inout [Action]) {
    let next = startNext(at: now, into: &actions) ? computing?.assignment.unit : nil
    if joining == nil, link?.isReady == true {
      send(
        .failure(unit: failure.unit, attempt: failure.attempt, reason: failure.reason, next: next), into: &actions)
    } else {
      failures.append(failure)
    }
  }

  /// Ends the unit at hand; nil where its outcome is of no interest.
  private mutating func takeComputing(_ unit: Int, _ attempt: Int) -> Assignment? {
    guard let current = computing, current.assignment.unit == unit, Int(current.assignment.attempt) == attempt
    else { return nil }
    computing = nil
    return current.isCancelled ? nil : current.assignment
  }

  mutating func cancelComputing(into actions: inout [Action]) {
    guard let current = computing, !current.isCancelled else { return }
    computing?.isCancelled = true
    actions.append(.cancel(unit: current.assignment.unit))
  }

  /// The unit at hand goes back to the coordinator.
  mutating func giveBackComputing(into actions: inout [Action]) {
    guard let current = computing, !current.isCancelled else { return }
    cancelComputing(into: &actions)
    send(.released([current.held]), into: &actions)
  }

  /// Stops cleanly: what is not computed goes back, and so does what cannot be computed within the grace.
  mutating func stop(graceEnds: Instant, leaves: Instant?, at now: Instant, into actions: inout [Action]) {
    stopping = Stopping(graceEnds: graceEnds, leaves: leaves)
    let returned = queue.map { HeldUnit(unit: $0.unit, attempt: $0.attempt, started: false) }
    queue = []
    if !returned.isEmpty { send(.released(returned), into: &actions) }
    if let remaining = computing?.remaining(at: now), remaining > graceEnds.seconds(since: now) {
      giveBackComputing(into: &actions)
    }
  }

  /// Asked from outside to end. Asked a second time it leaves at once.
  mutating func terminate(at now: Instant, into actions: inout [Action]) {
    if stopping?.leaves != nil { return leave(143, "", into: &actions) }
    send(.leaving(reason: "asked to end"), into: &actions)
    let grace = stopping?.graceEnds ?? now + .seconds(8)
    stop(graceEnds: grace, leaves: now + .seconds(20), at: now, into: &actions)
  }

  /// The time that a batch system grants is nearly over: what cannot be finished goes back before it is lost.
  mutating func leaveInTime(at now: Instant, into actions: inout [Action]) {
    send(.leaving(reason: "its time is up"), into: &actions)
    let left = Double((ends ?? now).nanoseconds(since: now)) / 1e9
    let grace = stopping?.graceEnds ?? now + .clamped(seconds: left / 2)
    stop(graceEnds: grace, leaves: now + .clamped(seconds: left * 0.9), at: now, into: &actions)
    stopping?.code = 0
  }

  /// Leaves once nothing is computed and everything is delivered.
  mutating func leaveIfDone(into actions: inout [Action]) {
    guard !hasLeft, stopping?.leaves != nil, computing?.isCancelled != false, results.isEmpty else { return }
    send(.farewell, into: &actions)
    leave(stopping?.code ?? 143, "", into: &actions)
  }

  mutating func leave(_ code: Int32, _ message: String, into actions: inout [Action]) {
    guard !hasLeft else { return }
    hasLeft = true
    actions.append(.exit(code: code, message: message))
  }
}
