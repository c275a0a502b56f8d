import Foundation
import Testing

@testable import RavineDescent

/// Entries of Tests/Expected/expected_generators.json that need whole trials: duplicated inputs and the correlation of
/// the weights.
@Suite struct ClosedFormTests {
  struct Tables: Decodable {
    struct Duplicates: Decodable {
      var target_sum: Double
      var start: [Double]
      var eta: Double
      var steps: UInt64
      var sum_after: Double
      var difference_conserved: Double
      var limit: [Double]
      var eta_max: Double
    }
    struct WeightCorrelation: Decodable {
      var rho: Double
      var corr_after_steps: [String: Double]
      var corr_at_optimum: Double
      var sign_change_step: Double
      var first_negative_step: UInt64
    }
    var duplicates: [Duplicates]
    var weight_correlation: [WeightCorrelation]
  }

  private static func tables() throws -> Tables {
    try ReferenceTables.decode(Tables.self, "expected_generators.json")
  }

  /// The weights and record of one trial on the path that `engine` names.
  static func weights(
    _ settings: ProblemSettings, engine: Engine = .auto, _ change: (inout TrialParameters) -> Void
  ) throws -> (weights: [Double], record: TrialRecord) {
    var parameters = TrialParameters()
    parameters.gap = 1e-99
    parameters.engine = engine
    change(&parameters)
    let problem = try Problem.prepare(settings, tables: [:])
    let metrics = (1...problem.linear.count).map { Metric(kind: .weight, index: $0) }
    let measured = try #require(
      Measurement().measure(
        [TrialRequest(id: 0, problem: 0, parameters: parameters)], problems: [PreparedProblem(problem)],
        metrics: metrics))
    return (measured.metrics.values, measured.records[0])
  }

  /// x₁ = x₂: w₁ − w₂ stays, w₁ + w₂ goes to 1 by 1 − 2η a step, and up to η = 1 it gets there.
  @Test func duplicates() throws {
    let table = try Self.tables().duplicates
    #expect(!table.isEmpty)
    for row in table {
      var settings = ProblemSettings(
        data: .generated(.duplicated(features: 1, copies: 2), samples: .exact, target: .first, noise: 0))
      settings.start = .values(row.start)
      let after = try Self.weights(settings) {
        $0.step = .absolute(row.eta)
        $0.steps = row.steps
      }.weights
      #expect(abs(after[0] + after[1] - row.sum_after) <= 1e-12)
      #expect(abs(after[0] - after[1] - row.difference_conserved) <= 2e-15)
      let end = try Self.weights(settings) {
        $0.step = .absolute(row.eta)
        $0.gap = 1e-24
      }
      #expect(end.record.status == .converged)
      for (weight, limit) in zip(end.weights, row.limit) { #expect(abs(weight - limit) <= 1e-9) }
      #expect(abs(row.target_sum - 1) <= 1e-15)
      for (share, status) in [(0.999, TrialStatus.converged), (1.001, .diverged)] {
        let record = try Self.weights(settings) {
          $0.step = .absolute(share * row.eta_max)
          $0.gap = 1e-6
        }.record
        #expect(record.status == status)
      }
    }
  }

  /// Descent from 0 is linear in the targets, so the covariance of the weights over white noise is the sum over its
  /// unit vectors: no draws are needed for the correlation of the weights after t steps.
  @Test func correlationOfTheWeights() throws {
    let table = try Self.tables().weight_correlation
    #expect(table.count == 3)
    for row in table {
      let signs: [(Double, Double)] = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
      let inputs = signs.map { [$0.0, row.rho * $0.0 + (1 - row.rho * row.rho).squareRoot() * $0.1] }
      func correlation(_ steps: UInt64) throws -> Double {
        var moments = (0.0, 0.0, 0.0)
        for unit in 0..<4 {
          let targets = (0..<4).map { $0 == unit ? 1.0 : 0 }
          let w = try Self.weights(ProblemSettings(data: .rows(inputs: inputs, targets: targets))) {
            $0.step = .absolute(1 / (1 + row.rho))
            $0.steps = steps
          }.weights
          moments = (moments.0 + w[0] * w[0], moments.1 + w[1] * w[1], moments.2 + w[0] * w[1])
        }
        return moments.2 / (moments.0 * moments.1).squareRoot()
      }
      for (steps, expected) in row.corr_after_steps {
        #expect(abs(try correlation(try #require(UInt64(steps))) - expected) <= 1e-10, "\(row.rho) \(steps)")
      }
      #expect(abs(try correlation(200_000) - row.corr_at_optimum) <= 1e-9)
      #expect(try correlation(row.first_negative_step) < 0)
      #expect(try correlation(row.first_negative_step - 1) >= 0)
      #expect(UInt64(row.sign_change_step.rounded(.up)) == row.first_negative_step)
    }
  }
}
