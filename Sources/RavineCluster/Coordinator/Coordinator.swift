import RavineScheduling
import RavineWire

/// The coordinator of a run as a pure machine: events and the time go in, actions come out.
///
/// It welcomes workers, leases units to them, takes each unit's first valid result, and acknowledges it once it is
/// durable. Sessions are held by traffic; whatever a lost session held is handed out again.
package struct Coordinator: Sendable {
  let plan: PlanOffer
  let sweepBytes: [UInt8]
  let units: [UnitSpec]
  let epoch: UInt64
  let build: String
  var settings: ClusterSettings

  var scheduler: Scheduler
  /// Digests of committed units, where known.
  var digests: [UInt32?]
  var pending: [Int: PendingCommit] = [:]
  var pendingBytes = 0

  var sessions: [SessionNumber: Session] = [:]
  /// All sessions, oldest first.
  var sessionOrder: [SessionNumber] = []
  var sessionsByPeer: [Peer: SessionNumber] = [:]
  var sessionsByProcess: [ProcessKey: SessionNumber] = [:]
  var sessionCount: UInt64 = 0
  /// Sessions that can take a unit, in the order in which they asked.
  var hungry: [SessionNumber] = []

  var slots: [Slot]
  var storeError: String?
  /// Why an operator wants a pause, if one does.
  var hold: String?
  /// Until when a requested stop waits for results.
  var drainDeadline: Instant?
  var outcome: Outcome?

  var lastHandled: Instant
  /// For how long the coordinator itself stood still so far: no lease runs meanwhile.
  var stoodStill: UInt64 = 0
  /// When the sessions are looked through next, on the lease clock.
  var nextSweep: Instant
  var counts = Progress()

  /// When to call `handle(.tick)` at the latest, or nil when nothing is due.
  package private(set) var nextDeadline: Instant?

  /// - Parameters:
  ///   - plan: what workers need to compute units.
  ///   - units: all units of the run.
  ///   - committed: which of them are already durable; as long as `units`.
  ///   - localWorkers: how many worker processes to keep running; slots 0 ..< `localWorkers`.
  ///   - epoch: how often a coordinator was started on this run; from the store.
  ///   - build: the build that workers must be of.
  package init(
    plan: PlanOffer, units: [UnitSpec], committed: [Bool], localWorkers: Int, epoch: UInt64, build: String,
    settings: ClusterSettings = ClusterSettings(), now: Instant
  ) {
    self.plan = plan
    self.units = units
    self.epoch = epoch
    self.build = build
    self.settings = settings
    sweepBytes = Array(plan.sweepText.utf8)
    scheduler = Scheduler(costs: units.map(\.cost), committed: committed)
    digests = settings.digests.count == units.count ? settings.digests : [UInt32?](repeating: nil, count: units.count)
    slots = (0..<max(0, localWorkers)).map { _ in Slot(startAt: now) }
    lastHandled = now
    nextSweep = now
    nextDeadline = now
    counts.totalUnits = units.count
    for (unit, spec) in units.enumerated() {
      counts.totalTrials += spec.count
      counts.totalCost += spec.cost
      if committed[unit] { counts.addCommitted(spec) }
    }
  }

  /// The one door: takes one event and appends what must be done.
  ///
  /// Time that runs backwards counts as standing still.
  package mutating func handle(_ event: Event, at now: Instant, into actions: inout [Action]) {
    let now = max(now, lastHandled)
    noteStandstill(until: now)
    lastHandled = now
    if outcome != nil {
      answerAfterwards(event, into: &actions)
      return
    }
    perform(event, at: now, into: &actions)
    if leaseNow >= nextSweep { sweep(at: now, into: &actions) }
    startIdleSlots(at: now, into: &actions)
    offerUnits(at: now, into: &actions)
    finishIfOver(at: now, into: &actions)
    nextDeadline = outcome == nil ? earliestDeadline(at: now) : nil
  }

  private mutating func perform(_ event: Event, at now: Instant, into actions: inout [Action]) {
    switch event {
    case .received(let peer, let frames): receive(frames, from: peer, at: now, into: &actions)
    case .committed(let units): committed(units, into: &actions)
    case .storeFailed(let text):
      if storeError == nil { actions.append(.note(ClusterNote(.paused, text: text))) }
      storeError = text
    case .storeRecovered:
      if storeError != nil { actions.append(.note(ClusterNote(.resumed))) }
      storeError = nil
    case .workerStarted(let slot, let pid): workerStarted(slot: slot, pid: pid, at: now)
    case .workerExited(let slot, let evidence, let clean):
      workerExited(slot: slot, evidence: evidence, clean: clean, at: now, into: &actions)
    case .processEnded(let pid, let evidence, let clean):
      processEnded(pid, evidence, clean: clean, into: &actions)
    case .sendFailed(let peer):
      if let number = sessionsByPeer[peer] { sessions[number]?.state = .lapsed }
    case .revoked(let user): revoked(user, into: &actions)
    case .drain: drain(at: now, into: &actions)
    case .tick: break
    }
  }

  /// The clock of leases and units: it stands still while the coordinator does.
  var leaseNow: Instant { Instant(nanoseconds: lastHandled.nanoseconds - min(stoodStill, lastHandled.nanoseconds)) }

  /// A gap of more than half a lease between two events was the coordinator's own (suspended, starved): nobody is
  /// judged by it. With sessions there is a deadline far more often.
  private mutating func noteStandstill(until now: Instant) {
    let gap = now.nanoseconds(since: lastHandled)
    if !sessions.isEmpty, gap > settings.lease.nanosecondsClamped / 2 { stoodStill += gap }
  }

  private mutating func earliestDeadline(at now: Instant) -> Instant? {
    var earliest: Instant?
    func consider(_ instant: Instant?) {
      guard let instant else { return }
      earliest = min(earliest ?? instant, instant)
    }
    for slot in slots where drainDeadline == nil { consider(slot.startAt) }
    consider(drainDeadline)
    if !sessions.isEmpty { consider(nextSweep.advanced(nanoseconds: stoodStill)) }
    if !hungry.isEmpty, scheduler.count(.waiting) == 0, storeError == nil, drainDeadline == nil {
      let due = scheduler.nextDue?.advanced(nanoseconds: stoodStill)
      if let due, due > now { consider(due) }
    }
    return earliest
  }
}
