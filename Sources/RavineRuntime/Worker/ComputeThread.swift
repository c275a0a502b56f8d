import RavineCluster
import Synchronization

/// The thread that computes, so that the one with the socket never does. Answers go to the worker's inbox.
final class ComputeThread: Sendable {
  enum Order: Sendable {
    case load(sweepText: String, sweepFile: String, files: [PlanFile])
    case compute(unit: Int, attempt: Int, first: Int, count: Int)
    case quit
  }

  /// How long a thread without an order stays awake: waking it takes about as long as a message to the coordinator.
  private static let patience = Duration.microseconds(100)

  private let orders: Mailbox<Order>
  private let state: ComputeState
  private let thread: WorkThread

  init(
    computer: any UnitComputer, answer: @escaping @Sendable (Worker.Event) -> Void
  ) throws(RuntimeError) {
    let orders = try Mailbox<Order>()
    let state = ComputeState()
    self.orders = orders
    self.state = state
    thread = try WorkThread(name: "compute") {
      while true {
        orders.wait(watching: Self.patience)
        for order in orders.takeAll() {
          if case .quit = order { return }
          if let event = obey(order, computer, state) { answer(event) }
        }
      }
    }
  }

  func post(_ order: Order) {
    if case .compute(let unit, _, _, _) = order { state.begin(unit) }
    orders.post(order)
  }

  /// The computation of `unit`, if that is the one going on, may end early.
  func cancel(unit: Int) { state.cancel(unit) }

  /// Steps done in the unit that is being computed, or nil when none is.
  var progress: (unit: Int, steps: UInt64)? { state.progress }

  /// Ends the thread after the order it is at, which may end early. Does not wait.
  func quit() {
    state.cancelAny()
    orders.post(.quit)
  }
}

/// What the two threads of a worker share about the unit being computed; atomics, because a lane block asks often.
private final class ComputeState: Sendable {
  private static let none = -1
  private let unit = Atomic(none)
  private let steps = Atomic<UInt64>(0)
  private let cancelled = Atomic(none)
  private let isQuitting = Atomic(false)

  func begin(_ unit: Int) {
    steps.store(0, ordering: .relaxed)
    cancelled.store(Self.none, ordering: .relaxed)
    self.unit.store(unit, ordering: .releasing)
  }

  func end() { unit.store(Self.none, ordering: .releasing) }

  func report(_ steps: UInt64) { self.steps.store(steps, ordering: .relaxed) }

  func cancel(_ unit: Int) { cancelled.store(unit, ordering: .relaxed) }

  func cancelAny() { isQuitting.store(true, ordering: .relaxed) }

  func isCancelled(_ unit: Int) -> Bool {
    cancelled.load(ordering: .relaxed) == unit || isQuitting.load(ordering: .relaxed)
  }

  var progress: (unit: Int, steps: UInt64)? {
    let unit = unit.load(ordering: .acquiring)
    return unit == Self.none ? nil : (unit, steps.load(ordering: .relaxed))
  }
}

private func obey(
  _ order: ComputeThread.Order, _ computer: any UnitComputer, _ state: ComputeState
) -> Worker.Event? {
  switch order {
  case .quit:
    return nil
  case .load(let sweepText, let sweepFile, let files):
    do {
      let hash = try computer.load(
        sweepText: sweepText, sweepFile: sweepFile, files: files.map { ($0.name, $0.bytes) })
      return .planReady(hash: hash)
    } catch {
      return .planFailed("\(error)")
    }
  case .compute(let unit, let attempt, let first, let count):
    let start = MonotonicClock.now()
    defer { state.end() }
    do {
      let (columns, cards) = try computer.compute(
        first: first, count: count, progress: { state.report($0) }, isCancelled: { state.isCancelled(unit) })
      let seconds = MonotonicClock.now().seconds(since: start)
      return .computed(unit: unit, attempt: attempt, columns: columns, cards: cards, seconds: seconds)
    } catch {
      return .computeFailed(unit: unit, attempt: attempt, reason: "\(error)")
    }
  }
}
