import Foundation
import Glibc
import Testing

/// Law 1 with real processes: no worker count, thread count or kill changes a byte of the export.
@Suite(.serialized) struct SamenessTests {
  /// About a second of work in many units.
  static let sweep = """
    ravine: 1
    name: same
    data: {kind: equicorrelated, features: 24, samples: 64, noise: 0.1}
    stop: {gap: 1e-9, steps: 400000}
    axes:
      data.correlation: {one-minus-log: [0.002, 1], count: 12}
      seed: {replicates: 6}
      optimizer.kind: [gradient-descent, heavy-ball]
      optimizer.step: {linear: [0.1, 2.1], count: 11, unit: 1/L}
    """

  private func export(_ binary: Binary, _ runs: String) throws -> String {
    let outcome = try binary.run("export", "\(runs)/same.sqlite")
    #expect(outcome.status == 0)
    return outcome.output
  }

  @Test func workersThreadsAndKillsChangeNoByte() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let path = try binary.write(Self.sweep, "same.yaml")
    var exports: [String] = []
    for (workers, threads) in [("1", "1"), ("1", "2"), ("4", "1")] {
      let runs = "runs-\(workers)-\(threads)"
      let outcome = try binary.run(
        "run", path, "--workers", workers, "--threads", threads, "--runs", runs, "--quiet")
      #expect(outcome.status == 0, "\(outcome.errors)")
      exports.append(try export(binary, runs))
    }
    #expect(exports[0].split(separator: "\n").count == 1 + 12 * 6 * 2 * 11)
    #expect(Set(exports).count == 1)
    try killWorkers(binary, path)
    #expect(try export(binary, "killed") == exports[0])
    try killCoordinator(binary, path)
    #expect(try export(binary, "resumed") == exports[0])
  }

  /// `kill -9` of three workers, each once it has been seen.
  private func killWorkers(_ binary: Binary, _ path: String) throws {
    let run = try binary.start(["run", path, "--workers", "2", "--threads", "1", "--runs", "killed", "--quiet"])
    var killed: Set<Int32> = []
    while run.isRunning, killed.count < 3 {
      for child in Binary.children(of: run.processIdentifier) where !killed.contains(child) {
        kill(child, SIGKILL)
        killed.insert(child)
        break
      }
      sched_yield()
    }
    run.waitUntilExit()
    #expect(run.terminationStatus == 0)
    #expect(killed.count == 3)
  }

  /// `kill -9` of the coordinator once something is committed, then the same command again.
  private func killCoordinator(_ binary: Binary, _ path: String) throws {
    let arguments = ["run", path, "--workers", "2", "--threads", "1", "--runs", "resumed", "--quiet"]
    let run = try binary.start(arguments)
    while run.isRunning {
      let status = try binary.run("status", "resumed/same.sqlite").output
      if status.contains("units:"), !status.contains("units:  0 of") { break }
    }
    #expect(run.isRunning)
    kill(run.processIdentifier, SIGKILL)
    run.waitUntilExit()
    #expect(try binary.run("status", "resumed/same.sqlite").output.hasPrefix("same: interrupted"))
    let again = try binary.start(arguments)
    again.waitUntilExit()
    #expect(again.terminationStatus == 0)
  }

  /// Nets, mini-batches and metrics keep the law too; identical units stay identical at every width.
  @Test func netsGiveTheSameBytesEverywhere() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let path = try binary.write(Self.nets, "nets.yaml")
    var exports: [String] = []
    for (workers, threads) in [("1", "1"), ("2", "2")] {
      let runs = "runs-\(workers)-\(threads)"
      let outcome = try binary.run(
        "run", path, "--workers", workers, "--threads", threads, "--runs", runs, "--quiet")
      #expect(outcome.status == 0, "\(outcome.errors)")
      exports.append(try binary.run("export", "\(runs)/nets.sqlite").output)
    }
    #expect(exports[0] == exports[1])
    let rows = Export(exports[0]).rows
    #expect(rows.count == 4 * 2 * 3 * 2)
    #expect(rows.allSatisfy { ($0["unit_split"] == "0") == ($0["model.split"] == "0") })
  }

  private static let nets = """
    ravine: 1
    name: nets
    data: {kind: equicorrelated, features: 3, correlation: 0.5, samples: 24}
    model: {kind: two-layer, teacher: net, teacher-hidden: [8], outputs: 2, initial: near-identical}
    bias: true
    optimizer: {step: 0.05}
    stop: {gap: 1e-9, steps: 20}
    metrics: [unit-split]
    axes:
      model.hidden: [2, 3, 9, 17]
      model.split: [0, 0.001]
      optimizer.kind: [gradient-descent, heavy-ball, adam]
      optimizer.batch: [8, 24]
    """

  @Test func correlatedInputsAreForecastToTheStep() throws {
    let binary = try Binary()
    defer { binary.remove() }
    #expect(try binary.run("run", Binary.sweep("correlated-inputs"), "--workers", "2", "--quiet").status == 0)
    let rows = Export(try binary.run("export", "correlated-inputs").output).rows
    #expect(rows.count == 20 * 13 * 21)
    let reachable = rows.filter { $0["forecast_status"] == "converged" }
    #expect(reachable.count > 4000)
    #expect(reachable.allSatisfy { $0["status"] == "converged" && $0["forecast_difference"] == "0" })
    #expect(rows.allSatisfy { $0["cross_check"] != "differed" })
    #expect(rows.contains { $0["cross_check"] == "agreed" })
  }
}
