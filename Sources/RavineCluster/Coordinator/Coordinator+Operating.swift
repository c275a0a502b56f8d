import RavineScheduling
import RavineWire

/// What viewers and administrators ask: each request is answered by itself.
extension Coordinator {
  mutating func operate(_ frames: [[UInt8]], from peer: Peer, at now: Instant, into actions: inout [Action]) {
    guard let message = try? Envelope<OperatorMessage>(frames: frames).message else {
      counts.malformedMessages += 1
      return
    }
    switch message {
    case .status(let request):
      if let refusal = Self.refusal(request, peer, .viewer) { return reply(refusal, to: peer, into: &actions) }
      reply(.status(request: request, build: build, runs: [status]), to: peer, into: &actions)
    case .order(let order):
      if let refusal = Self.refusal(order.request, peer, .admin) { return reply(refusal, to: peer, into: &actions) }
      let (done, text) = obey(order, at: now, into: &actions)
      reply(.answer(request: order.request, done: done, text: text), to: peer, into: &actions)
    }
  }

  /// The answer to somebody whose key does not allow it; nil where it does.
  static func refusal(_ request: UInt32, _ peer: Peer, _ role: Roles) -> OperatorReply? {
    guard !peer.roles.contains(role) else { return nil }
    let text =
      "the key `\(peer.user)` does not allow that; ask for \(role == .admin ? "an admin's" : "a viewer's") join file"
    return .answer(request: request, done: false, text: text)
  }

  private func reply(_ reply: OperatorReply, to peer: Peer, into actions: inout [Action]) {
    actions.append(.send(to: peer, frames: Envelope(session: 0, sequence: 0, message: reply).frames()))
  }

  /// Does what an administrator wants.
  ///
  /// - Returns: whether it was done, and words about it.
  mutating func obey(
    _ order: OperatorOrder, at now: Instant, into actions: inout [Action]
  ) -> (done: Bool, text: String) {
    guard order.run.isEmpty || order.run == settings.run else {
      return (false, "there is no run `\(order.run)` here, but `\(settings.run)`")
    }
    if outcome != nil { return (false, "the run is over") }
    let why = order.reason.isEmpty ? "by an operator" : "by an operator: \(order.reason)"
    switch order.action {
    case .pause:
      if hold == nil { actions.append(.note(ClusterNote(.paused, text: why))) }
      hold = why
      return (true, "paused; units in hand go on, nothing new is handed out")
    case .resume:
      if hold != nil { actions.append(.note(ClusterNote(.resumed, text: why))) }
      hold = nil
      actions.append(.retryStore)
      return (true, storeError.map { "the store is tried again; it failed: \($0)" } ?? "resumed")
    case .stop:
      drain(at: now, into: &actions)
      return (true, "stopping; units that can be finished soon are waited for, the rest stays open")
    case .cancel:
      actions.append(.note(ClusterNote(.cancelled, text: why)))
      finish(.cancelled, into: &actions)
      return (true, "cancelled; what was measured is kept")
    case .priority, .admit, .unspecified:
      return (false, "this coordinator has one run; `ravine serve` takes several")
    }
  }

  /// The run in the words of the protocol.
  package var status: RunStatus {
    let progress = progress
    var status = RunStatus()
    (status.name, status.path) = (settings.run, settings.path)
    switch progress.phase {
    case .running: status.phase = .running
    case .paused(let reason): (status.phase, status.reason) = (.paused, reason)
    case .draining: status.phase = .draining
    case .finished(let outcome): (status.phase, status.reason) = (.finished, "\(outcome)")
    }
    (status.units, status.committedUnits) = (progress.totalUnits, progress.committedUnits)
    (status.failedUnits, status.leasedUnits) = (progress.failedUnits, progress.leasedUnits)
    (status.trials, status.committedTrials) = (progress.totalTrials, progress.committedTrials)
    status.failedTrials = progress.failedTrials
    (status.cost, status.committedCost) = (progress.totalCost, progress.committedCost)
    for number in sessionOrder.prefix(WireLimits.workers) {
      guard let session = sessions[number] else { continue }
      let line = session.line
      status.workers.append(
        WorkerStatus(
          name: line.name, cores: line.cores, instructionSet: line.instructionSet, unitsDone: line.unitsDone,
          unit: line.currentUnit, steps: line.stepsDone,
          silence: .nanoseconds(Int64(clamping: leaseNow.nanoseconds(since: session.lastHeard))),
          trouble: session.conduct.isOnProbation ? "failed several units in a row" : ""))
    }
    return status
  }
}
