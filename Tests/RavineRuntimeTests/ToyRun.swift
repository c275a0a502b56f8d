import RavineCluster
import RavineDescent
import RavineStore
import Synchronization

@testable import RavineRuntime

/// A run whose trials cost nothing: trial t "converges" after t + 1 steps.
enum Toy {
  static let hash = String(repeating: "0123456789abcdef", count: 4)
  static let build = "toy 1"

  static func units(_ count: Int, trialsEach: Int) -> [StoredUnit] {
    (0..<count).map { StoredUnit(first: $0 * trialsEach, count: trialsEach, cost: Double($0 % 7 + 1)) }
  }

  static func create(at path: String, units: [StoredUnit]) throws -> RunStore {
    let provenance = Provenance(
      runID: String(repeating: "0", count: 32), name: "toy", planHash: hash, sweepText: "toy", sweepFile: "toy.yaml",
      kernel: "none", build: build, host: "here", cpu: "any", createdAt: .now())
    let shape = RunShape(
      trialCount: units.reduce(0) { $0 + $1.count }, problemCount: 1, axes: [],
      files: [StoredFile(name: "toy.csv", sha256: hash, bytes: [1, 2, 3])], units: units)
    return try RunStore.create(at: path, provenance: provenance, shape: shape)
  }

  static func job(_ store: RunStore, workers: Int) throws -> LocalJob {
    try LocalJob(store: store, workers: workers, threads: 1, build: build)
  }

  static func records(first: Int, count: Int) -> [TrialRecord] {
    (first..<first + count).map { TrialRecord(status: .converged, steps: UInt64($0) + 1, gap: 0.5) }
  }
}

/// Computes toy units; a hook may look at each unit before it is computed, fail it, or wait for its cancellation.
final class ToyComputer: UnitComputer {
  typealias Hook = @Sendable (_ first: Int, _ isCancelled: @Sendable () -> Bool) throws -> Void

  private let hook: Hook

  init(hook: @escaping Hook = { _, _ in }) { self.hook = hook }

  func load(sweepText: String, sweepFile: String, files: [(name: String, bytes: [UInt8])]) throws -> String {
    guard sweepText == "toy", files.map(\.bytes) == [[1, 2, 3]] else { return "another plan" }
    return Toy.hash
  }

  func compute(
    first: Int, count: Int, progress: @Sendable (UInt64) -> Void, isCancelled: @Sendable () -> Bool
  ) throws -> (columns: [UInt8], cards: [UInt8]) {
    try hook(first, isCancelled)
    progress(UInt64(count))
    return (RecordColumns.encode(Toy.records(first: first, count: count), firstTrial: UInt64(first)), [])
  }
}

/// Workers as threads of this process, over a real socket. Force ends them without a goodbye, as a kill would.
final class ThreadWorkers: WorkerLauncher {
  private let endpoint: String
  private let report: @Sendable (Coordinator.Event) -> Void
  private let computer: @Sendable (_ slot: Int) -> ToyComputer
  private let running = Mutex<[(slot: Int, loop: WorkerLoop, thread: WorkThread)]>([])
  private let starts = Mutex<Int32>(0)

  init(
    endpoint: String, report: @escaping @Sendable (Coordinator.Event) -> Void,
    computer: @escaping @Sendable (_ slot: Int) -> ToyComputer
  ) {
    self.endpoint = endpoint
    self.report = report
    self.computer = computer
  }

  func startWorker(slot: Int) {
    let pid = starts.withLock { count in
      count += 1
      return 1_000_000 + count
    }
    let identity = WorkerIdentity(
      build: Toy.build, kernel: "none", instructionSet: "toy", cores: 1, memoryBytes: 1 << 30, host: "here", pid: pid,
      slot: slot, instance: UInt64(pid))
    let settings = WorkerLoop.Settings(
      coordinator: .local(endpoint: endpoint), identity: identity,
      log: StandardErrorLog.logger("worker", level: .critical))
    let report = report
    guard let loop = try? WorkerLoop(settings: settings, computer: computer(slot)) else { return }
    report(.workerStarted(slot: slot, pid: pid))
    let thread = try? WorkThread(name: "worker") {
      let ending = loop.run()
      report(.workerExited(slot: slot, evidence: "status \(ending.code) \(ending.message)", clean: ending.code == 0))
    }
    if let thread { running.withLock { $0.append((slot, loop, thread)) } }
  }

  func stopWorker(slot: Int, force: Bool) {
    let loop = running.withLock { $0.last { $0.slot == slot }?.loop }
    loop?.request(force ? .stop(signal: 9) : .drain(signal: 15))
  }

  func shutDown(grace: Duration) {
    let all = running.withLock { $0 }
    for entry in all { entry.loop.request(grace == .zero ? .stop(signal: 9) : .drain(signal: 15)) }
    for entry in all { entry.thread.join() }
  }
}
