import Testing

@testable import RavineDescent

/// Steps along the gradient whose length is found or fixed, against closed forms.
@Suite struct LineSearchTests {
  private static func outcome(
    _ eigenvalues: [Double], _ method: Method, step: Double, gap: Double, steps: UInt64 = 1000,
    _ change: (inout TrialParameters) -> Void = { _ in }
  ) throws -> TrialOutcome {
    let settings = ProblemSettings(
      data: .generated(.spectrum(eigenvalues: eigenvalues), samples: .exact, target: .ones, noise: 0))
    var parameters = TrialParameters()
    parameters.method = method
    parameters.step = .absolute(step)
    parameters.gap = gap
    parameters.steps = steps
    change(&parameters)
    return try #require(Training.run(PreparedProblem(try Problem.prepare(settings, tables: [:])), parameters))
  }

  /// In one dimension the error falls by η a step, whatever the curvature.
  @Test func normalisedStepsAreOfOneLength() throws {
    for curvature in [1e-3, 1, 1e6] {
      let found = try Self.outcome([curvature], .normalisedGradientDescent, step: 0.1, gap: 0.3)
      // (1 − 0.1 t)² ≤ 0.3 from t = 5 on.
      #expect(found.record.status == .converged && found.record.steps == 5)
      #expect(close(found.weights[0], 0.5, 1e-14))
    }
    // At the end it steps to and fro across the minimum, η/2 from it at best.
    let stuck = try Self.outcome([1], .normalisedGradientDescent, step: 0.3, gap: 1e-6)
    #expect(stuck.record.status == .budget && stuck.record.steps == 1000)
    #expect(abs(stuck.record.distance - 0.1) <= 1e-12 || abs(stuck.record.distance - 0.2) <= 1e-12)
    let shrinking = try Self.outcome([1, 0.1], .normalisedGradientDescent, step: 0.5, gap: 1e-4, steps: 100_000) {
      $0.schedule.kind = .inverseTime
      $0.schedule.period = 10
    }
    #expect(shrinking.record.status == .converged)
  }

  /// f(w − s g) ≤ f(w) − c s |g|² on curvature λ: s ≤ 2 (1 − c)/λ. From 4 by halves: with c = ¼ the third step, 1,
  /// which lands on the minimum; with c = 0.6 the fourth, ½, which halves the error.
  @Test func backtrackingTakesTheFirstStepThatLowersEnough() throws {
    let landing = try Self.outcome([1], .backtracking, step: 4, gap: 1e-6) { $0.sufficientDecrease = 0.25 }
    #expect(landing.record.status == .converged && landing.record.steps == 1)
    #expect(landing.gradients == 3)
    let halving = try Self.outcome([1], .backtracking, step: 4, gap: 1e-6) { $0.sufficientDecrease = 0.6 }
    #expect(halving.record.status == .converged && halving.record.steps == 10)
    #expect(halving.gradients == 4 * 10)
    #expect(close(halving.record.gap, Elementary.pow(0.25, 10), 1e-12))
    // By thirds from 3 the second, 1, is the first below 1.5.
    let thirds = try Self.outcome([1], .backtracking, step: 3, gap: 1e-6) {
      $0.sufficientDecrease = 0.25
      $0.shrink = 1.0 / 3
    }
    #expect(thirds.record.steps == 1 && thirds.gradients == 2)
  }

  /// Steps that overflow are too long; where none is short enough to gain anything, the trial rests. From 0 even the
  /// least step goes down, if not far.
  @Test func backtrackingAtTheLimits() throws {
    let huge = try Self.outcome([1, 0.5], .backtracking, step: 1e308, gap: 1e-10, steps: 5000)
    #expect(huge.record.status == .converged)
    let tiny = try Self.outcome([1, 0.5], .backtracking, step: 1e-300, gap: 1e-10)
    #expect(tiny.record.status == .budget && tiny.record.steps == 1000)
    let rest = try Self.outcome([1, 0.1], .backtracking, step: 1, gap: 1e-200, steps: 100_000)
    #expect(rest.record.status == .floor || rest.record.status == .converged)
  }

  /// Multiplications and additions of products: a gradient 2 d², a line search on a quadratic 2 d² more, a solution
  /// d³/3 + 2 d², a sweep 2 d².
  @Test(arguments: [
    (Method.conjugateGradient, 128.0), (.newton, 64 + 64.0 / 3), (.coordinateDescent, 64),
    (.simultaneousCoordinates, 32),
  ])
  func costs(_ method: Method, _ expected: Double) throws {
    let found = try Self.outcome([1, 1, 0.5, 0.5], method, step: 1, gap: 1e-6)
    #expect(found.record.status == .converged)
    #expect(close(found.flops, expected, 1e-14), "\(found.flops)")
  }
}
