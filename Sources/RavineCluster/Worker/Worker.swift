import RavineScheduling
import RavineWire

/// A worker as a pure machine: events and the time go in, actions come out.
///
/// It says hello until it is welcomed, fetches the plan, computes what it is assigned, one unit at a time, and keeps
/// each result until that is acknowledged. When it loses the coordinator it finishes the unit at hand and says hello
/// again, with everything it holds.
package struct Worker: Sendable {
  let identity: WorkerIdentity
  let orphanTimeout: Duration
  /// When something else will end this worker, and when it leaves by itself to be ahead of that.
  let ends: Instant?
  let leavesEarly: Instant?

  /// Nil while there is a session.
  var joining: Joining?
  /// The session, or the last one.
  var link: Link?
  var helloCount: UInt32 = 0
  var plan = PlanState.none
  var queue: [Assignment] = []
  var computing: Computing?
  var results: [KeptResult] = []
  var failures: [KeptFailure] = []
  var stopping: Stopping?
  var hasLeft = false
  /// When the coordinator was last heard of, in whatever words.
  var heardAt: Instant
  var lastHandled: Instant
  var jitter: UInt64

  /// When to call `handle(.tick)` at the latest, or nil when nothing is due.
  package private(set) var nextDeadline: Instant?

  /// - Parameters:
  ///   - identity: who this worker is.
  ///   - orphanTimeout: how long to look for a coordinator before leaving with status 69.
  package init(identity: WorkerIdentity, orphanTimeout: Duration = .seconds(60), now: Instant) {
    self.identity = identity
    self.orphanTimeout = orphanTimeout
    ends = identity.secondsLeft.map { now + .clamped(seconds: $0) }
    leavesEarly = identity.secondsLeft.map { now + .clamped(seconds: $0 - min(20, $0 / 4)) }
    joining = Joining(nextHello: now)
    heardAt = now
    lastHandled = now
    jitter = identity.instance
    nextDeadline = now
  }

  /// The one door: takes one event and appends what must be done.
  ///
  /// Time that runs backwards counts as standing still.
  package mutating func handle(_ event: Event, at now: Instant, into actions: inout [Action]) {
    guard !hasLeft else { return }
    let now = max(now, lastHandled)
    noteStandstill(until: now)
    lastHandled = now
    switch event {
    case .received(let frames): receive(frames, at: now, into: &actions)
    case .connected: joining = Joining(nextHello: now)
    case .planReady(let hash): planReady(hash, at: now, into: &actions)
    case .planFailed(let text):
      leave(70, "the plan that the coordinator sent cannot be loaded: \(text)", into: &actions)
    case .computed(let unit, let attempt, let columns, let cards, let seconds):
      computed(unit, attempt, columns, cards, seconds, at: now, into: &actions)
    case .computeFailed(let unit, let attempt, let reason):
      computeFailed(unit, attempt, reason, at: now, into: &actions)
    case .computeProgress(let unit, let steps):
      if let current = computing, current.assignment.unit == unit { computing?.steps = max(current.steps, steps) }
    case .terminate: terminate(at: now, into: &actions)
    case .tick: break
    }
    keepTime(at: now, into: &actions)
    if startNext(at: now, into: &actions) { sendHeartbeat(at: now, into: &actions) }
    leaveIfDone(into: &actions)
    nextDeadline = hasLeft ? nil : earliestDeadline()
  }

  /// Whether it has a session and the plan is loaded.
  package var isReady: Bool { joining == nil && link?.isReady == true }

  /// Whether a session can be used: there is one, and it was heard of within 0.8 of its lease.
  func isFresh(at now: Instant) -> Bool {
    guard joining == nil, let link else { return false }
    return now.nanoseconds(since: link.lastHeard) < link.lease.nanosecondsClamped / 10 * 8
  }

  /// A gap of more than half a lease between two events was the worker's own: what waits in the socket is read before
  /// the coordinator is judged.
  private mutating func noteStandstill(until now: Instant) {
    let gap = now.nanoseconds(since: lastHandled)
    guard joining == nil, let current = link, gap > current.lease.nanosecondsClamped / 2 else { return }
    link?.lastHeard = current.lastHeard.advanced(nanoseconds: gap)
    heardAt = heardAt.advanced(nanoseconds: gap)
  }

  /// What the time alone brings about.
  private mutating func keepTime(at now: Instant, into actions: inout [Action]) {
    guard !hasLeft else { return }
    if joining == nil, let link, now >= link.lastHeard + link.lease { joining = Joining(nextHello: now) }
    if let joining, now >= joining.nextHello { sendHello(at: now, into: &actions) }
    if joining == nil, let link, now >= link.nextHeartbeat { sendHeartbeat(at: now, into: &actions) }
    if let leavesEarly, now >= leavesEarly, stopping?.leaves == nil { leaveInTime(at: now, into: &actions) }
    if let stopping, now >= stopping.graceEnds { giveBackComputing(into: &actions) }
    resend(at: now, into: &actions)
    if now >= heardAt + orphanTimeout {
      let text = "no coordinator was heard of for \(orphanTimeout); \(results.count) results were not delivered"
      leave(stopping?.leaves == nil ? 69 : stopping?.code ?? 143, text, into: &actions)
    } else if let leaves = stopping?.leaves, now >= leaves {
      leave(stopping?.code ?? 143, "\(results.count) results were not delivered", into: &actions)
    }
  }

  private func earliestDeadline() -> Instant {
    var earliest = heardAt + orphanTimeout
    if let joining {
      earliest = min(earliest, joining.nextHello)
    } else if let link {
      earliest = min(earliest, link.lastHeard + link.lease, link.nextHeartbeat)
      for result in results { earliest = min(earliest, result.sendAgain ?? .distantFuture) }
    }
    if let leavesEarly, stopping?.leaves == nil { earliest = min(earliest, leavesEarly) }
    if let stopping {
      if computing?.isCancelled == false { earliest = min(earliest, stopping.graceEnds) }
      earliest = min(earliest, stopping.leaves ?? .distantFuture)
    }
    return earliest
  }

  /// A number in 0 ..< 1, from the worker's own sequence (SplitMix64).
  mutating func nextJitter() -> Double {
    jitter &+= 0x9E37_79B9_7F4A_7C15
    var value = (jitter ^ (jitter >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((value ^ (value >> 31)) >> 11) * 0x1p-53
  }
}
