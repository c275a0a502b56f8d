@testable import RavineWire

/// One message of each kind, with every field set.
enum Samples {
  static let hello = Hello(
    instance: 0xFEDC_BA98_7654_3210, number: 7, build: "0.1.0+abc", kernel: "1", instructionSet: "x86-64-v4", cores: 64,
    memoryBytes: 1 << 36, host: "node07", pid: 4711, slot: 3, secondsLeft: 3600,
    planHash: String(repeating: "0123456789abcdef", count: 4),
    held: [HeldUnit(unit: 5, attempt: 2, started: true), HeldUnit(unit: 0, attempt: 1, started: false)],
    results: [HeldResult(unit: 9, attempt: 1, digest: 0xDEAD_BEEF)], name: "big one")

  static let fromWorker: [WorkerMessage] = [
    .hello(hello),
    .planRequest(part: 2, offset: 1 << 20),
    .ready(planHash: "abc"),
    .result(
      ResultMessage(
        unit: 12, attempt: 3, firstTrial: 49_152, trialCount: 4096, digest: 0x1234_5678, seconds: 0.25, next: 0,
        columns: [1, 2, 3, 4, 5], cards: [9, 8])),
    .failure(unit: 3, attempt: 1, reason: "out of memory", next: nil),
    .released([HeldUnit(unit: 1, attempt: 4, started: true)]),
    .heartbeat(unit: 4, steps: 300),
    .leaving(reason: "asked to end"),
    .farewell,
  ]

  static let fromCoordinator: [CoordinatorMessage] = [
    .welcome(
      Welcome(
        helloNumber: 7, run: "correlated-inputs", epoch: 3, heartbeat: .seconds(2), lease: .seconds(10), credits: 2,
        planHash: "abc", sweepFile: "sweeps/correlated inputs.yaml", sweepBytes: 812,
        files: [FileEntry(name: "data/diabetes.csv", bytes: 23_628)], keep: [5, 0], send: [9])),
    .reject(
      Rejection(helloNumber: 7, code: .tooMany, text: "1024 workers", hint: "later", retry: .seconds(5))),
    .rejoin,
    .planPart(part: 1, offset: 4, total: 8, bytes: [4, 5, 6, 7]),
    .assign([
      Assignment(unit: 2, attempt: 1, firstTrial: 8192, trialCount: 4096, seconds: 1.5),
      Assignment(unit: 3, attempt: 9, firstTrial: 12_288, trialCount: 1, seconds: nil),
    ]),
    .acknowledge(acknowledgement),
    .cancel(units: [1, 2, 3]),
    .drain(grace: .seconds(8)),
    .heartbeat,
    .bye(text: "the run is over"),
  ]

  static let fromOperator: [OperatorMessage] = [
    .status(request: 5),
    .order(
      OperatorOrder(
        request: 6, run: "longley", action: .cancel, reason: "wrong data", priority: -3, path: "/runs/longley.sqlite")),
  ]

  static let toOperator: [OperatorReply] = [
    .answer(request: 6, done: true, text: "cancelled"),
    .status(request: 5, build: "0.1.0+abc", runs: [run]),
  ]

  private static var run: RunStatus {
    var run = RunStatus()
    (run.name, run.path, run.phase, run.reason, run.priority) = ("longley", "runs/longley.sqlite", .paused, "full", -7)
    (run.units, run.committedUnits, run.failedUnits, run.leasedUnits) = (100, 50, 1, 6)
    (run.trials, run.committedTrials, run.failedTrials) = (4000, 2000, 40)
    (run.cost, run.committedCost) = (1e9, 0.5)
    run.workers = [
      WorkerStatus(
        name: "node07:4711", cores: 64, instructionSet: "x86-64-v4", unitsDone: 9, unit: 0, steps: 77,
        silence: .milliseconds(1234), trouble: "quarantined"),
      WorkerStatus(name: "", cores: 1, instructionSet: "", unitsDone: 0, unit: nil, steps: 0, silence: .zero),
    ]
    return run
  }

  private static var acknowledgement: Acknowledgement {
    var value = Acknowledgement()
    value.committed = [1, 2, 300]
    value.already = [4]
    value.refused = [Refusal(unit: 5, code: .busy, text: "the store is behind")]
    return value
  }

  /// All sample messages as frames.
  static let frames: [[[UInt8]]] =
    fromWorker.map { Envelope(session: 1 << 32 | 5, sequence: 77, message: $0).frames() }
    + fromCoordinator.map { Envelope(session: 1 << 32 | 5, sequence: 77, message: $0).frames() }
    + fromOperator.map { Envelope(session: 0, sequence: 0, message: $0).frames() }
    + toOperator.map { Envelope(session: 0, sequence: 0, message: $0).frames() }

  /// Frame 1 with its checksum made right again.
  static func sealed(_ frame: [UInt8]) -> [UInt8] {
    guard frame.count >= Header.byteCount else { return frame }
    let checksum = CRC32C.checksum(frame[16...], continuing: CRC32C.checksum(frame[..<12]))
    var frame = frame
    for byte in 0..<4 { frame[12 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * byte)) }
    return frame
  }

  /// Decodes in all directions: whatever the frames are, it must come back. Nil where they are no message.
  static func decode(_ frames: [[UInt8]]) -> (WorkerMessage?, CoordinatorMessage?) {
    _ = try? Envelope<OperatorMessage>(frames: frames)
    _ = try? Envelope<OperatorReply>(frames: frames)
    return (
      (try? Envelope<WorkerMessage>(frames: frames))?.message,
      (try? Envelope<CoordinatorMessage>(frames: frames))?.message
    )
  }
}
