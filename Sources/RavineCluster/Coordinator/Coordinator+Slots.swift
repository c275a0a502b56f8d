import RavineScheduling
import RavineWire

/// Local worker processes, and the end of the run.
extension Coordinator {
  mutating func startIdleSlots(at now: Instant, into actions: inout [Action]) {
    guard drainDeadline == nil, !scheduler.isFinished else { return }
    for index in slots.indices {
      guard let startAt = slots[index].startAt, startAt <= now else { continue }
      slots[index].state = .starting(since: now)
      actions.append(.startWorker(slot: index))
    }
  }

  mutating func workerStarted(slot: Int, pid: Int32, at now: Instant) {
    precondition(slots.indices.contains(slot), "there is no slot \(slot)")
    guard case .starting = slots[slot].state else {
      preconditionFailure("slot \(slot) was not starting: \(slots[slot])")
    }
    slots[slot].state = .running(pid: pid, since: now)
  }

  mutating func workerExited(
    slot: Int, evidence: String, clean: Bool, at now: Instant, into actions: inout [Action]
  ) {
    precondition(slots.indices.contains(slot), "there is no slot \(slot)")
    let session = slots[slot].session
    let current = session.flatMap { sessions[$0]?.currentUnit }
    slots[slot].exited(at: now, blameless: !clean && current != nil && failuresAreRare)
    if let session, let name = sessions[session]?.name {
      end(session, clean ? .lost : .died("\(name): \(evidence)"), note: clean ? .left : .died, into: &actions)
    } else if !clean {
      actions.append(.note(ClusterNote(.died, worker: "slot \(slot)", text: evidence)))
    }
    if case .givenUp = slots[slot].state {
      let text = "died \(Slot.quickDeathLimit) times within \(Slot.quickLife) of its start; last: \(evidence)"
      actions.append(.note(ClusterNote(.slotGivenUp, worker: "slot \(slot)", text: text)))
    }
  }

  /// A local process that no slot of this run started, but that may work for it.
  mutating func processEnded(_ pid: Int32, _ evidence: String, clean: Bool, into actions: inout [Action]) {
    let own = sessionOrder.first { number in
      sessions[number].map { $0.peer.endpoint == 0 && $0.slot == nil && $0.hello.pid == pid } ?? false
    }
    guard let own, let name = sessions[own]?.name else { return }
    end(own, clean ? .lost : .died("\(name): \(evidence)"), note: clean ? .left : .died, into: &actions)
  }

  /// Stops cleanly: nothing new is handed out, what can be computed in time is waited for.
  mutating func drain(at now: Instant, into actions: inout [Action]) {
    guard drainDeadline == nil else { return }
    drainDeadline = now + settings.grace + .seconds(1)
    actions.append(.note(ClusterNote(.stopping, text: "\(scheduler.count(.leased)) units are being computed")))
    for number in sessionOrder { send(.drain(grace: settings.grace), to: number, into: &actions) }
  }

  mutating func finishIfOver(at now: Instant, into actions: inout [Action]) {
    if scheduler.isFinished {
      finish(.complete, into: &actions)
    } else if let drainDeadline, scheduler.isQuiet || now >= drainDeadline {
      finish(.stopped, into: &actions)
    } else if isDeserted {
      finish(.noWorkers, into: &actions)
    }
  }

  /// As long as failures are the exception, a process's death is put down to the unit that it computed.
  private var failuresAreRare: Bool {
    scheduler.count(.failed) + scheduler.count(.failing) <= max(3, scheduler.count(.committed))
  }

  /// No worker is left, none will be started, none is expected, and the store owes nothing.
  private var isDeserted: Bool {
    !slots.isEmpty && !settings.admitsOthers && sessions.isEmpty && pending.isEmpty
      && slots.allSatisfy { $0.state == .givenUp }
  }

  mutating func finish(_ outcome: Outcome, into actions: inout [Action]) {
    for number in sessionOrder {
      sessions[number]?.state = .leaving
      if settings.sharesWorkers, let peer = sessions[number]?.peer {
        askToRejoin(peer, session: number, into: &actions)
      } else {
        send(.bye(text: "the run is over"), to: number, into: &actions)
      }
    }
    for index in slots.indices where slots[index].hasProcess && slots[index].session == nil {
      actions.append(.stopWorker(slot: index, force: false))
    }
    self.outcome = outcome
    actions.append(.finished(outcome))
  }
}
