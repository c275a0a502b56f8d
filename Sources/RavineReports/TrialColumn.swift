import RavineDescent
import RavineStore

/// One value of a table.
package enum Cell: Hashable, Sendable {
  case integer(Int)
  case number(Double)
  case text(String)
  /// Nothing to say: a conditional axis that the trial does not have, a rung that was not reached.
  case missing

  /// As a number where it is one.
  package var numeric: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .text, .missing: nil
    }
  }

  init(_ cell: AxisCell) {
    switch cell {
    case .number(let value): self = .number(value)
    case .text(let text): self = .text(text)
    case .absent: self = .missing
    }
  }

  init(_ value: Int?) { self = value.map { .integer($0) } ?? .missing }
  init(_ value: Double?) { self = value.map { .number($0) } ?? .missing }
}

/// Everything that is known of one trial.
package struct TrialRow {
  package var trial: Int
  package var axes: [AxisCell]
  package var record: TrialRecord
  package var card: ProblemCard?
  /// What a step took in this run, on average over the trials of its unit.
  package var secondsPerStep: Double

  package init(trial: Int, axes: [AxisCell], record: TrialRecord, card: ProblemCard?, secondsPerStep: Double) {
    self.trial = trial
    self.axes = axes
    self.record = record
    self.card = card
    self.secondsPerStep = secondsPerStep
  }
}

/// A column of the results, one value for each trial.
package enum TrialColumn: Hashable, Sendable {
  case trial
  /// Position among the run's axes.
  case axis(Int)
  case status, steps, gap, distance, gradientNorm
  case forecastKind, forecastStatus, forecastSteps, forecastDifference, crossCheck
  case condition, lambdaMax, lambdaMin, nullDimension, stableRank, entropyRank
  /// f(w) at the end: f* + gap (f(w₀) − f*).
  case loss
  /// Rung of the ladder, from 0.
  case hit(Int)
  case rateMeasured
  /// Steps where the trial converged, infinite where it ended otherwise: so that a median over replicates stays right
  /// when some never arrive. Not part of the export.
  case convergenceSteps
  /// Seconds of computing up to the end, and up to a rung of the ladder, from 0: the seconds of a unit shared out by
  /// steps. They belong to this run on its machines, so they are not part of the export.
  case seconds
  case secondsTo(Int)

  /// The columns of an export between the axes and the end, in their order.
  package static let measurements: [TrialColumn] =
    [
      .status, .steps, .gap, .distance, .gradientNorm, .forecastKind, .forecastStatus, .forecastSteps,
      .forecastDifference, .crossCheck, .condition, .lambdaMax, .lambdaMin, .nullDimension, .stableRank, .entropyRank,
      .loss,
    ] + Ladder.rungs.indices.map { .hit($0) } + [.rateMeasured]

  /// What can be asked for besides.
  package static let derived: [TrialColumn] =
    [.convergenceSteps, .seconds] + Ladder.rungs.indices.map { .secondsTo($0) }

  package func name(_ axes: [StoredAxis]) -> String {
    switch self {
    case .trial: "trial"
    case .axis(let index): axes[index].path
    case .status: "status"
    case .steps: "steps"
    case .gap: "gap"
    case .distance: "distance"
    case .gradientNorm: "gradient_norm"
    case .forecastKind: "forecast_kind"
    case .forecastStatus: "forecast_status"
    case .forecastSteps: "forecast_steps"
    case .forecastDifference: "forecast_difference"
    case .crossCheck: "cross_check"
    case .condition: "condition"
    case .lambdaMax: "lambda_max"
    case .lambdaMin: "lambda_min"
    case .nullDimension: "null_dimension"
    case .stableRank: "stable_rank"
    case .entropyRank: "entropy_rank"
    case .loss: "loss"
    case .hit(let rung): "hit_1e-\(rung + 1)"
    case .rateMeasured: "rate_measured"
    case .convergenceSteps: "convergence_steps"
    case .seconds: "seconds"
    case .secondsTo(let rung): "seconds_1e-\(rung + 1)"
    }
  }

  package func isText(_ axes: [StoredAxis]) -> Bool {
    switch self {
    case .axis(let index): axes[index].kind == .text
    case .status, .forecastKind, .forecastStatus, .crossCheck: true
    default: false
    }
  }

  package func cell(_ row: TrialRow) -> Cell {
    let record = row.record
    switch self {
    case .trial: return .integer(row.trial)
    case .axis(let index): return Cell(row.axes[index])
    case .status: return .text(record.status.word)
    case .steps: return .integer(Int(clamping: record.steps))
    case .gap: return .number(record.gap)
    case .distance: return .number(record.distance)
    case .gradientNorm: return .number(record.gradientNorm)
    case .forecastKind: return .text(record.forecast.kind.word)
    case .forecastStatus: return record.hasForecast ? .text(record.forecast.status.word) : .missing
    case .forecastSteps: return record.hasForecast ? .integer(Int(clamping: record.forecast.steps)) : .missing
    case .forecastDifference: return Cell(record.forecastDifference)
    case .crossCheck: return .text(record.crossCheck.word)
    case .condition: return Cell(row.card?.condition)
    case .lambdaMax: return Cell(row.card?.lambdaMax)
    case .lambdaMin: return Cell(row.card?.lambdaMin)
    case .nullDimension: return Cell(row.card.map { Int($0.nullDimension) })
    case .stableRank: return Cell(row.card?.stableRank)
    case .entropyRank: return Cell(row.card?.entropyRank)
    case .loss: return Cell(row.card.map { $0.lossAtOptimum + record.gap * ($0.lossAtStart - $0.lossAtOptimum) })
    case .hit(let rung): return Cell(record.hits.step(ofRung: rung).map { Int(clamping: $0) })
    case .rateMeasured: return Cell(record.measuredRate)
    case .convergenceSteps: return convergenceSteps(record)
    case .seconds: return seconds(row, record.steps)
    case .secondsTo(let rung): return seconds(row, record.hits.step(ofRung: rung))
    }
  }

  private func seconds(_ row: TrialRow, _ steps: UInt64?) -> Cell {
    Cell(steps.map { row.secondsPerStep * Double($0) }.flatMap { $0.isNaN ? nil : $0 })
  }

  private func convergenceSteps(_ record: TrialRecord) -> Cell {
    switch record.status {
    case .converged: .integer(Int(clamping: record.steps))
    case .budget, .diverged, .floor: .number(.infinity)
    case .failed, .cancelled: .missing
    }
  }
}

extension RunStore {
  /// Hands over everything of every trial, in trial order, in the memory of one unit.
  package func forEachTrial(axes: some TrialAxes, _ body: (TrialRow) throws -> Void) throws {
    try forEachUnit(axes: axes) { unit in
      let pace = unit.secondsPerStep
      for (offset, record) in unit.records.enumerated() {
        let trial = unit.first + offset
        let card = unit.cards[axes.problem(of: trial)]
        try body(
          TrialRow(
            trial: trial, axes: axes.values(of: trial) + unit.metricCells(offset), record: record, card: card,
            secondsPerStep: pace))
      }
    }
  }
}
