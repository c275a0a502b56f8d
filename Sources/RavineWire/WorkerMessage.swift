/// What a worker says. `ravine.proto` describes each message and its fields.
package enum WorkerMessage: Hashable, Sendable {
  case hello(Hello)
  case planRequest(part: Int, offset: Int)
  case ready(planHash: String)
  case result(ResultMessage)
  case failure(unit: Int, attempt: UInt32, reason: String, next: Int?)
  case released([HeldUnit])
  case heartbeat(unit: Int?, steps: UInt64)
  case leaving(reason: String)
  case farewell
}

/// The opening of a session.
package struct Hello: Hashable, Sendable {
  package var instance: UInt64
  package var number: UInt32
  package var build: String
  package var kernel: String
  package var instructionSet: String
  package var cores: Int
  package var memoryBytes: UInt64
  package var host: String
  package var pid: Int32
  package var slot: Int?
  package var secondsLeft: Double?
  package var planHash: String
  package var held: [HeldUnit]
  package var results: [HeldResult]
  /// What its owner calls the worker; empty where it has no name of its own.
  package var name: String

  package init(
    instance: UInt64, number: UInt32, build: String, kernel: String, instructionSet: String, cores: Int,
    memoryBytes: UInt64, host: String, pid: Int32, slot: Int?, secondsLeft: Double?, planHash: String = "",
    held: [HeldUnit] = [], results: [HeldResult] = [], name: String = ""
  ) {
    self.instance = instance
    self.number = number
    self.build = build
    self.kernel = kernel
    self.instructionSet = instructionSet
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.host = host
    self.pid = pid
    self.slot = slot
    self.secondsLeft = secondsLeft
    self.planHash = planHash
    self.held = held
    self.results = results
    self.name = name
  }
}

/// A unit that a worker computes (`started`) or has queued.
package struct HeldUnit: Hashable, Sendable {
  package var unit: Int
  package var attempt: UInt32
  package var started: Bool

  package init(unit: Int, attempt: UInt32, started: Bool) {
    self.unit = unit
    self.attempt = attempt
    self.started = started
  }
}

/// A result that a worker keeps because it was never acknowledged.
package struct HeldResult: Hashable, Sendable {
  package var unit: Int
  package var attempt: UInt32
  package var digest: UInt32

  package init(unit: Int, attempt: UInt32, digest: UInt32) {
    self.unit = unit
    self.attempt = attempt
    self.digest = digest
  }
}

/// A computed unit; `columns` and `cards` travel as frames of their own.
package struct ResultMessage: Hashable, Sendable {
  package var unit: Int
  package var attempt: UInt32
  package var firstTrial: Int
  package var trialCount: Int
  package var digest: UInt32
  package var seconds: Double
  /// The unit that the worker computes next.
  package var next: Int?
  package var columns: [UInt8]
  package var cards: [UInt8]

  package init(
    unit: Int, attempt: UInt32, firstTrial: Int, trialCount: Int, digest: UInt32, seconds: Double, next: Int?,
    columns: [UInt8], cards: [UInt8]
  ) {
    self.unit = unit
    self.attempt = attempt
    self.firstTrial = firstTrial
    self.trialCount = trialCount
    self.digest = digest
    self.seconds = seconds
    self.next = next
    self.columns = columns
    self.cards = cards
  }

  /// crc32c of `columns` followed by `cards`.
  package static func digest(columns: [UInt8], cards: [UInt8]) -> UInt32 {
    CRC32C.checksum(cards, continuing: CRC32C.checksum(columns))
  }
}
