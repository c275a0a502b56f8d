import RavineScheduling
import RavineWire

/// One welcomed worker. The legal successors of its state are:
///
///     welcomed -> ready      the plan is loaded
///     welcomed -> leaving, ready -> leaving
///     any      -> lapsed     messages were lost: it must say hello again
///
/// Times are on the lease clock (see ``Coordinator/leaseNow``).
struct Session: Sendable {
  enum State: Hashable, Sendable { case welcomed, ready, leaving, lapsed }

  let number: SessionNumber
  let peer: Peer
  let hello: Hello
  let name: String
  /// The local slot that runs it.
  let slot: Int?
  /// When something else will end the worker.
  let ends: Instant?
  var state = State.welcomed
  /// Sequence numbers of the next message in either direction.
  var nextIn: UInt64 = 1
  var nextOut: UInt64 = 1
  var lastHeard: Instant
  var lastSent: Instant
  /// Whether it stands in the queue of those that can take a unit.
  var isHungry = false
  /// Results taken, but not yet durable.
  var unacknowledged = 0
  var unitsDone = 0
  var currentUnit: Int?
  var steps: UInt64 = 0
  var stepsChanged: Instant
  /// Messages that made no sense.
  var faults = 0
  /// Bad results in a row.
  var badResults = 0
  /// Whether another run of the same coordinator is to have the worker: it gets nothing more here.
  var isYielding = false
  /// How its process did so far.
  var conduct = Conduct()
  /// Whether its process was told to end because it hangs.
  var isBeingEnded = false

  init(number: SessionNumber, peer: Peer, hello: Hello, slot: Int?, ends: Instant?, now: Instant) {
    self.number = number
    self.peer = peer
    self.hello = hello
    self.slot = slot
    self.ends = ends
    let own = hello.name.isEmpty ? "\(hello.host):\(hello.pid)" : hello.name
    name = slot.map { "\(hello.host)/\($0)" } ?? own
    lastHeard = now
    lastSent = now
    stepsChanged = now
  }

  /// Takes note of what the worker computes.
  mutating func report(unit: Int?, steps newSteps: UInt64, now: Instant) {
    let isNewer = unit != currentUnit || newSteps > steps
    guard isNewer else { return }
    currentUnit = unit
    steps = newSteps
    stepsChanged = now
  }

  var line: WorkerLine {
    WorkerLine(
      name: name, slot: slot, cores: hello.cores, instructionSet: hello.instructionSet, unitsDone: unitsDone,
      currentUnit: currentUnit, stepsDone: currentUnit == nil ? 0 : steps, lastHeard: lastHeard)
  }
}

/// Names a worker process, over all its sessions.
struct ProcessKey: Hashable, Sendable {
  let instance: UInt64
  let host: String
  let pid: Int32

  init(_ hello: Hello) {
    instance = hello.instance
    host = hello.host
    pid = hello.pid
  }
}

/// A result, or a failure, that waits to become durable.
struct PendingCommit: Sendable {
  /// Nil for a failure.
  var digest: UInt32?
  var bytes: Int
  /// The session whose result it is, to be told `committed`.
  var owner: SessionNumber?
  /// Sessions with a copy of it, to be told `already`.
  var others: [SessionNumber] = []
}
