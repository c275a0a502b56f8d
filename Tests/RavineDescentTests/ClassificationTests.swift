import RavineLanes
import Testing

@testable import RavineDescent

/// Logistic and softmax regression against Tests/Expected/expected_classification.json.
@Suite struct ClassificationTests {
  struct Case: Decodable {
    struct Curvature: Decodable {
      var lambda_max: Double
      var lambda_min_nonzero: Double
    }
    var l2: Double
    var loss_at_zero: Double
    var loss_optimum: Double
    var hessian_at_optimum: Curvature
    var gd_eta: Double
    var gd_iters_measured: [String: UInt64]
    var w_optimum: [Double]?
    var w_norm_without_bias: Double
  }

  static func problem(_ file: String, _ model: Model, l2: Double) throws -> Problem {
    var settings = ProblemSettings(data: .file(name: file, targetColumn: nil, header: .detect))
    settings.model = model
    settings.l2 = l2
    settings.preprocessing = .standardise
    settings.bias = true
    return try Problem.prepare(settings, tables: [file: ReferenceTables.table(file)])
  }

  @Test(arguments: [
    ("diabetes_logistic_l2_0.01", "diabetes.csv", Model.logistic),
    ("digits500_softmax_l2_0.01", "digits500.csv", .softmax(classes: 10)),
  ])
  func optimumAndSteps(_ name: String, _ file: String, _ model: Model) throws {
    let table = try ReferenceTables.decode([String: Case].self, "expected_classification.json")
    let expected = try #require(table[name])
    let problem = try Self.problem(file, model, l2: expected.l2)
    let net = try #require(problem.net)
    #expect(abs(net.lossAtStart - expected.loss_at_zero) <= 1e-14)
    #expect(abs(net.floor - expected.loss_optimum) <= 1e-14)
    let layer = net.shape.layers[0]
    let weights = net.optimum.prefix(layer.inputs * layer.outputs)
    let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - expected.w_norm_without_bias) <= 1e-10)
    for (a, b) in zip(net.optimum, expected.w_optimum ?? []) { #expect(abs(a - b) <= 1e-10) }
    var parameters = TrialParameters()
    parameters.step = .absolute(expected.gd_eta)
    let prepared = PreparedProblem(problem)
    let outcome = try #require(Training.run(prepared, parameters))
    let steps = try #require(expected.gd_iters_measured["gap_1e-6"])
    #expect(outcome.record.status == .converged)
    #expect(abs(Double(outcome.record.steps) - Double(steps)) <= 1)
    let loose = try #require(expected.gd_iters_measured["gap_1e-3"])
    #expect(abs(Double(outcome.record.hits.step(ofRung: 2) ?? 0) - Double(loose)) <= 1)
    let estimate = prepared.forecastEnd(parameters)
    // From the Hessian at the minimum, so exact only near it.
    #expect(estimate.kind == .estimate)
    #expect(close(Double(estimate.steps), Double(outcome.record.steps), 0.5), "\(estimate) \(outcome.record.steps)")
    // All biases of a softmax together change nothing: that direction is left out.
    let found = NetCurvature(net.reference, at: net.optimum).effectiveExtremes()
    #expect(close(found.largest, expected.hessian_at_optimum.lambda_max, 1e-8))
    #expect(abs(found.smallest - expected.hessian_at_optimum.lambda_min_nonzero) <= 1e-9 * found.largest)
  }

  /// Near the minimum the error shrinks by 1 − η λ_min a step: the measured factor tends to it from below.
  @Test func theRateNearTheMinimum() throws {
    let table = try ReferenceTables.decode([String: Case].self, "expected_classification.json")
    let expected = try #require(table["diabetes_logistic_l2_0.01"])
    let net = try #require(try Self.problem("diabetes.csv", .logistic, l2: 0.01).net)
    let reference = net.reference
    var w = net.start
    let factor = 1 - expected.gd_eta * expected.hessian_at_optimum.lambda_min_nonzero
    for _ in 1...1200 { w = Vectors.add(w, -expected.gd_eta, reference.evaluate(w).gradient) }
    let e0 = Vectors.add(w, -1, net.optimum)
    let next = Vectors.add(w, -expected.gd_eta, reference.evaluate(w).gradient)
    let e1 = Vectors.add(next, -1, net.optimum)
    let ratio = (Vectors.dot(e1, e1) / Vectors.dot(e0, e0)).squareRoot()
    #expect(abs(ratio - factor) <= 5e-4)
    #expect(ratio <= factor + 1e-9)
  }
}
