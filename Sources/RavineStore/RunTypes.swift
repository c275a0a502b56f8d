import RavineDescent

/// Where a run comes from; written once, when the run is created.
package struct Provenance: Equatable, Sendable {
  /// 128 random bits as 32 hex digits.
  package var runID: String
  /// The sweep's name.
  package var name: String
  package var question: String?
  /// SHA-256 of the canonical plan, 64 hex digits.
  package var planHash: String
  /// The sweep file as it was read: the run goes on with this copy whatever happens to the file.
  package var sweepText: String
  /// The sweep file's name as given on the command line, for messages.
  package var sweepFile: String
  /// The kernel version that is part of the plan hash.
  package var kernel: String
  /// The version of the program.
  package var build: String
  package var gitCommit: String?
  package var host: String
  package var cpu: String
  package var createdAt: WallTime

  package init(
    runID: String, name: String, question: String? = nil, planHash: String, sweepText: String, sweepFile: String,
    kernel: String, build: String, gitCommit: String? = nil, host: String, cpu: String, createdAt: WallTime
  ) {
    self.runID = runID
    self.name = name
    self.question = question
    self.planHash = planHash
    self.sweepText = sweepText
    self.sweepFile = sweepFile
    self.kernel = kernel
    self.build = build
    self.gitCommit = gitCommit
    self.host = host
    self.cpu = cpu
    self.createdAt = createdAt
  }
}

/// One axis of the sweep, as a column of the results.
package struct StoredAxis: Hashable, Sendable {
  /// `metric` stands for a number that is measured, not given.
  package enum Kind: String, Sendable { case number, text, metric }

  /// The dotted path of the setting, `optimizer.step`.
  package var path: String
  package var kind: Kind

  package init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }
}

/// The value of one axis for one trial.
package enum AxisCell: Hashable, Sendable {
  case number(Double)
  case text(String)
  /// A conditional axis that this trial does not have.
  case absent
}

/// What the store and the reports need to know of a plan, trial by trial.
package protocol TrialAxes {
  /// The axes, in the order of their columns.
  var axes: [StoredAxis] { get }
  /// One cell for each of `axes` but the metrics at their end.
  func values(of trial: Int) -> [AxisCell]
  /// The ordinal of the trial's problem; never falls from one trial to the next.
  func problem(of trial: Int) -> Int
}

/// A data file of the sweep, kept with the run so that a resume needs nothing else.
package struct StoredFile: Equatable, Sendable {
  /// As written in the sweep file.
  package var name: String
  /// 64 hex digits.
  package var sha256: String
  package var bytes: [UInt8]

  package init(name: String, sha256: String, bytes: [UInt8]) {
    self.name = name
    self.sha256 = sha256
    self.bytes = bytes
  }
}

/// The shape of a run; written once, when the run is created.
package struct RunShape: Equatable, Sendable {
  package var trialCount: Int
  package var problemCount: Int
  package var axes: [StoredAxis]
  package var files: [StoredFile]
  /// Contiguous from trial 0 to `trialCount`, in order, none empty.
  package var units: [StoredUnit]

  package init(trialCount: Int, problemCount: Int, axes: [StoredAxis], files: [StoredFile], units: [StoredUnit]) {
    self.trialCount = trialCount
    self.problemCount = problemCount
    self.axes = axes
    self.files = files
    self.units = units
  }
}

/// A unit of work: the trials `first` ..< `first + count`.
package struct StoredUnit: Equatable, Sendable {
  package var first: Int
  package var count: Int
  /// The forecast work.
  package var cost: Double

  package init(first: Int, count: Int, cost: Double) {
    self.first = first
    self.count = count
    self.cost = cost
  }
}

/// Where a unit stands in the ledger. Raw values are stored; never renumber.
package enum UnitState: UInt8, Sendable {
  case waiting = 0
  case committed = 1
  /// Given up; its trials have status `failed`.
  case failed = 2
}

/// The result of one unit, as it came from a worker.
package struct UnitCommit: Equatable, Sendable {
  package var unit: Int
  package var attempt: Int
  package var worker: String
  /// The digest that travelled with the result; kept to compare with later copies.
  package var digest: UInt32
  /// A frame of ``RecordColumns``.
  package var columns: [UInt8]
  /// A frame of ``CardColumns``; empty where the unit brings no problem.
  package var cards: [UInt8]
  /// Time that the worker needed.
  package var seconds: Double
  /// Seconds from the hand-out of the unit to its result, where known.
  package var turnaround: Double?

  package init(
    unit: Int, attempt: Int, worker: String, digest: UInt32, columns: [UInt8], cards: [UInt8], seconds: Double,
    turnaround: Double? = nil
  ) {
    self.unit = unit
    self.attempt = attempt
    self.worker = worker
    self.digest = digest
    self.columns = columns
    self.cards = cards
    self.seconds = seconds
    self.turnaround = turnaround
  }
}

/// What became of one result of a batch.
package enum CommitOutcome: Equatable, Sendable {
  /// Durable now.
  case committed
  /// The unit was committed before; nothing was changed. A different digest means that the computation is not
  /// deterministic.
  case already(sameDigest: Bool)
  /// The bytes are not the records of that unit; nothing was changed.
  case refused(String)
}

/// A unit that was given up.
package struct UnitFailure: Equatable, Sendable {
  package var unit: Int
  package var attempt: Int
  package var worker: String
  /// What is known of the cause, for people.
  package var evidence: String

  package init(unit: Int, attempt: Int, worker: String, evidence: String) {
    self.unit = unit
    self.attempt = attempt
    self.worker = worker
    self.evidence = evidence
  }
}

/// The life of a run as the file tells it.
package enum RunState: String, Sendable, CaseIterable {
  /// A coordinator works on it, or died while it did (the lock tells which).
  case running
  case paused
  case stopped
  /// Every unit is committed or failed.
  case complete
  case cancelled
}

/// A line of the run's history.
package struct StoredEvent: Equatable, Sendable {
  package var at: WallTime
  /// A short word: `started`, `joined`, `lost`, `non-determinism` …
  package var kind: String
  /// For people.
  package var text: String
  /// For programs, in this order.
  package var fields: [Field]

  package struct Field: Equatable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(at: WallTime, kind: String, text: String, fields: [Field] = []) {
    self.at = at
    self.kind = kind
    self.text = text
    self.fields = fields
  }
}

/// A worker session in the run's history; `session` is its key.
package struct StoredWorker: Equatable, Sendable {
  package var session: String
  package var name: String
  package var host: String
  package var pid: Int
  package var build: String
  /// The instruction set of its kernel.
  package var instructions: String
  package var threads: Int
  package var joinedAt: WallTime
  package var leftAt: WallTime?
  /// How it ended, for people.
  package var ending: String?

  package init(
    session: String, name: String, host: String, pid: Int, build: String, instructions: String, threads: Int,
    joinedAt: WallTime, leftAt: WallTime? = nil, ending: String? = nil
  ) {
    self.session = session
    self.name = name
    self.host = host
    self.pid = pid
    self.build = build
    self.instructions = instructions
    self.threads = threads
    self.joinedAt = joinedAt
    self.leftAt = leftAt
    self.ending = ending
  }
}
