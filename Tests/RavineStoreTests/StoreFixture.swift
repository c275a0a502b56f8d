import Foundation
import RavineDescent
import RavineStore

/// A folder of its own for one test, removed at the end.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/ravine-store-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String = "run.sqlite") -> String { path + "/" + name }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// correlation (slowest) × kind × seed; momentum exists for heavy ball alone. A problem for each correlation.
struct GridAxes: TrialAxes {
  var correlations: Int
  var replicates: Int
  var trialCount: Int { correlations * 2 * replicates }

  let axes = [
    StoredAxis(path: "data.correlation", kind: .number), StoredAxis(path: "optimizer.kind", kind: .text),
    StoredAxis(path: "optimizer.momentum", kind: .number), StoredAxis(path: "seed", kind: .number),
  ]

  func values(of trial: Int) -> [AxisCell] {
    let heavy = trial / replicates % 2 == 1
    return [
      .number(Double(problem(of: trial)) / 8), .text(heavy ? "heavy-ball" : "gradient-descent"),
      heavy ? .number(0.9) : .absent, .number(Double(trial % replicates)),
    ]
  }

  func problem(of trial: Int) -> Int { trial / (2 * replicates) }
}

/// A record that depends on the trial alone, with every kind of number in it.
func sampleRecord(_ trial: Int) -> TrialRecord {
  var hits = Hits()
  for rung in 0..<(trial % 13) { hits.append(UInt64(trial * 3 + rung)) }
  let status = TrialStatus.allCases[trial % 4]
  let gap = [1e-7, Double.infinity, .nan, -0.0, 1.0 / 3][trial % 5]
  return TrialRecord(
    status: status, steps: UInt64(trial) * 7, gap: gap, distance: 0.5, gradientNorm: Double(trial) * 1e-3,
    forecast: Forecast(status: trial % 6 == 0 ? .budget : status, steps: UInt64(trial) * 7 + UInt64(trial % 3)),
    crossCheck: trial % 10 == 0 ? .agreed : .none, hits: hits)
}

func sampleCard(_ problem: Int) -> ProblemCard {
  ProblemCard(
    dimension: 8, samples: 100, nullDimension: UInt32(problem % 2), lambdaMax: 4, lambdaMin: 1 / Double(problem + 1),
    stableRank: 2.5, entropyRank: 3.25, lossAtStart: 1, lossAtOptimum: 0)
}

/// A run in parts of `unitSize` trials.
struct SampleRun {
  var grid = GridAxes(correlations: 8, replicates: 5)
  var unitSize = 10
  var name = "sample"

  var provenance: Provenance {
    Provenance(
      runID: String(repeating: "0f", count: 16), name: name, question: "How long?",
      planHash: String(repeating: "ab", count: 32), sweepText: "ravine: 1\nname: sample\n", sweepFile: "sample.yaml",
      kernel: "1", build: "0.1.0", host: "here", cpu: "one", createdAt: WallTime(milliseconds: 1_700_000_000_123))
  }

  var units: [StoredUnit] {
    stride(from: 0, to: grid.trialCount, by: unitSize).map { first in
      StoredUnit(first: first, count: min(unitSize, grid.trialCount - first), cost: Double(first) + 1)
    }
  }

  var shape: RunShape {
    RunShape(
      trialCount: grid.trialCount, problemCount: grid.correlations, axes: grid.axes,
      files: [StoredFile(name: "x.csv", sha256: String(repeating: "1", count: 64), bytes: [1, 0, 255])], units: units)
  }

  func create(at path: String) throws -> RunStore {
    try RunStore.create(at: path, provenance: provenance, shape: shape)
  }

  func result(_ unit: Int, digest: UInt32 = 7) -> UnitCommit {
    let trials = units[unit].first..<(units[unit].first + units[unit].count)
    let problems = grid.problem(of: trials.lowerBound)...grid.problem(of: trials.upperBound - 1)
    return UnitCommit(
      unit: unit, attempt: 1, worker: "here/0", digest: digest,
      columns: RecordColumns.encode(trials.map(sampleRecord), firstTrial: UInt64(trials.lowerBound)),
      cards: CardColumns.encode(problems.map { (UInt64($0), sampleCard($0)) }), seconds: 0.25)
  }

  /// Commits every unit, in an order that is not theirs.
  func fill(_ store: RunStore) throws {
    let order = units.indices.reversed()
    let outcomes = try store.commit(order.map { result($0) }, at: later)
    precondition(outcomes.allSatisfy { $0 == .committed })
  }
}

let later = WallTime(milliseconds: 1_700_000_060_000)

/// The bits of a record, so that NaN and −0 compare as what they are.
func bits(_ record: TrialRecord) -> [UInt64] {
  [
    UInt64(record.status.rawValue), record.steps, record.gap.bitPattern, record.distance.bitPattern,
    record.gradientNorm.bitPattern, UInt64(record.forecast.status.rawValue), record.forecast.steps,
    UInt64(record.crossCheck.rawValue), UInt64(record.hits.count),
  ] + (0..<record.hits.count).map { record.hits[$0] }
}
