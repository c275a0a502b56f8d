import Testing

@testable import RavineDescent

/// Rates by theory against closed forms and against eigenvalues of the iteration matrices from LAPACK (NumPy).
@Suite struct TheoreticalRateTests {
  private static func rate(
    _ generator: Generator, _ method: Method, _ change: (inout TrialParameters) -> Void = { _ in }
  ) throws -> Double? {
    var parameters = TrialParameters()
    parameters.method = method
    change(&parameters)
    let settings = ProblemSettings(data: .generated(generator, samples: .exact, target: .ramp, noise: 0))
    return PreparedProblem(try Problem.prepare(settings, tables: [:])).theoreticalRate(parameters)
  }

  @Test(arguments: [
    (Generator.equicorrelated(features: 2, correlation: 0.9), 0.81),
    (.equicorrelated(features: 5, correlation: 0.5), 0.5437472069930048),
    (.equicorrelated(features: 10, correlation: 0.9), 0.9778371187416887),
    (.equicorrelated(features: 100, correlation: 0.9), 0.9997572835555096),
    (.hilbert(features: 4), 0.9990297924183565),
    // Two copies: the first coordinate goes all the way.
    (.duplicated(features: 1, copies: 2), 0),
  ])
  func coordinateDescent(_ generator: Generator, _ radius: Double) throws {
    let found = try #require(try Self.rate(generator, .coordinateDescent))
    #expect(abs(found - radius) <= 1e-10, "\(found)")
  }

  /// For AR(1) it is r², an eigenvalue without enough eigenvectors.
  @Test func coordinateDescentWhereTheRadiusIsDefective() throws {
    let found = try #require(try Self.rate(.autoregressive(features: 7, correlation: 0.8), .coordinateDescent))
    #expect(abs(found - 0.64) <= 1e-3, "\(found)")
  }

  @Test func preconditioned() throws {
    let radius = try Self.rate(.equicorrelated(features: 10, correlation: 0.9), .simultaneousCoordinates)
    #expect(close(try #require(radius), 8.1, 1e-12))
    let hilbert = Generator.hilbert(features: 4)
    #expect(close(try #require(try Self.rate(hilbert, .simultaneousCoordinates)), 2.582091189277926, 1e-12))
    let half = try Self.rate(hilbert, .diagonalNewton) { $0.step = .absolute(0.5) }
    #expect(close(try #require(half), 0.9997584676427622, 1e-12))
    #expect(try Self.rate(hilbert, .newton) { $0.step = .absolute(0.75) } == 0.25)
  }

  /// Nesterov's two conventions are one iteration; at 1/L and its momentum the rate is 1 − 1/√κ.
  @Test func recurrences() throws {
    let quadratic = Generator.geometric(features: 6, condition: 100)
    for method in [Method.nesterov, .nesterovLookahead] {
      let found = try #require(try Self.rate(quadratic, method) { $0.momentum = .value(9.0 / 11) })
      #expect(abs(found - 0.9) <= 1e-7, "\(found)")
    }
    #expect(close(try #require(try Self.rate(quadratic, .gradientDescent)), 0.99, 1e-12))
  }

  @Test func noneWhereTheMapChanges() throws {
    let quadratic = Generator.geometric(features: 6, condition: 100)
    for method in [Method.adam, .conjugateGradient, .exactLineSearch, .lbfgs, .backtracking] {
      #expect(try Self.rate(quadratic, method) == nil)
    }
    #expect(try Self.rate(quadratic, .gradientDescent) { $0.schedule.kind = .cosine } == nil)
    #expect(try Self.rate(quadratic, .gradientDescent) { $0.batch.size = 4 } == nil)
  }

  /// One mode shrinks by 1 − η λ a step, so the rate is that however few steps lie between two rungs.
  @Test(arguments: [0.9, 0.5, 0.99]) func asymptoticRateOfOneMode(_ step: Double) throws {
    let settings = ProblemSettings(
      data: .generated(.spectrum(eigenvalues: [1]), samples: .exact, target: .ones, noise: 0))
    let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    let metric = try #require(Metric(name: "asymptotic-rate"))
    for engine in [Engine.auto, .direct] {
      var parameters = TrialParameters()
      parameters.step = .absolute(step)
      parameters.engine = engine
      let request = TrialRequest(id: 0, problem: 0, parameters: parameters)
      let measured = try #require(Measurement().measure([request], problems: [problem], metrics: [metric]))
      #expect(abs(measured.metrics.values[0] - (1 - step)) <= 1e-12)
    }
  }
}
