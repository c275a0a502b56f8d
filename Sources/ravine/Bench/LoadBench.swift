import Glibc
import RavineReports
import RavineRuntime
import RavineScheduling
import RavineStore

/// Large runs at a coordinator that is a process of its own, over TCP with keys.
struct LoadBench {
  /// Light workers that are connected and take no units.
  var sessions: Int
  /// Trivial trials.
  var trials: Int

  private static let patience = Duration.seconds(600)

  /// A million trials whose coordinator is killed when half of them are stored: seconds from its start again to the
  /// first unit that a worker begins.
  func restart() throws -> Double {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let sweep = "\(folder.path)/restart.yaml"
    try TemporaryFolder.write(Self.longer(1_000_000), to: sweep)
    let run = "\(folder.path)/restart.sqlite"
    var coordinator = try BenchCoordinator(sweep, folder.path)
    defer { coordinator.end() }
    let join = try coordinator.waitForDoor(run)
    let worker = try BackgroundCommand(["ravine", "worker", "--join", join, "--threads", "1"])
    try Self.wait { try Self.committed(run) >= 500_000 }
    coordinator.end()
    worker.kill()
    guard try Self.committed(run) < 1_000_000 else {
      throw RuntimeError(.bug, "the run was over before its coordinator was killed", details: [])
    }
    let light = try LightWorkers(
      count: 1, joinFile: join, build: BuildIdentity.build, planHash: try SessionBench.planHash(run))
    let start = MonotonicClock.now()
    coordinator = try BenchCoordinator(sweep, folder.path)
    try light.run(until: start + .seconds(60)) { light.readyCount == 1 }
    return MonotonicClock.now().seconds(since: start)
  }

  /// The coordinator's most memory in MiB while two workers do all trials and the light workers are connected, and how
  /// long that takes.
  func memory() throws -> (peak: Double, seconds: Double) {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let sweep = "\(folder.path)/trivial.yaml"
    try TemporaryFolder.write(DispatchBench.trivial(trials), to: sweep)
    let start = MonotonicClock.now()
    let coordinator = try BenchCoordinator(sweep, folder.path, trials: trials)
    defer { coordinator.end() }
    let run = "\(folder.path)/trivial.sqlite"
    let join = try coordinator.waitForDoor(run)
    let light = try LightWorkers(count: sessions, joinFile: join, build: BuildIdentity.build, planHash: nil)
    try light.run(until: MonotonicClock.now() + .seconds(60)) { light.readyCount == sessions }
    let workers = try (0..<2).map { _ in try BackgroundCommand(["ravine", "worker", "--join", join, "--threads", "1"]) }
    var peak = 0.0
    let limit = MonotonicClock.now() + Self.patience
    // To the last commit: what the command makes of a finished run is not the coordinator's.
    var committed = 0
    while coordinator.isRunning, committed < trials, MonotonicClock.now() < limit {
      peak = max(peak, coordinator.peakMiB)
      try light.run(until: MonotonicClock.now() + .milliseconds(100))
      committed = try Self.committed(run)
    }
    withExtendedLifetime(workers) {}
    guard committed == trials else {
      throw RuntimeError(.bug, "the benchmark's run did not finish", details: [])
    }
    return (peak, MonotonicClock.now().seconds(since: start))
  }

  /// `count` trials of 2,000 steps on two eigenvalues.
  private static func longer(_ count: Int) -> String {
    """
    ravine: 1
    name: restart
    data: {kind: spectrum, eigenvalues: [1, 0.001]}
    stop: {gap: 1e-12, steps: 2000}
    axes:
      optimizer.step: {linear: [0.1, 0.5], count: \(count), unit: 1/L}
    """
  }

  private static func committed(_ run: String) throws -> Int {
    let store = try RunStore.open(at: run, readOnly: true)
    defer { store.close() }
    return try store.tally().committedTrials
  }

  private static func wait(_ isThere: () throws -> Bool) throws {
    let limit = MonotonicClock.now() + patience
    while try !isThere(), MonotonicClock.now() < limit { usleep(10_000) }
  }
}

/// `ravine run` with no worker of its own.
struct BenchCoordinator {
  private let child: BackgroundCommand

  init(_ sweep: String, _ folder: String, trials: Int = 0) throws {
    child = try BackgroundCommand([
      "ravine", "run", sweep, "--runs", folder, "--workers", "0", "--listen", "tcp://127.0.0.1", "--quiet",
      "--yes-run", "\(trials)",
    ])
  }

  var isRunning: Bool { child.isRunning }
  var cpuSeconds: Double { child.cpuSeconds }
  var peakMiB: Double { child.peakMiB }

  /// The workers' join file, once it names an endpoint.
  func waitForDoor(_ run: String) throws -> String {
    let join = AccessFolder(runFile: run).joinFile("worker")
    let limit = MonotonicClock.now() + .seconds(60)
    while (try? JoinFile.read(join))?.endpoints.isEmpty ?? true, MonotonicClock.now() < limit { usleep(5000) }
    return join
  }

  /// SIGKILL.
  func end() { child.kill() }
}
