import Foundation
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
    let outcome = try #require(Training.run(prepared, parameters, wanted: WantedSteps([10])))
    #expect(outcome.record.steps == measured.records[0].steps)
    var direct = MetricValues(prepared: prepared, parameters: parameters, outcome: outcome)
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
    #expect(values["gradient-evaluations"] == 20)
    #expect(values["mode-error-1"]?.isNaN == true)
  }

  /// Two inputs of correlation r: along an eigenvector the gradient points to the optimum; from the worst direction,
  /// errors as 1/√λ, the cosine is 2√κ/(1 + κ): 30.00°, 64.16° and 81.89° for r = 0.5, 0.9 and 0.99.
  @Test(arguments: [(0.5, 30.00), (0.9, 64.16), (0.99, 81.89)])
  func gradientCosine(_ r: Double, _ degrees: Double) throws {
    let metric = try #require(Metric(name: "gradient-cosine"))
    func cosine(_ along: Double, _ across: Double) throws -> Double {
      var settings = ProblemSettings(
        data: .generated(.equicorrelated(features: 2, correlation: r), samples: .exact, target: .ones, noise: 0))
      settings.start = .values([1 + along + across, 1 + along - across])
      var parameters = TrialParameters()
      parameters.steps = 0
      let measured = try #require(
        Measurement().measure(
          [TrialRequest(id: 0, problem: 0, parameters: parameters)],
          problems: [PreparedProblem(try Problem.prepare(settings, tables: [:]))], metrics: [metric]))
      return measured.metrics.values[0]
    }
    #expect(abs(try cosine(1, 0) - 1) <= 1e-12)
    #expect(abs(try cosine(0, 1) - 1) <= 1e-12)
    let worst = try cosine(1 / (1 + r).squareRoot(), 1 / (1 - r).squareRoot())
    let kappa = (1 + r) / (1 - r)
    #expect(abs(worst - 2 * kappa.squareRoot() / (1 + kappa)) <= 1e-12)
    #expect(abs(acos(worst) * 180 / .pi - degrees) <= 0.006)
  }

  /// Curves are taken at 1 … 10 and eight times for each power of ten, as the list of their steps says.
  @Test func curveSteps() {
    let steps = CurveSteps.through(100_000)
    #expect(steps.prefix(18) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 18, 24, 32, 42, 56, 75, 100])
    #expect(zip(steps.dropFirst(17), steps.dropFirst(25)).allSatisfy { $1 == 10 * $0 })
    #expect(steps.count == 10 + 7 + 8 * 3 + 1)
    #expect(CurveSteps.through(0).isEmpty)
    #expect(CurveSteps.through(.max).last == 18_000_000_000_000_000_000)
  }

  /// The gap after N steps is where a trial of N steps ends, whatever N is and however rarely the gap is looked at.
  @Test func gapsAtAnyStep() throws {
    let steps: [UInt64] = [1, 10, 11, 23, 137]
    let metrics = steps.map { Metric(kind: .gapAt, index: Int($0)) }
    let data = DataSettings.generated(
      .geometric(features: 6, condition: 50), samples: .drawn(40), target: .random, noise: 0.3)
    let problem = PreparedProblem(try Problem.prepare(ProblemSettings(data: data), tables: [:]))
    for (method, batch) in [
      (Method.gradientDescent, 0), (.heavyBall, 0), (.adam, 0), (.adam, 7), (.gradientDescent, 7), (.lbfgs, 0),
    ] {
      var parameters = TrialParameters()
      parameters.method = method
      parameters.momentum = .value(method == .gradientDescent ? 0 : 0.9)
      parameters.step = .absolute(0.02)
      parameters.gap = 1e-300
      parameters.steps = 200
      parameters.batch.size = UInt32(batch)
      func record(_ parameters: TrialParameters) throws -> (TrialRecord, [Double]) {
        let request = TrialRequest(id: 0, problem: 0, parameters: parameters)
        let measured = try #require(Measurement().measure([request], problems: [problem], metrics: metrics))
        return (measured.records[0], measured.metrics.values)
      }
      let (long, gaps) = try record(parameters)
      for (step, gap) in zip(steps, gaps) where step < long.steps {
        parameters.steps = step
        let end = try record(parameters).0.gap
        #expect(abs(gap - end) <= 1e-12 * end, "\(method) \(batch) \(step)")
      }
    }
  }

  /// What each rung cost: a gradient a step, and the first gap costs one more where it comes from a gradient.
  @Test func costsOfRungs() throws {
    let names = ["gradient-evaluations-to-1", "gradient-evaluations-to-4", "flops-to-4", "gradient-evaluations-to-9"]
    let metrics = names.compactMap { Metric(name: $0) }
    #expect(metrics.count == 4 && Metric(name: "flops-to-13") == nil && Metric(name: "flops-to-0") == nil)
    let problem = PreparedProblem(RotatedProblem.geometric(5, condition: 30))
    for method in [Method.gradientDescent, .adam, .exactLineSearch, .nesterov] {
      var parameters = TrialParameters()
      parameters.method = method
      parameters.momentum = .value(0.3)
      if method == .adam { parameters.step = .absolute(0.05) }
      let request = TrialRequest(id: 0, problem: 0, parameters: parameters)
      let measured = try #require(Measurement().measure([request], problems: [problem], metrics: metrics))
      let hits = measured.records[0].hits
      #expect(measured.metrics.values[0] == Double(hits[0]))
      #expect(measured.metrics.values[1] == Double(hits[3]))
      // A line search takes one more product with H.
      let products = Double(hits[3]) * (method == .exactLineSearch ? 2 : 1)
      #expect(measured.metrics.values[2] == 50 * products)
      #expect(measured.metrics.values[3].isNaN)
    }
  }

  /// The Hessian at the end foretells the rate: exactly for a quadratic, 1 − η λ_min(H*) for logistic regression.
  @Test func localRates() throws {
    let metrics = ["local-rate", "theoretical-rate", "asymptotic-rate"].compactMap { Metric(name: $0) }
    var parameters = TrialParameters()
    let quadratic = PreparedProblem(RotatedProblem.geometric(5, condition: 30))
    let exact = try #require(
      Measurement().measure(
        [TrialRequest(id: 0, problem: 0, parameters: parameters)], problems: [quadratic], metrics: metrics))
    #expect(abs(exact.metrics.values[0] - exact.metrics.values[1]) <= 1e-15)
    let problem = try ClassificationTests.problem("diabetes.csv", .logistic, l2: 0.01)
    parameters.gap = 1e-10
    let logistic = try #require(
      Measurement().measure(
        [TrialRequest(id: 0, problem: 0, parameters: parameters)], problems: [PreparedProblem(problem)],
        metrics: metrics))
    let net = try #require(problem.net)
    let rate =
      1 - NetCurvature(net.reference, at: net.optimum).effectiveExtremes().smallest / net.startCurvature.largest
    #expect(abs(logistic.metrics.values[0] - rate) <= 1e-6)
    #expect(logistic.metrics.values[1].isNaN)
    #expect(abs(logistic.metrics.values[2] - rate) <= 2e-3)
  }
}
