import Foundation
import RavineDescent
import RavineStore

/// step (slowest) × preprocessing × seed; one problem for each preprocessing would not be monotone, so one in all.
struct FixtureAxes: TrialAxes {
  var steps: [Double]
  var kinds: [String] = ["none", "centre"]
  var replicates: Int
  var trialCount: Int { steps.count * kinds.count * replicates }

  var axes: [StoredAxis] {
    [
      StoredAxis(path: "optimizer.step", kind: .number), StoredAxis(path: "preprocessing", kind: .text),
      StoredAxis(path: "seed", kind: .number),
    ]
  }

  func values(of trial: Int) -> [AxisCell] {
    [
      .number(steps[trial / (kinds.count * replicates)]), .text(kinds[trial / replicates % kinds.count]),
      .number(Double(trial % replicates)),
    ]
  }

  func problem(of trial: Int) -> Int { 0 }
}

/// A run in a file of its own, removed at the end.
final class FixtureRun {
  let axes: FixtureAxes
  let path: String
  let store: RunStore
  private let unitSize: Int
  private let record: (Int) -> TrialRecord

  init(_ axes: FixtureAxes, unitSize: Int = 3, record: @escaping (Int) -> TrialRecord) throws {
    self.axes = axes
    self.unitSize = unitSize
    self.record = record
    path = FileManager.default.temporaryDirectory.path + "/ravine-reports-" + UUID().uuidString + ".sqlite"
    let provenance = Provenance(
      runID: "00", name: "fixture", planHash: "00", sweepText: "", sweepFile: "f.yaml", kernel: "1", build: "1",
      host: "h", cpu: "c", createdAt: WallTime(milliseconds: 0))
    let units = stride(from: 0, to: axes.trialCount, by: unitSize).map {
      StoredUnit(first: $0, count: min(unitSize, axes.trialCount - $0), cost: 1)
    }
    store = try RunStore.create(
      at: path, provenance: provenance,
      shape: RunShape(trialCount: axes.trialCount, problemCount: 1, axes: axes.axes, files: [], units: units))
  }

  /// Commits the given units, or all.
  func fill(_ units: [Int]? = nil) throws {
    let count = (axes.trialCount + unitSize - 1) / unitSize
    for unit in units ?? Array(0..<count) {
      let first = unit * unitSize
      let records = (first..<min(axes.trialCount, first + unitSize)).map(record)
      let card = ProblemCard(
        dimension: 4, samples: 10, nullDimension: 1, lambdaMax: 3, lambdaMin: 0.25, stableRank: 1.5, entropyRank: 2,
        lossAtStart: 1, lossAtOptimum: 0)
      let commit = UnitCommit(
        unit: unit, attempt: 1, worker: "w\(unit % 3)", digest: 0,
        columns: RecordColumns.encode(records, firstTrial: UInt64(first)), cards: CardColumns.encode([(0, card)]),
        seconds: Double(unit))
      guard try store.commit([commit], at: WallTime(milliseconds: Int64(unit))) == [.committed] else {
        throw QueryFixtureError()
      }
    }
  }

  struct QueryFixtureError: Error {}

  deinit {
    store.close()
    for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }
}

/// Converged after `steps`, as forecast.
func converged(_ steps: Int, gap: Double = 1e-6, forecast: Int? = nil) -> TrialRecord {
  TrialRecord(
    status: .converged, steps: UInt64(steps), gap: gap, distance: 0.5, gradientNorm: 0.25,
    forecast: Forecast(status: .converged, steps: UInt64(forecast ?? steps)))
}

func ended(_ status: TrialStatus, _ steps: Int, gap: Double = 1) -> TrialRecord {
  TrialRecord(
    status: status, steps: UInt64(steps), gap: gap, distance: 1, gradientNorm: 1,
    forecast: Forecast(status: status, steps: UInt64(steps)))
}

/// As ``ended(_:_:gap:)``, with a forecast that is only an estimate.
func estimated(_ status: TrialStatus, _ steps: Int) -> TrialRecord {
  var record = ended(status, steps)
  record.forecast.kind = .estimate
  return record
}
