/// What a coordinator says. `ravine.proto` describes each message and its fields.
package enum CoordinatorMessage: Hashable, Sendable {
  case welcome(Welcome)
  case reject(Rejection)
  case rejoin
  case planPart(part: Int, offset: Int, total: Int, bytes: [UInt8])
  case assign([Assignment])
  case acknowledge(Acknowledgement)
  case cancel(units: [Int])
  case drain(grace: Duration)
  case heartbeat
  case bye(text: String)
}

/// The answer to a hello.
package struct Welcome: Hashable, Sendable {
  package var helloNumber: UInt32
  package var run: String
  package var epoch: UInt64
  package var heartbeat: Duration
  package var lease: Duration
  package var credits: Int
  package var planHash: String
  package var sweepFile: String
  package var sweepBytes: Int
  package var files: [FileEntry]
  package var keep: [Int]
  package var send: [Int]

  package init(
    helloNumber: UInt32, run: String, epoch: UInt64, heartbeat: Duration, lease: Duration, credits: Int,
    planHash: String, sweepFile: String, sweepBytes: Int, files: [FileEntry], keep: [Int] = [], send: [Int] = []
  ) {
    self.helloNumber = helloNumber
    self.run = run
    self.epoch = epoch
    self.heartbeat = heartbeat
    self.lease = lease
    self.credits = credits
    self.planHash = planHash
    self.sweepFile = sweepFile
    self.sweepBytes = sweepBytes
    self.files = files
    self.keep = keep
    self.send = send
  }
}

/// A file of the plan, to be asked for.
package struct FileEntry: Hashable, Sendable {
  package var name: String
  package var bytes: Int

  package init(name: String, bytes: Int) {
    self.name = name
    self.bytes = bytes
  }
}

/// Why a worker is turned away.
package struct Rejection: Hashable, Sendable {
  package enum Code: UInt8, Hashable, Sendable, CaseIterable {
    case unspecified = 0
    case version = 1
    case denied = 2
    case tooMany = 3
    case `protocol` = 4
    case hung = 5
  }

  package var helloNumber: UInt32
  package var code: Code
  package var text: String
  package var hint: String
  /// When to try again; nil = do not.
  package var retry: Duration?

  package init(helloNumber: UInt32, code: Code, text: String, hint: String = "", retry: Duration? = nil) {
    self.helloNumber = helloNumber
    self.code = code
    self.text = text
    self.hint = hint
    self.retry = retry
  }
}

/// A unit to compute.
package struct Assignment: Hashable, Sendable {
  package var unit: Int
  package var attempt: UInt32
  package var firstTrial: Int
  package var trialCount: Int
  /// Forecast computing time, or nil where unknown.
  package var seconds: Double?

  package init(unit: Int, attempt: UInt32, firstTrial: Int, trialCount: Int, seconds: Double?) {
    self.unit = unit
    self.attempt = attempt
    self.firstTrial = firstTrial
    self.trialCount = trialCount
    self.seconds = seconds
  }
}

/// What became of results.
package struct Acknowledgement: Hashable, Sendable {
  package var committed: [Int] = []
  package var already: [Int] = []
  package var refused: [Refusal] = []

  package init() {}
}

/// A result that was not taken.
package struct Refusal: Hashable, Sendable {
  package enum Code: UInt8, Hashable, Sendable, CaseIterable {
    case unspecified = 0
    case bad = 1
    case busy = 2
  }

  package var unit: Int
  package var code: Code
  package var text: String

  package init(unit: Int, code: Code, text: String) {
    self.unit = unit
    self.code = code
    self.text = text
  }
}
