import RavineScheduling
import RavineWire

/// Several runs behind one door: a pure machine that sends each worker to the run that needs it most.
///
/// A worker belongs to one run at a time. When another one is to have it, it gets nothing more, finishes what it holds,
/// and is asked to say hello again. Of runs that want workers, those of the highest priority come first; equals share.
package struct Reception: Sendable {
  package typealias RunNumber = Int

  struct Guest: Sendable {
    var coordinator: Coordinator
    var priority: Int32
  }

  /// What happens.
  package enum Event: Sendable {
    case received(peer: Peer, frames: [[UInt8]])
    case sendFailed(peer: Peer)
    case revoked(user: String)
    /// To one of the runs.
    case run(RunNumber, Coordinator.Event)
    /// A run was opened, at the request of whoever is to be told.
    case admitted(RunNumber, Coordinator, priority: Int32, answer: Answer?)
    /// A run could not be opened.
    case notAdmitted(reason: String, answer: Answer?)
    /// A run that was over is put away.
    case closed(RunNumber)
    case workerStarted(slot: Int, pid: Int32)
    case workerExited(slot: Int, evidence: String, clean: Bool)
    /// Stop all runs cleanly.
    case close
    case tick
  }

  /// What must be done, in this order.
  package enum Action: Sendable {
    case send(to: Peer, frames: [[UInt8]])
    /// For one of the runs; never a `send`.
    case run(RunNumber, Coordinator.Action)
    /// Open the run at this path; answered by `admitted` or `notAdmitted`.
    case admit(path: String, priority: Int32, answer: Answer)
    /// Keep in mind that a run has another priority.
    case prioritised(RunNumber, Int32)
    case startWorker(slot: Int)
    /// All runs are over, and no others will come. Comes once.
    case finished
  }

  /// Who asked for something that takes its time.
  package struct Answer: Hashable, Sendable {
    package var peer: Peer
    package var request: UInt32
  }

  let build: String
  var runs: [RunNumber: Guest] = [:]
  /// In the order of their admission.
  var order: [RunNumber] = []
  var runByPeer: [Peer: RunNumber] = [:]
  var slots: [Slot]
  var pids: [Int: Int32] = [:]
  var isClosing = false
  var hasFinished = false
  var lastHandled: Instant
  var nextBalance: Instant
  private var inner: [Coordinator.Action] = []

  /// How often workers are shared out anew.
  static let balanceInterval: Duration = .milliseconds(500)
  /// When a worker that nobody needs asks again.
  static let retry: Duration = .seconds(1)

  /// When to call `handle(.tick)` at the latest, or nil when nothing is due.
  package private(set) var nextDeadline: Instant?

  /// - Parameter localWorkers: how many worker processes to keep running while there is a run.
  package init(build: String, localWorkers: Int, now: Instant) {
    self.build = build
    slots = (0..<max(0, localWorkers)).map { _ in Slot(startAt: now) }
    lastHandled = now
    nextBalance = now
  }

  /// The one door: takes one event and appends what must be done.
  package mutating func handle(_ event: Event, at now: Instant, into actions: inout [Action]) {
    let now = max(now, lastHandled)
    lastHandled = now
    perform(event, at: now, into: &actions)
    for number in order {
      guard let due = runs[number]?.coordinator.nextDeadline, due <= now else { continue }
      give(number, .tick, at: now, into: &actions)
    }
    if now >= nextBalance { balance(at: now, into: &actions) }
    startIdleSlots(at: now, into: &actions)
    if isClosing, !hasFinished, order.allSatisfy({ runs[$0]?.coordinator.outcome != nil }) {
      hasFinished = true
      actions.append(.finished)
    }
    nextDeadline = earliestDeadline()
  }

  /// See `Coordinator.awaitsFarewells`.
  package var awaitsFarewells: Bool { order.contains { runs[$0]?.coordinator.awaitsFarewells == true } }

  private mutating func perform(_ event: Event, at now: Instant, into actions: inout [Action]) {
    switch event {
    case .received(let peer, let frames): receive(frames, from: peer, at: now, into: &actions)
    case .sendFailed(let peer):
      if let number = runByPeer[peer] { give(number, .sendFailed(peer: peer), at: now, into: &actions) }
    case .revoked(let user): for number in order { give(number, .revoked(user: user), at: now, into: &actions) }
    case .run(let number, let event): give(number, event, at: now, into: &actions)
    case .admitted(let number, let coordinator, let priority, let answer):
      admitted(number, coordinator, priority, answer, at: now, into: &actions)
    case .notAdmitted(let reason, let answer):
      if let answer { reply(.answer(request: answer.request, done: false, text: reason), answer.peer, into: &actions) }
    case .closed(let number):
      runs[number] = nil
      order.removeAll { $0 == number }
      runByPeer = runByPeer.filter { $0.value != number }
    case .workerStarted(let slot, let pid):
      guard slots.indices.contains(slot), case .starting = slots[slot].state else { return }
      slots[slot].state = .running(pid: pid, since: now)
      pids[slot] = pid
    case .workerExited(let slot, let evidence, let clean):
      workerExited(slot, evidence, clean, at: now, into: &actions)
    case .close:
      isClosing = true
      for number in order {
        runs[number]?.coordinator.settings.sharesWorkers = false
        give(number, .drain, at: now, into: &actions)
      }
    case .tick: break
    }
  }

  /// Gives an event to a run, and sorts what comes of it.
  mutating func give(
    _ number: RunNumber, _ event: Coordinator.Event, at now: Instant, into actions: inout [Action]
  ) {
    runs[number]?.coordinator.handle(event, at: now, into: &inner)
    pass(inner, of: number, into: &actions)
    inner.removeAll(keepingCapacity: true)
  }

  func pass(_ inner: [Coordinator.Action], of number: RunNumber, into actions: inout [Action]) {
    for action in inner {
      if case .send(let peer, let frames) = action {
        actions.append(.send(to: peer, frames: frames))
      } else {
        actions.append(.run(number, action))
      }
    }
  }

  private mutating func admitted(
    _ number: RunNumber, _ coordinator: Coordinator, _ priority: Int32, _ answer: Answer?, at now: Instant,
    into actions: inout [Action]
  ) {
    runs[number] = Guest(coordinator: coordinator, priority: priority)
    order.append(number)
    nextBalance = now
    if let answer {
      let text = "`\(coordinator.settings.run)` is taken in with priority \(priority)"
      reply(.answer(request: answer.request, done: true, text: text), answer.peer, into: &actions)
    }
    give(number, isClosing ? .drain : .tick, at: now, into: &actions)
  }

  /// The worker of this name in a run.
  package func line(of name: String, in number: RunNumber) -> WorkerLine? {
    runs[number]?.coordinator.progress.workers.last { $0.name == name }
  }

  // MARK: local worker processes

  /// Runs that are not over.
  var open: [RunNumber] { order.filter { runs[$0].map { $0.coordinator.outcome == nil } ?? false } }

  private mutating func startIdleSlots(at now: Instant, into actions: inout [Action]) {
    guard !isClosing, !open.isEmpty else { return }
    for index in slots.indices {
      guard let startAt = slots[index].startAt, startAt <= now else { continue }
      slots[index].state = .starting(since: now)
      actions.append(.startWorker(slot: index))
    }
  }

  private mutating func workerExited(
    _ slot: Int, _ evidence: String, _ clean: Bool, at now: Instant, into actions: inout [Action]
  ) {
    guard slots.indices.contains(slot), slots[slot].hasProcess else { return }
    var wasComputing = false
    if let pid = pids.removeValue(forKey: slot) {
      for number in order {
        let lines = runs[number]?.coordinator.sessions.values.filter { $0.peer.endpoint == 0 && $0.hello.pid == pid }
        for session in lines ?? [] {
          wasComputing = wasComputing || session.currentUnit != nil
          slots[slot].hasDelivered = slots[slot].hasDelivered || session.unitsDone > 0
        }
        give(number, .processEnded(pid: pid, evidence: evidence, clean: clean), at: now, into: &actions)
      }
    }
    slots[slot].exited(at: now, blameless: !clean && wasComputing)
  }

  private func earliestDeadline() -> Instant? {
    if hasFinished { return nil }
    var earliest: Instant?
    func consider(_ instant: Instant?) {
      if let instant { earliest = min(earliest ?? instant, instant) }
    }
    let open = open
    for number in open { consider(runs[number]?.coordinator.nextDeadline) }
    if open.contains(where: { runs[$0]?.coordinator.sessions.isEmpty == false }), open.count > 1 {
      consider(nextBalance)
    }
    if !isClosing, !open.isEmpty { for slot in slots { consider(slot.startAt) } }
    return earliest
  }
}
