import Foundation
import Glibc
import Testing

/// `ravine extend`: what is taken over and what is measured together are what a run from the beginning gives.
@Suite struct ExtensionTests {
  private static func sweep(
    _ name: String, seeds: Int = 3, correlations: String = "0.1, 0.5, 0.9", steps: Int = 9, limit: String = "3000"
  ) -> String {
    """
    ravine: 1
    name: \(name)
    data: {kind: equicorrelated, features: 12, samples: 32, noise: 0.1}
    stop: {gap: 1e-8, steps: \(limit)}
    axes:
      optimizer.step: {linear: [0.1, 2.1], count: \(steps), unit: 1/L}
      data.correlation: [\(correlations)]
      seed: {replicates: \(seeds)}
      optimizer.kind: [gradient-descent, heavy-ball]
    """
  }

  /// The number of trials that `extend` says it took over, and of how many.
  private func countTaken(_ errors: String) -> (Int, of: Int)? {
    let words = errors.split(separator: " ").map { $0.replacingOccurrences(of: ",", with: "") }
    guard let place = words.firstIndex(of: "taken"), place >= 4, let count = Int(words[place - 4]),
      let all = Int(words[place - 2])
    else { return nil }
    return (count, all)
  }

  private func run(_ binary: Binary, _ text: String, _ name: String, _ runs: String) throws -> String {
    let path = try binary.write(text, "\(name).yaml")
    let outcome = try binary.run("run", path, "--workers", "1", "--threads", "2", "--runs", runs, "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try binary.run("export", "\(runs)/\(name).sqlite").output
  }

  @Test func everyKindOfGrowthGivesTheBytesOfARunFromTheBeginning() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let small = 9 * 3 * 3 * 2
    _ = try run(binary, Self.sweep("small"), "small", "runs")
    let larger = [
      ("seeds", Self.sweep("seeds", seeds: 7)),
      ("values", Self.sweep("values", correlations: "0.3, 0.9, 0.1, 0.99, 0.5")),
      ("denser", Self.sweep("denser", steps: 17)),
      ("all", Self.sweep("all", seeds: 4, correlations: "0.1, 0.2, 0.5, 0.9", steps: 17)),
    ]
    for (name, text) in larger {
      let fresh = try run(binary, text, name, "fresh")
      let path = try binary.write(text, "\(name).yaml")
      let outcome = try binary.run("extend", "small", path, "--workers", "2", "--threads", "1", "--quiet")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try binary.run("export", name).output == fresh, "\(name)")
      let taken = try #require(countTaken(outcome.errors), "\(outcome.errors)")
      // One trial in a hundred is drawn for the cross-check by its new number.
      #expect(taken.0 <= small && taken.0 > small * 9 / 10, "\(name): \(taken)")
    }
    #expect(try binary.run("status", "small").output.hasPrefix("small: complete"))
  }

  @Test func aHigherStepLimitMeasuresWhatEndedAtTheLimit() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let before = Export(try run(binary, Self.sweep("limit", limit: "200"), "limit", "runs")).rows
    let ended = before.count { $0["status"] == "budget" }
    #expect(ended > 20 && ended < 140)
    let text = Self.sweep("limit", limit: "100000")
    let fresh = try run(binary, text, "limit", "fresh")
    let path = try binary.write(text, "limit.yaml")
    // The name is the same: the run itself becomes the larger one.
    let outcome = try binary.run("extend", "limit", path, "--workers", "1", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try binary.run("export", "limit").output == fresh)
    let taken = try #require(countTaken(outcome.errors), "\(outcome.errors)")
    #expect(taken.0 <= before.count - ended && taken.0 > (before.count - ended) * 9 / 10)
    let again = try binary.run("extend", "limit", path)
    #expect(again.status == 64 && again.errors.contains("is a run of this very sweep"))
    #expect(try binary.run("status", "limit").output.contains("taken over"))
  }

  @Test func netsMetricsAndFilesAreTakenOver() throws {
    let binary = try Binary()
    defer { binary.remove() }
    func text(_ name: String, _ hidden: String, _ metrics: String) -> String {
      """
      ravine: 1
      name: \(name)
      data: {kind: csv, file: x.csv}
      model: {kind: two-layer, initial: near-identical}
      optimizer: {step: 0.01, batch: 4}
      stop: {gap: 1e-9, steps: 20}
      metrics: [\(metrics)]
      axes:
        model.hidden: [\(hidden)]
        seed: {replicates: 4}
        optimizer.kind: [gradient-descent, adam]
      """
    }
    let rows = (0..<12).map { "\($0),\($0 * $0 % 7),\($0 % 3)\n" }.joined()
    _ = try binary.write("a,b,y\n" + rows, "x.csv")
    _ = try run(binary, text("few", "2, 5", "unit-split, flops"), "few", "runs")
    let more = text("more", "3, 2, 5", "flops")
    let fresh = try run(binary, more, "more", "fresh")
    let outcome = try binary.run("extend", "few", "more.yaml", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try binary.run("export", "more").output == fresh)
    #expect(try #require(countTaken(outcome.errors)).0 == 2 * 4 * 2)
    let other = try binary.write(text("other", "2, 5, 6", "balancedness"), "other.yaml")
    let refused = try binary.run("extend", "few", other)
    #expect(refused.status == 64 && refused.errors.contains("has no metric `balancedness`"))
    // Another content of the file makes other trials of the same settings.
    _ = try binary.write("a,b,y\n" + rows + "1,1,1\n", "x.csv")
    let changed = try binary.run("extend", "few", "more.yaml", "--name", "changed")
    #expect(changed.status == 64 && changed.errors.contains("has measured no trial of"))
  }

  @Test func aRunThatWasStoppedIsExtendedAndNothingIsLost() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let path = try binary.write(SamenessTests.sweep, "same.yaml")
    let run = try binary.start(["run", path, "--workers", "1", "--threads", "1", "--quiet"])
    while run.isRunning {
      let status = try binary.run("status", "same").output
      if status.contains("units:"), !status.contains("units:  0 of") { break }
    }
    let busy = try binary.run("extend", "same", path)
    #expect(busy.status != 0)
    kill(run.processIdentifier, SIGKILL)
    run.waitUntilExit()
    let less = SamenessTests.sweep.replacingOccurrences(of: "replicates: 6", with: "replicates: 2")
    let refused = try binary.run("extend", "same", try binary.write(less, "less.yaml"))
    #expect(refused.status == 64 && refused.errors.contains("would be lost") && refused.errors.contains("seed"))
    let more = SamenessTests.sweep.replacingOccurrences(of: "replicates: 6", with: "replicates: 8")
    let file = try binary.write(more, "more.yaml")
    #expect(try binary.run("run", file, "--runs", "fresh", "--quiet").status == 0)
    let prepared = try binary.run("extend", "same", file, "--prepare-only")
    #expect(prepared.status == 0, "\(prepared.errors)")
    #expect(try binary.run("run", file, "--workers", "1", "--quiet").status == 0)
    #expect(try binary.run("export", "same").output == binary.run("export", "fresh/same.sqlite").output)
    let left = try FileManager.default.contentsOfDirectory(atPath: binary.folder.path + "/runs")
    #expect(!left.contains { $0.contains("draft") }, "\(left)")
  }
}
