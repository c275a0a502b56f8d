import RavineScheduling
import RavineWire

@testable import RavineCluster

/// A worker on the bench: messages and events go in, actions come out as lines of text.
struct WorkerBench {
  static let hash = String(repeating: "c", count: 64)
  static let start = Instant(nanoseconds: 1_000_000_000_000)

  var worker: Worker
  var now = WorkerBench.start
  private var session: UInt64 = 0
  private var sequence: UInt64 = 0
  /// The last hello it said.
  private(set) var hello: Hello?

  init(orphanTimeout: Duration = .seconds(60), secondsLeft: Double? = nil) {
    let identity = WorkerIdentity(
      build: "b1", kernel: "1", instructionSet: "v3", cores: 2, memoryBytes: 1, host: "h", pid: 1, slot: nil,
      instance: 11, secondsLeft: secondsLeft)
    worker = Worker(identity: identity, orphanTimeout: orphanTimeout, now: now)
  }

  /// Handles an event; what came of it, one line per action.
  mutating func handle(_ event: Worker.Event) -> [String] {
    var actions: [Worker.Action] = []
    worker.handle(event, at: now, into: &actions)
    return actions.map { describe($0) }
  }

  /// Lets time pass, with every deadline on the way served.
  mutating func wait(seconds: Double) -> [String] {
    let end = now + .clamped(seconds: seconds)
    var lines: [String] = []
    while let due = worker.nextDeadline, due <= end {
      now = max(due, now)
      lines += handle(.tick)
    }
    now = end
    return lines
  }

  /// A message of the coordinator, in the session and with the next number.
  mutating func send(_ message: CoordinatorMessage) -> [String] {
    sequence += 1
    return handle(.received(frames: Envelope(session: session, sequence: sequence, message: message).frames()))
  }

  /// Answers the last hello, in a new session.
  mutating func welcome(keep: [Int] = [], send: [Int] = [], planHash: String = WorkerBench.hash) -> [String] {
    session += 1
    sequence = 0
    let welcome = Welcome(
      helloNumber: hello?.number ?? 0, run: "r", epoch: 1, heartbeat: .seconds(2), lease: .seconds(10), credits: 2,
      planHash: planHash, sweepFile: "a.yaml", sweepBytes: 9, files: [FileEntry(name: "b.csv", bytes: 3)], keep: keep,
      send: send)
    let envelope = Envelope(session: session, sequence: 0, message: CoordinatorMessage.welcome(welcome))
    return handle(.received(frames: envelope.frames()))
  }

  /// From the start to ready.
  mutating func join() {
    _ = handle(.tick)
    _ = welcome()
    _ = send(.planPart(part: 0, offset: 0, total: 9, bytes: Array("ravine: 1".utf8)))
    _ = send(.planPart(part: 1, offset: 0, total: 3, bytes: [1, 2, 3]))
    _ = handle(.planReady(hash: Self.hash))
  }

  mutating func assign(_ units: Int..., seconds: Double? = nil) -> [String] {
    send(
      .assign(
        units.map { Assignment(unit: $0, attempt: 1, firstTrial: $0 * 10, trialCount: 10, seconds: seconds) }))
  }

  mutating func computed(_ unit: Int) -> [String] {
    handle(.computed(unit: unit, attempt: 1, columns: [1, 2], cards: [3], seconds: 0.5))
  }

  private mutating func describe(_ action: Worker.Action) -> String {
    switch action {
    case .send(let frames):
      guard let message = try? Envelope<WorkerMessage>(frames: frames).message else { return "no message" }
      if case .hello(let hello) = message { self.hello = hello }
      return Self.describe(message)
    case .loadPlan(let text, let file, let files): return "load \(file) \(text) \(files.map(\.name))"
    case .compute(let unit, let attempt, let first, let count):
      return "compute \(unit).\(attempt) \(first)+\(count)"
    case .cancel(let unit): return "cancel \(unit)"
    case .exit(let code, _): return "exit \(code)"
    }
  }

  private static func describe(_ message: WorkerMessage) -> String {
    switch message {
    case .hello(let hello):
      "hello \(hello.number) held \(hello.held.map(describe)) results \(hello.results.map(\.unit))"
    case .planRequest(let part, let offset): "part \(part) from \(offset)?"
    case .ready: "ready"
    case .result(let result): "result \(result.unit) next \(result.next.map(String.init) ?? "-")"
    case .failure(let unit, _, let reason, _): "failure \(unit) \(reason)"
    case .released(let units): "released \(units.map(describe))"
    case .heartbeat(let unit, let steps): "heartbeat \(unit.map(String.init) ?? "-") \(steps)"
    case .leaving: "leaving"
    case .farewell: "farewell"
    }
  }

  private static func describe(_ held: HeldUnit) -> String { "\(held.unit)\(held.started ? "*" : "")" }
}
