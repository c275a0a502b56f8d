import Testing

@testable import RavineDescent

/// What the Hessian at the end of a trial foretells, and the quadrature that it is read from.
@Suite struct LocalModelTests {
  /// Legendre's nodes and weights (Abramowitz, Stegun 25.4.29), on [−1, 1] with total weight 1.
  @Test(arguments: [
    [(0.577350269189626, 0.5)], [(0, 0.444444444444444), (0.774596669241483, 0.277777777777778)],
    [(0.339981043584856, 0.326072577431273), (0.861136311594053, 0.173927422568727)],
    [(0, 0.284444444444444), (0.538469310105683, 0.239314335249683), (0.906179845938664, 0.118463442528095)],
  ])
  func legendre(_ half: [(Double, Double)]) {
    let expected = half.flatMap { $0.0 == 0 ? [$0] : [(-$0.0, $0.1), $0] }.sorted { $0.0 < $1.0 }
    let n = expected.count
    let off = (1..<n).map { Double($0) / (4 * Double($0 * $0) - 1).squareRoot() }
    let found = Tridiagonal.quadrature([Double](repeating: 0, count: n), off)
    #expect(found.count == n)
    for (rule, (node, weight)) in zip(found, expected) {
      #expect(abs(rule.node - node) <= 1e-14 && abs(rule.weight - weight) <= 1e-14)
    }
  }

  @Test func quadratureOfDiagonalsAndOfOne() {
    #expect(Tridiagonal.quadrature([3], []).map(\.node) == [3])
    let split = Tridiagonal.quadrature([2, 1], [0])
    #expect(split.map(\.node) == [1, 2] && split.map(\.weight) == [0, 1])
  }

  /// The parts of a vector along the axes of a diagonal matrix; directions that it does not have do not occur.
  @Test func measureOfADiagonal() throws {
    let lambda = [4.0, 0, 1, 0.25, 9]
    let start = [1.0, 2, 0, 3, 0.5]
    let found = try #require(Lanczos.measure(start, most: 10) { zip(lambda, $0).map { $0 * $1 } })
    let expected = [(0.0, 4.0), (0.25, 9), (4, 1), (9, 0.25)]
    #expect(found.count == expected.count)
    for (item, (node, weight)) in zip(found, expected) {
      #expect(abs(item.node - node) <= 1e-13 && abs(item.weight - weight) <= 1e-12)
    }
  }

  /// On a quadratic the model is the truth: gradient descent from any point, to the step.
  @Test func stepsOnAQuadratic() throws {
    let lambda = [1.0, 0.3, 0.01]
    let error = [2.0, -1, 0.5]
    let step = 1.5
    func gap(_ t: Int) -> Double {
      zip(lambda, error).reduce(0) { sum, item in
        let left = Elementary.pow((1 - step * item.0).magnitude, Double(t)) * item.1
        return sum + item.0 * left * left / 2
      }
    }
    var parameters = TrialParameters()
    parameters.step = .absolute(step)
    let recurrence = Recurrence(parameters, lambdaMin: 1, lambdaMax: 1)
    let model = try #require(
      LocalModel(gradient: zip(lambda, error).map { $0 * $1 }) { zip(lambda, $0).map { $0 * $1 } })
    #expect(abs(try #require(model.rate(recurrence)) - (1 - step * 0.01)) <= 1e-12)
    for target in [1e-1, 1e-3, 1e-6] {
      let steps = try #require(model.steps(recurrence, from: gap(0), to: target * gap(0)))
      #expect(gap(Int(steps)) <= target * gap(0) && gap(Int(steps) - 1) > target * gap(0))
    }
    // Too long a step for the steepest direction, and a minimum that is known to lie lower than any in sight.
    parameters.step = .absolute(2.1)
    let long = Recurrence(parameters, lambdaMin: 1, lambdaMax: 1)
    #expect(model.steps(long, from: gap(0), to: 0.1 * gap(0)) == nil)
    #expect(model.steps(recurrence, from: 10 * gap(0), to: gap(0)) == nil)
  }

  /// Along a flat direction the loss falls by η g² a step, and no further than the next decade; a rate does not exist.
  @Test func flatDirections() throws {
    var parameters = TrialParameters()
    parameters.step = .absolute(0.5)
    let recurrence = Recurrence(parameters, lambdaMin: 1, lambdaMax: 1)
    let model = try #require(LocalModel(gradient: [0, 0.2]) { [$0[0], -3 * $0[1]] })
    #expect(model.rate(recurrence) == nil)
    #expect(model.steps(recurrence, from: 1, to: 0.505) == 25)
    #expect(model.steps(recurrence, from: 1, to: 0.01) == nil)
    #expect(LocalModel(gradient: [0, 0]) { $0 } == nil)
    #expect(LocalModel(gradient: [.nan, 0]) { $0 } == nil)
  }

  /// Logistic regression, broken off early: the steps to come are foretold to a few in a hundred.
  @Test func logisticRegression() throws {
    var settings = ProblemSettings(data: .file(name: "diabetes", targetColumn: nil, header: .detect))
    settings.preprocessing = .standardise
    settings.bias = true
    settings.model = .logistic
    settings.l2 = 0.01
    let problem = PreparedProblem(
      try Problem.prepare(settings, tables: ["diabetes": try ReferenceTables.table("diabetes.csv")]))
    let metric = try #require(Metric(name: "local-steps-to-6"))
    func measured(_ gap: Double, _ method: Method) throws -> (Double, TrialRecord) {
      var parameters = TrialParameters()
      parameters.gap = gap
      parameters.method = method
      parameters.momentum = .value(method == .gradientDescent ? 0 : 0.5)
      let request = TrialRequest(id: 0, problem: 0, parameters: parameters)
      let found = try #require(Measurement().measure([request], problems: [problem], metrics: [metric]))
      return (found.metrics.values[0], found.records[0])
    }
    for method in [Method.gradientDescent, .heavyBall] {
      let (foretold, early) = try measured(1e-3, method)
      let (own, late) = try measured(1e-6, method)
      #expect(own == Double(late.steps) && early.steps < late.steps / 2)
      #expect(abs(foretold / Double(late.steps) - 1) <= 0.1, "\(method): \(foretold) \(late.steps)")
    }
  }
}
