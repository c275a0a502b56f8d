import RavineScheduling
import RavineWire
import Testing

@testable import RavineCluster

/// A coordinator on the bench: events go in as words of a test, actions come out as lines of text.
struct CoordinatorBench {
  static let hash = String(repeating: "c", count: 64)
  static let start = Instant(nanoseconds: 1_000_000_000_000)

  var coordinator: Coordinator
  var now = CoordinatorBench.start
  /// Session and last used sequence number of each peer.
  private var sessions: [UInt8: (session: UInt64, sequence: UInt64)] = [:]

  /// - Parameter costs: one unit of ten trials each.
  init(
    costs: [Double], committed: [Bool]? = nil, localWorkers: Int = 0,
    change: (inout ClusterSettings) -> Void = { _ in }
  ) {
    var settings = ClusterSettings()
    settings.admitsOthers = localWorkers == 0
    change(&settings)
    let units = costs.enumerated().map { UnitSpec(first: $0.offset * 10, count: 10, cost: $0.element) }
    let plan = PlanOffer(
      hash: Self.hash, sweepText: "ravine: 1", sweepFile: "a.yaml", files: [PlanFile(name: "b.csv", bytes: [1, 2])])
    coordinator = Coordinator(
      plan: plan, units: units, committed: committed ?? costs.map { _ in false }, localWorkers: localWorkers, epoch: 5,
      build: "b1", settings: settings, now: now)
  }

  /// Handles an event; what came of it, one line per action.
  mutating func handle(_ event: Coordinator.Event) -> [String] {
    var actions: [Coordinator.Action] = []
    coordinator.handle(event, at: now, into: &actions)
    return actions.map { describe($0) }
  }

  /// Lets time pass, with every deadline on the way served.
  mutating func wait(seconds: Double) -> [String] {
    let end = now + .clamped(seconds: seconds)
    var lines: [String] = []
    while let due = coordinator.nextDeadline, due <= end {
      now = max(due, now)
      lines += handle(.tick)
    }
    now = end
    return lines
  }

  static func peer(_ name: UInt8) -> Peer { Peer(routing: [name]) }

  /// A message of peer `name`, in its session and with the next number.
  mutating func send(_ name: UInt8, _ message: WorkerMessage) -> [String] {
    let (session, last) = sessions[name] ?? (0, 0)
    sessions[name] = (session, last + 1)
    let envelope = Envelope(session: session, sequence: last + 1, message: message)
    return handle(.received(peer: Self.peer(name), frames: envelope.frames()))
  }

  /// A hello of peer `name`; what came of it.
  mutating func hello(
    _ name: UInt8, number: UInt32 = 1, build: String = "b1", slot: Int? = nil, secondsLeft: Double? = nil,
    held: [HeldUnit] = [], results: [HeldResult] = [], roles: Roles = .all, from peer: Peer? = nil
  ) -> [String] {
    let hello = Hello(
      instance: UInt64(name), number: number, build: build, kernel: "1", instructionSet: "v3", cores: 2, memoryBytes: 1,
      host: "h", pid: Int32(name), slot: slot, secondsLeft: secondsLeft, planHash: Self.hash, held: held,
      results: results)
    let envelope = Envelope(session: 0, sequence: 0, message: WorkerMessage.hello(hello))
    return handle(.received(peer: peer ?? Peer(routing: [name], roles: roles), frames: envelope.frames()))
  }

  /// Hello and ready in one.
  mutating func join(_ name: UInt8, slot: Int? = nil, secondsLeft: Double? = nil) -> [String] {
    _ = hello(name, slot: slot, secondsLeft: secondsLeft)
    return send(name, .ready(planHash: Self.hash))
  }

  static func result(_ unit: Int, attempt: UInt32 = 1, value: UInt8 = 0, next: Int? = nil) -> WorkerMessage {
    let columns = [UInt8](repeating: value, count: 4)
    return .result(
      ResultMessage(
        unit: unit, attempt: attempt, firstTrial: unit * 10, trialCount: 10,
        digest: ResultMessage.digest(columns: columns, cards: []), seconds: 1, next: next, columns: columns, cards: []))
  }

  private mutating func describe(_ action: Coordinator.Action) -> String {
    switch action {
    case .send(let peer, let frames):
      if let reply = try? Envelope<OperatorReply>(frames: frames).message {
        return "\(peer.routing[0]): \(Self.describe(reply))"
      }
      guard let envelope = try? Envelope<CoordinatorMessage>(frames: frames) else { return "no message" }
      if case .welcome = envelope.message { sessions[peer.routing[0]] = (envelope.session, 0) }
      return "\(peer.routing[0]): \(Self.describe(envelope.message))"
    case .commit(let result): return "commit \(result.unit)"
    case .commitFailure(let unit, _): return "commit failure \(unit)"
    case .note(let note): return "note \(note.kind.rawValue)"
    case .retryStore: return "retry store"
    case .startWorker(let slot): return "start \(slot)"
    case .stopWorker(let slot, let force): return "stop \(slot)\(force ? " by force" : "")"
    case .finished(let outcome): return "finished \(outcome)"
    }
  }

  private static func describe(_ answer: Acknowledgement) -> String {
    let refused = answer.refused.map { "\($0.unit) \($0.code)" }
    return "committed \(answer.committed) already \(answer.already) refused \(refused)"
  }

  private static func describe(_ reply: OperatorReply) -> String {
    switch reply {
    case .answer(_, let done, let text): "\(done ? "done" : "not done"), \(text.prefix { $0 != ";" })"
    case .status(_, _, let runs):
      "status \(runs.map { "\($0.phase) \($0.committedTrials) of \($0.trials), \($0.workers.count) workers" })"
    }
  }

  /// A request of a viewer or an administrator.
  mutating func ask(_ message: OperatorMessage, roles: Roles = .all) -> [String] {
    let envelope = Envelope(session: 0, sequence: 0, message: message)
    return handle(.received(peer: Peer(routing: [99], endpoint: 1, roles: roles, user: "k"), frames: envelope.frames()))
  }

  private static func describe(_ message: CoordinatorMessage) -> String {
    switch message {
    case .welcome(let welcome): "welcome keep \(welcome.keep) send \(welcome.send)"
    case .reject(let rejection): "reject \(rejection.code)\(rejection.retry == nil ? "" : " for now")"
    case .rejoin: "rejoin"
    case .planPart(let part, let offset, let total, let bytes): "part \(part) \(offset)+\(bytes.count) of \(total)"
    case .assign(let units): "assign \(units.map(\.unit))"
    case .acknowledge(let answer): describe(answer)
    case .cancel(let units): "cancel \(units)"
    case .drain: "drain"
    case .heartbeat: "heartbeat"
    case .bye: "bye"
    }
  }
}
