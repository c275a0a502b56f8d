import Glibc
import RavineReports
import RavineRuntime
import RavineScheduling
import RavineStore

/// Many connected workers at one coordinator, over TCP with keys: how fast they come, what they cost, how fast they
/// return after the coordinator was killed.
struct SessionBench {
  var workers: Int
  /// Seconds over which the idle cost is taken.
  var seconds: Int
  /// Trials that go through the coordinator while the light workers are connected; 0 for none.
  var trials: Int

  func table() throws -> ResultTable {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    // More units than all workers hold, so that each of them has one.
    let sweep = "\(folder.path)/sessions.yaml"
    try TemporaryFolder.write(Self.sweep(units: 4 * workers), to: sweep)
    let run = "\(folder.path)/sessions.sqlite"
    var first = try BenchCoordinator(sweep, folder.path)
    defer { first.end() }
    let join = try first.waitForDoor(run)
    let hash = try Self.planHash(run)
    let light = try LightWorkers(count: workers, joinFile: join, build: BuildIdentity.build, planHash: hash)
    let joined = try waitForAll(light)
    let before = first.cpuSeconds
    try light.run(until: MonotonicClock.now() + .seconds(seconds))
    let idle = (first.cpuSeconds - before) / Double(seconds)
    let memory = first.peakMiB
    first.end()
    light.forgetReady()
    first = try BenchCoordinator(sweep, folder.path)
    let back = try waitForAll(light)
    let load = LoadBench(sessions: workers, trials: trials)
    var rows: [[Cell]] = [
      [.text("workers connected and served"), .integer(light.readyCount), .text("workers")],
      [.text("until all are served"), .number(joined), .text("s")],
      [.text("coordinator while they are idle"), .number(idle * 100), .text("% of a core")],
      [.text("coordinator's peak memory"), .number(memory), .text("MiB")],
      [.text("until all are back after kill -9 and restart"), .number(back), .text("s")],
    ]
    first.end()
    rows.append([.text("kill -9 in 1,000,000 trials, restart to a unit"), .number(try load.restart()), .text("s")])
    if trials > 0 {
      let memory = try load.memory()
      let text = "\(NumberText.grouped(trials)) trials beside \(NumberText.grouped(workers)) sessions"
      rows.append([.text("\(text): coordinator's peak memory"), .number(memory.peak), .text("MiB")])
      rows.append([.text("\(text): until all are stored"), .number(memory.seconds), .text("s")])
    }
    let columns = ["benchmark", "value", "unit"]
    return ResultTable(
      columns: columns.map { ResultTable.Column(name: $0, isText: $0 != "value") }, rows: rows)
  }

  /// Seconds until every worker is served, at most a minute.
  private func waitForAll(_ light: LightWorkers) throws -> Double {
    let start = MonotonicClock.now()
    try light.run(until: start + .seconds(60)) { light.readyCount == workers }
    return MonotonicClock.now().seconds(since: start)
  }

  private static func sweep(units: Int) -> String {
    """
    ravine: 1
    name: sessions
    data: {kind: spectrum, eigenvalues: [1, 0.001]}
    stop: {gap: 1e-12, steps: 100000000}
    axes:
      optimizer.step: {linear: [0.00001, 0.00002], count: \(units * 16), unit: 1/L}
    """
  }

  static func planHash(_ run: String) throws -> String {
    let store = try RunStore.open(at: run, readOnly: true)
    defer { store.close() }
    return store.provenance.planHash
  }
}
