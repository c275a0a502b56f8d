import RavineWire

/// Looking for a coordinator: the hello that was sent, and when the next one follows.
struct Joining: Sendable {
  /// The last hello, whose number the answer repeats; nil before the first.
  var hello: Hello?
  var nextHello: Instant
  /// Hellos without an answer.
  var tries = 0
}

/// A session, as the worker sees it.
struct Link: Sendable {
  let session: UInt64
  let heartbeat: Duration
  let lease: Duration
  let credits: Int
  let planHash: String
  /// Sequence numbers of the next message in either direction.
  var nextIn: UInt64 = 1
  var nextOut: UInt64 = 1
  var lastHeard: Instant
  var nextHeartbeat: Instant
  /// Whether the coordinator was told that the plan is loaded.
  var isReady = false
}

/// What the worker has of the plan. The legal successors are:
///
///     none -> fetching -> loading -> loaded
///     any  -> fetching              the coordinator has another plan
enum PlanState: Sendable {
  case none
  case fetching(Fetch)
  case loading(hash: String)
  case loaded(hash: String)

  /// The plan that is, or will be, loaded.
  var hash: String? {
    switch self {
    case .none: nil
    case .fetching(let fetch): fetch.hash
    case .loading(let hash), .loaded(let hash): hash
    }
  }
}

/// A plan on its way: part 0 is the sweep's text, part k file k − 1.
struct Fetch: Sendable {
  let hash: String
  let sweepFile: String
  let names: [String]
  let sizes: [Int]
  private(set) var parts: [[UInt8]] = [[]]

  init(_ welcome: Welcome) {
    hash = welcome.planHash
    sweepFile = welcome.sweepFile
    names = welcome.files.map(\.name)
    sizes = [welcome.sweepBytes] + welcome.files.map(\.bytes)
    skipComplete()
  }

  /// The piece to ask for, or nil when all is here.
  var wanted: (part: Int, offset: Int)? {
    let part = parts.count - 1
    return part < sizes.count ? (part, parts[part].count) : nil
  }

  /// Adds a piece.
  ///
  /// - Returns: false where it is not the piece that was asked for.
  mutating func add(part: Int, offset: Int, total: Int, bytes: [UInt8]) -> Bool {
    guard let wanted, wanted == (part, offset), total == sizes[part], !bytes.isEmpty,
      bytes.count <= total - offset
    else { return false }
    parts[part].append(contentsOf: bytes)
    skipComplete()
    return true
  }

  private mutating func skipComplete() {
    while let last = parts.indices.last, last < sizes.count, parts[last].count == sizes[last] { parts.append([]) }
  }

  var sweepText: String { String(decoding: parts[0], as: UTF8.self) }
  /// Precondition: all is here.
  var files: [PlanFile] { names.indices.map { PlanFile(name: names[$0], bytes: parts[$0 + 1]) } }
}

/// The unit being computed.
struct Computing: Sendable {
  let assignment: Assignment
  let since: Instant
  var steps: UInt64 = 0
  /// Whether its outcome is of no interest any more.
  var isCancelled = false

  var held: HeldUnit { HeldUnit(unit: assignment.unit, attempt: assignment.attempt, started: true) }

  /// Seconds that it should still take, or nil where unknown.
  func remaining(at now: Instant) -> Double? { assignment.seconds.map { $0 - now.seconds(since: since) } }
}

/// A result that is kept until the coordinator acknowledges it.
struct KeptResult: Sendable {
  let assignment: Assignment
  let digest: UInt32
  let columns: [UInt8]
  let cards: [UInt8]
  let seconds: Double
  /// When to send it again, where the coordinator asked for patience.
  var sendAgain: Instant?

  func message(next: Int?) -> ResultMessage {
    ResultMessage(
      unit: assignment.unit, attempt: assignment.attempt, firstTrial: assignment.firstTrial,
      trialCount: assignment.trialCount, digest: digest, seconds: seconds, next: next, columns: columns, cards: cards)
  }
}

/// A failure that could not be reported yet.
struct KeptFailure: Sendable {
  let unit: Int
  let attempt: UInt32
  let reason: String
}

/// Stopping: nothing new is started.
struct Stopping: Sendable {
  /// A unit that is still being computed then is given back.
  let graceEnds: Instant
  /// When the worker leaves, whatever it holds; nil = when the coordinator says so.
  let leaves: Instant?
  /// The exit status to leave with.
  var code: Int32 = 143
}
