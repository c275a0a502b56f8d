/// What a viewer or an administrator asks. `ravine.proto` describes each message and its fields.
package enum OperatorMessage: Hashable, Sendable {
  case status(request: UInt32)
  case order(OperatorOrder)

  /// Whether the message in `frames` is one of these, by its header alone.
  package static func isLikely(_ frames: [[UInt8]]) -> Bool {
    guard let first = frames.first, first.count >= Header.byteCount else { return false }
    return first[9] == 0 && (64..<96).contains(first[8])
  }
}

/// What an administrator wants done.
package struct OperatorOrder: Hashable, Sendable {
  package enum Action: UInt8, Hashable, Sendable, CaseIterable {
    case unspecified = 0
    case pause = 1
    case resume = 2
    case stop = 3
    case cancel = 4
    case priority = 5
    case admit = 6
  }

  package var request: UInt32
  /// The run's name; empty where the coordinator has one only.
  package var run: String
  package var action: Action
  package var reason: String
  package var priority: Int32
  /// The file of a run to take in.
  package var path: String

  package init(
    request: UInt32, run: String = "", action: Action, reason: String = "", priority: Int32 = 0, path: String = ""
  ) {
    self.request = request
    self.run = run
    self.action = action
    self.reason = reason
    self.priority = priority
    self.path = path
  }
}

/// What viewers and administrators are told.
package enum OperatorReply: Hashable, Sendable {
  case status(request: UInt32, build: String, runs: [RunStatus])
  case answer(request: UInt32, done: Bool, text: String)

  package var request: UInt32 {
    switch self {
    case .status(let request, _, _), .answer(let request, _, _): request
    }
  }
}

/// Where a run stands.
package struct RunStatus: Hashable, Sendable {
  package enum Phase: UInt8, Hashable, Sendable, CaseIterable {
    case unspecified = 0
    case running = 1
    case paused = 2
    case draining = 3
    case finished = 4
  }

  package var name = ""
  package var path = ""
  package var phase = Phase.unspecified
  /// Why it is paused, or how it ended.
  package var reason = ""
  package var priority: Int32 = 0
  package var units = 0
  package var committedUnits = 0
  package var failedUnits = 0
  package var leasedUnits = 0
  package var trials = 0
  package var committedTrials = 0
  package var failedTrials = 0
  /// In forecast work.
  package var cost = 0.0
  package var committedCost = 0.0
  package var workers: [WorkerStatus] = []

  package init() {}
}

/// One connected worker.
package struct WorkerStatus: Hashable, Sendable {
  package var name: String
  package var cores: Int
  package var instructionSet: String
  package var unitsDone: Int
  package var unit: Int?
  package var steps: UInt64
  /// Since it was last heard of.
  package var silence: Duration
  /// Why it gets no units; empty if it gets some.
  package var trouble: String

  package init(
    name: String, cores: Int, instructionSet: String, unitsDone: Int, unit: Int?, steps: UInt64, silence: Duration,
    trouble: String = ""
  ) {
    self.name = name
    self.cores = cores
    self.instructionSet = instructionSet
    self.unitsDone = unitsDone
    self.unit = unit
    self.steps = steps
    self.silence = silence
    self.trouble = trouble
  }
}
