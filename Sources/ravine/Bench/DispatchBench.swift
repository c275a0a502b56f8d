import Glibc
import RavineDescent
import RavineReports
import RavineRuntime
import RavineStore
import RavineSweeps

/// Sweeps through a real coordinator, real worker processes and a real store, timed from the text to the last commit.
struct DispatchBench {
  var trials: Int
  var roundTrips: Int
  var workers: Int
  /// Whether the workers of D1 come over TCP with keys, as from other machines.
  var overTCP: Bool

  func table() throws -> ResultTable {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    var rows: [[Cell]] = []
    let first = try job("start", Self.trivial(1), folder, workers: 1)
    rows.append(row("start: one trial", first, first.seconds, "s"))
    let trivial = try job("trivial", Self.trivial(trials), folder, workers: workers, overTCP: overTCP)
    let way = overTCP ? ", over TCP with CURVE" : ""
    rows.append(row("D1: trivial trials\(way)", trivial, Double(trials) / trivial.seconds, "trials/s"))
    rows.append(row("D1: coordinator's peak memory", trivial, Double(Self.peakBytes()) / 1_048_576, "MiB"))
    let single = try job("single", Self.trivial(roundTrips), folder, workers: 1, oneByOne: true)
    rows.append(row("D2: one trial at a time, median round trip", single, single.turnaround * 1e6, "us"))
    rows.append(row("D2: one trial at a time", single, Double(roundTrips) / single.seconds, "trials/s"))
    let sweep = try job("correlation", Self.correlation, folder, workers: workers)
    rows.append(row("D3: W2 as a sweep", sweep, 4096 / sweep.seconds, "trials/s"))
    let columns = ["benchmark", "value", "unit", "trials", "seconds", "workers"]
    return ResultTable(
      columns: columns.map { ResultTable.Column(name: $0, isText: ["benchmark", "unit"].contains($0)) }, rows: rows)
  }

  private struct Result {
    var seconds: Double
    var trials: Int
    var workers: Int
    /// Median seconds from the hand-out of a unit to its result.
    var turnaround: Double
  }

  private func row(_ name: String, _ result: Result, _ value: Double, _ unit: String) -> [Cell] {
    [
      .text(name), .number(value), .text(unit), .integer(result.trials), .number(result.seconds),
      .integer(result.workers),
    ]
  }

  /// `count` trials that each make one step on one eigenvalue.
  static func trivial(_ count: Int) -> String {
    """
    ravine: 1
    name: trivial
    data: {kind: spectrum, eigenvalues: [1]}
    stop: {gap: 1e-6, steps: 1}
    axes:
      optimizer.step: {linear: [0.1, \(count == 1 ? 0.1 : 0.5)], count: \(count), unit: 1/L}
    """
  }

  private static let correlation = """
    ravine: 1
    name: correlation
    data: {kind: equicorrelated, features: 32, samples: 256, noise: 0.1}
    stop: {gap: 1e-8, steps: 10000, divergence: 1e6}
    axes:
      data.correlation: {linear: [0, 0.99], count: 64}
      seed: {replicates: 4}
      optimizer.step: {log: [0.2, 2.1], count: 16, unit: 1/L}
    """

  private func job(
    _ name: String, _ text: String, _ folder: TemporaryFolder, workers: Int, oneByOne: Bool = false,
    overTCP: Bool = false
  ) throws -> Result {
    let start = MonotonicClock.now()
    let input = try SweepInput(text: text, file: "bench", files: [])
    let path = "\(folder.path)/\(name).sqlite"
    let cores = HostCores.detect().count
    let store = try RunOpening.open(input, at: path, threads: cores, mostTrials: oneByOne ? 1 : UnitTable.mostTrials)
    defer { store.close() }
    let threads = max(1, cores / workers)
    var job = try LocalJob(
      store: store, workers: overTCP ? 0 : workers, threads: threads, build: BuildIdentity.build)
    if oneByOne { job.settings.credits = 0 }
    if overTCP {
      job.access = AccessFolder(runFile: path)
      job.listening = ListenAddress("tcp://127.0.0.1").map { Listening(address: $0) }
    }
    var crew: [BackgroundCommand] = []
    let ending = try LocalRun(job: job, store: store).perform { update in
      guard let file = update.joinFile, crew.isEmpty else { return }
      // Where one cannot be started the others do the work, and the row says how many there were.
      crew = (0..<workers).compactMap { _ in
        try? BackgroundCommand(["ravine", "worker", "--join", file, "--threads", "\(threads)"])
      }
    }
    guard ending.exitStatus == .success, try store.tally().committedTrials == input.plan.trialCount else {
      throw ending.error ?? RuntimeError(.bug, "the benchmark's run did not finish", details: [])
    }
    let seconds = MonotonicClock.now().seconds(since: start)
    return Result(
      seconds: seconds, trials: input.plan.trialCount, workers: overTCP ? crew.count : workers,
      turnaround: try store.medianTurnaround() ?? .nan)
  }

  /// The most memory that this process ever held.
  private static func peakBytes() -> Int {
    guard let bytes = try? FileBytes.read("/proc/self/status", limit: 1 << 16) else { return 0 }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return (Int(line.filter(\.isNumber)) ?? 0) * 1024
    }
    return 0
  }
}

/// A folder that is removed with what is in it.
struct TemporaryFolder {
  let path: String

  private init(path: String) { self.path = path }

  init() throws {
    var template = Array("/tmp/ravine-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw RuntimeError(.cannotCreate, "cannot make a folder in /tmp: \(RuntimeError.words(for: errno))")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func remove() {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name != ".", name != ".." else { continue }
      if unlink("\(path)/\(name)") != 0 { TemporaryFolder(path: "\(path)/\(name)").remove() }
    }
    closedir(folder)
    rmdir(path)
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else {
      throw RuntimeError(.cannotCreate, "cannot write `\(path)`: \(RuntimeError.words(for: errno))", details: [])
    }
    fputs(text, file)
    fclose(file)
  }
}
