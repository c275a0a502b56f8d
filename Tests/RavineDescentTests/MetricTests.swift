import Testing

@testable import RavineDescent

/// Metrics by name, their way through a measurement, and their place in a column frame.
@Suite struct MetricTests {
  @Test func names() {
    for kind in Metric.Kind.allCases {
      let metric = Metric(kind: kind, index: kind.isIndexed ? 3 : 0)
      #expect(Metric(name: metric.name) == metric)
    }
    for bad in ["weight", "weight-0", "weight-x", "unit-split-1", "", "gap-at-", "steps"] {
      #expect(Metric(name: bad) == nil)
    }
  }

  @Test func framesKeepMetrics() throws {
    let records = [TrialRecord(status: .converged, steps: 3), TrialRecord(status: .budget, steps: 9)]
    let table = MetricTable(columns: 3, values: [1, .nan, -0.0, 4, 5, .infinity])
    let bytes = RecordColumns.encode(records, firstTrial: 7, metrics: table)
    let read = try RecordColumns.metrics(bytes)
    #expect(read.columns == 3)
    #expect(read.values.map(\.bitPattern) == table.values.map(\.bitPattern))
    #expect(try RecordColumns.decode(bytes).records.map(\.steps) == [3, 9])
    #expect(throws: ColumnsError.self) { try RecordColumns.decode(bytes.dropLast(8)) }
    #expect(try RecordColumns.metrics(RecordColumns.encode(records, firstTrial: 7)) == .none)
  }

  /// A modal trial and the same one on the one-trial path tell the same weights, errors and curve.
  @Test func modalReplayAgreesWithTraining() throws {
    let problem = RotatedProblem.geometric(5, condition: 30)
    let prepared = PreparedProblem(problem)
    let metrics = ["weight-1", "weight-5", "mode-error-1", "mode-error-5", "gap-at-10", "flops-per-step"].compactMap {
      Metric(name: $0)
    }
    var parameters = TrialParameters()
    parameters.method = .heavyBall
    parameters.momentum = .value(0.4)
    let request = TrialRequest(id: 0, problem: 0, parameters: parameters)
    let measured = try #require(Measurement().measure([request], problems: [prepared], metrics: metrics))
    let outcome = try #require(Training.run(prepared, parameters))
    #expect(outcome.record.steps == measured.records[0].steps)
    let direct = MetricValues(problem: problem, parameters: parameters, outcome: outcome)
    for (metric, value) in zip(metrics, measured.metrics.values) where metric.kind != .flopsPerStep {
      #expect(abs(direct.value(metric) - value) <= 1e-12, "\(metric.name)")
    }
    #expect(measured.metrics.values[5] == 50)
  }

  @Test func metricsOfNets() throws {
    var settings = ProblemSettings(
      data: .generated(
        .equicorrelated(features: 3, correlation: 0.2), samples: .drawn(20), target: .random, noise: 0))
    var net = NetSettings(hidden: [4], activation: .tanh)
    net.teacher = .linear(outputs: 2)
    net.initial = .identical(scale: 1)
    settings.model = .net(net)
    let names = [
      "unit-split", "weight-correlation", "hidden-correlation", "numerical-rank-1", "layer-stable-rank-1",
      "layer-entropy-rank-2", "hessian-max", "hessian-min", "balancedness", "gradient-evaluations", "mode-error-1",
    ]
    var parameters = TrialParameters()
    parameters.steps = 20
    let measured = try #require(
      Measurement().measure(
        [TrialRequest(id: 0, problem: 0, parameters: parameters)],
        problems: [PreparedProblem(try Problem.prepare(settings, tables: [:]))],
        metrics: names.compactMap { Metric(name: $0) }))
    let values = Dictionary(uniqueKeysWithValues: zip(names, measured.metrics.values))
    // Identical units: one direction, one feature, rank one.
    #expect(values["unit-split"] == 0)
    #expect(abs((values["weight-correlation"] ?? 0) - 1) <= 1e-12)
    #expect(abs((values["hidden-correlation"] ?? 0) - 1) <= 1e-12)
    #expect(values["numerical-rank-1"] == 1)
    #expect(abs((values["layer-stable-rank-1"] ?? 0) - 1) <= 1e-12)
    #expect(abs((values["layer-entropy-rank-2"] ?? 0) - 1) <= 1e-12)
    #expect((values["hessian-max"] ?? 0) > 0)
    #expect((values["hessian-min"] ?? 1) <= (values["hessian-max"] ?? 0))
    #expect((values["balancedness"] ?? 0) > 0)
    #expect(values["gradient-evaluations"] == 21)
    #expect(values["mode-error-1"]?.isNaN == true)
  }
}
