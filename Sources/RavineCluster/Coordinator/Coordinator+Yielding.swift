import RavineScheduling

/// Sharing workers with other runs of the same process.
extension Coordinator {
  /// Whether there are units that nobody has, and nothing keeps them from being handed out.
  var wantsWorkers: Bool {
    outcome == nil && storeError == nil && hold == nil && drainDeadline == nil && scheduler.count(.waiting) > 0
  }

  /// Gives up `count` workers: those that are idle at once, others when they have finished what they hold.
  mutating func yield(_ count: Int, into actions: inout [Action]) {
    guard outcome == nil else { return }
    func rank(_ number: SessionNumber) -> Int {
      guard let session = sessions[number] else { return 3 }
      return isIdle(session) ? 0 : session.isYielding ? 1 : 2
    }
    // The newest first, as their problems are least prepared.
    let candidates = sessionOrder.reversed().enumerated().sorted { left, right in
      (rank(left.element), left.offset) < (rank(right.element), right.offset)
    }
    for (place, entry) in candidates.enumerated() {
      let number = entry.element
      guard let session = sessions[number] else { continue }
      let isYielding = place < count
      if isYielding != session.isYielding {
        sessions[number]?.isYielding = isYielding
        if !isYielding { beHungry(number) }
      }
      if isYielding, isIdle(session) {
        askToRejoin(session.peer, session: number, into: &actions)
        end(number, .lost, note: nil, into: &actions)
      }
    }
  }

  private func isIdle(_ session: Session) -> Bool {
    session.state == .ready && session.unacknowledged == 0 && scheduler.units(of: session.number).isEmpty
  }

  /// A process that had a session here says hello elsewhere.
  mutating func moved(_ process: ProcessKey, into actions: inout [Action]) {
    if let number = sessionsByProcess[process] { end(number, .lost, note: nil, into: &actions) }
  }
}
