import RavineDescent
import Testing

/// The forecast against closed forms and at the edges.
@Suite struct ForecastClosedFormTests {
  private typealias Fixtures = ForecastFixtures

  #if arch(x86_64)
    /// ln(1 − x) to 64 bits, for small x.
    private func logOfOneMinus(_ x: Float80) -> Float80 {
      var sum: Float80 = 0
      var power = x
      var n: Float80 = 1
      while (power / n).magnitude > sum.magnitude * 0x1p-70 || n == 1 {
        sum += power / n
        power *= x
        n += 1
      }
      return -sum
    }

    /// ln 10 to 64 bits.
    private let lnTen: Float80 = 2.302585092994045684017991454684364208

    /// One mode with p = 1 − x: gap = p^(2t), so rung r is first hit at ceil((r + 1) ln 10 / (−2 ln p)).
    @Test(arguments: [0x1p-10, 0x1p-20, 0x1.8p-30, 0x1.cp-39, 0x1.4p-45])
    func longDescents(x: Double) throws {
      let problem = Fixtures.quadratic([1], [1])
      let trial = Fixtures.trial(.gradientDescent, .absolute(x), gap: 1e-12, steps: .max)
      let forecast = problem.forecast(trial)
      let rate = -2 * logOfOneMinus(Float80(x))
      for rung in 0..<12 {
        #expect(forecast.hits.step(ofRung: rung) == UInt64((Float80(rung + 1) * lnTen / rate).rounded(.up)))
      }
      #expect(forecast.end == Forecast(status: .converged, steps: forecast.hits[11]))
      #expect(forecast.exact)
    }

    /// One overdamped mode: gap = (A aᵗ − B bᵗ)², a > b the roots, and bᵗ is gone when it ends.
    @Test(arguments: [0x1p-12, 0x1p-20, 0x1p-30, 0x1p-40])
    func longOverdampedDescents(x: Double) throws {
      let problem = Fixtures.quadratic([1], [1])
      let trial = Fixtures.trial(.heavyBall, .absolute(x), .value(0.5), gap: 1e-9, steps: .max)
      let forecast = problem.forecast(trial)
      let (p, q) = Recurrence(trial, lambdaMin: 1, lambdaMax: 1).coefficients(1)
      let root = (Float80(p) * Float80(p) / 4 - Float80(q)).squareRoot()
      let small = Float80(p) / 2 - root
      // (1 − a)(1 − b) = 1 − p + q, without the cancellation of 1 − a.
      let rest = (1 - Float80(p) + Float80(q)) / (1 - small)
      let part = (1 - rest) * (1 - small) / (2 * root)
      for rung in 0..<9 {
        let logarithm = Float80(rung + 1) * lnTen + 2 * logOfOneMinus(1 - part)
        let expected = (logarithm / (-2 * logOfOneMinus(rest))).rounded(.up)
        #expect(forecast.hits.step(ofRung: rung) == UInt64(expected))
      }
      #expect(forecast.end == Forecast(status: .converged, steps: forecast.hits[8]))
      #expect(forecast.exact)
    }
  #endif

  /// p = 1/2: gap = 4⁻ᵗ exactly, also at a threshold that it meets exactly.
  @Test func exactTies() {
    let problem = Fixtures.quadratic([1], [3])
    for t in 1...100 {
      let tie = Double(sign: .plus, exponent: -2 * t, significand: 1)
      for (gap, steps) in [(tie, t), (tie.nextDown, t + 1), (tie.nextUp, t)] where gap < 1 {
        let trial = Fixtures.trial(.gradientDescent, .absolute(0.5), gap: gap)
        #expect(problem.forecastEnd(trial) == Forecast(status: .converged, steps: UInt64(steps)))
        let momentum = Fixtures.trial(.nesterov, .absolute(0.5), .value(0), gap: gap)
        #expect(problem.forecastEnd(momentum) == Forecast(status: .converged, steps: UInt64(steps)))
      }
    }
  }

  /// Whitened: the optimum in one step, every rung with it.
  @Test(arguments: Method.allCases.filter(\.hasRecurrence))
  func oneStep(method: Method) {
    let problem = Fixtures.quadratic([2, 2, 2], [1, -2, 3])
    let forecast = problem.forecast(Fixtures.trial(method, .optimal, .optimal, gap: 0.05))
    #expect(forecast.end == Forecast(status: .converged, steps: 1))
    #expect(forecast.hits.count == 12 && forecast.hits[11] == 1)
  }

  /// Hits below the stop rule's gap are listed only where the end step itself reaches them.
  @Test func hitsStopAtTheEnd() {
    let problem = Fixtures.quadratic([1], [1])
    let forecast = problem.forecast(Fixtures.trial(.gradientDescent, .absolute(0.99), gap: 0.5))
    // gap(1) = 1e-4 to rounding of 1 − 0.99.
    #expect(forecast.end == Forecast(status: .converged, steps: 1))
    #expect(forecast.hits.count == (1 - 0.99 <= 0.01 ? 4 : 3))
    let slow = problem.forecast(Fixtures.trial(.gradientDescent, .absolute(0.5), gap: 1e-3))
    #expect(slow.hits.count == 3 && slow.hits[2] == 5 && slow.end.steps == 5)
  }

  /// A strong mode falls below the tolerance before a growing one is felt: the trial has converged; with a smaller
  /// tolerance it diverges; with a small budget it does neither.
  @Test func convergesBeforeItDiverges() {
    let problem = Fixtures.quadratic([1, 2.5], [1, 1e-6])
    var trial = Fixtures.trial(.gradientDescent, .absolute(1), gap: 1e-6)
    #expect(problem.forecastEnd(trial) == Forecast(status: .converged, steps: 1))
    trial.gap = 1e-13
    // gap(t) = 2.5e-12 · 1.5^(2t): above 1e30 from ln(4e41)/(2 ln 1.5) = 118.02 on.
    let forecast = problem.forecast(trial)
    #expect(forecast.end == Forecast(status: .diverged, steps: 119))
    #expect(forecast.hits.count == 11 && forecast.hits[10] == 1)
    trial.steps = 118
    #expect(problem.forecastEnd(trial) == Forecast(status: .budget, steps: 118))
  }

  @Test func edges() {
    let problem = Fixtures.quadratic([1, 0.1], [1, 1])
    var trial = Fixtures.trial(.gradientDescent, .overL(1))
    trial.steps = 0
    let nothing = LadderForecast(end: Forecast(status: .budget, steps: 0), hits: Hits())
    #expect(problem.forecast(trial) == nothing)
    trial.steps = 1
    #expect(problem.forecastEnd(trial) == Forecast(status: .budget, steps: 1))
    let optimal = Fixtures.quadratic([1, 0.1], [0, 0]).forecast(trial)
    #expect(optimal.end == Forecast(status: .converged, steps: 0))
    #expect(optimal.hits.count == 12 && optimal.hits[0] == 0)
    trial.step = .absolute(.nan)
    #expect(problem.forecastEnd(trial) == Forecast(status: .diverged, steps: 1))
    trial.step = .absolute(.infinity)
    #expect(problem.forecastEnd(trial) == Forecast(status: .diverged, steps: 1))
    trial.step = .absolute(1e300)
    #expect(problem.forecastEnd(trial) == Forecast(status: .diverged, steps: 1))
  }

  /// A step too small to change anything: p rounds to 1 and the budget is used up, however large.
  @Test(arguments: Method.allCases.filter(\.hasRecurrence))
  func standsStill(method: Method) {
    let problem = Fixtures.quadratic([1, 0.1], [1, 1])
    let trial = Fixtures.trial(method, .absolute(1e-20), .value(0.5), steps: .max)
    #expect(problem.forecast(trial).end == Forecast(status: .budget, steps: .max))
  }

  /// A growing mode too small to square without underflow still shows in time.
  @Test func tinyGrowingMode() {
    let problem = Fixtures.quadratic([0.25, 4], [1, 1e-170])
    // u(t) = 4e-170 · 3ᵗ > 1e15 from t = ln(1e185/4)/ln 3 = 386.5 on.
    let plain = problem.forecastEnd(Fixtures.trial(.gradientDescent, .absolute(1), gap: 1e-280))
    #expect(plain == Forecast(status: .diverged, steps: 387))
    // Nesterov, m = 1/8, iterated with 60 digits.
    let momentum = problem.forecastEnd(Fixtures.trial(.nesterov, .absolute(1), .value(0.125), gap: 1e-280))
    #expect(momentum == Forecast(status: .diverged, steps: 341))
  }

  /// A step so long that no power of the recurrence beyond the first few is a number.
  @Test(arguments: [Method.heavyBall, .nesterov])
  func absurdlyLongStep(method: Method) {
    let problem = Fixtures.quadratic([1e-30, 1], [1, 1e-155])
    var trial = Fixtures.trial(method, .absolute(1e9), .value(0.5))
    trial.divergence = 1e300
    // The long mode alone: u(t) ≈ 1e-140 · 1e9ᵗ (1.5e9ᵗ for Nesterov) exceeds 1e150 at t = 33 (32).
    #expect(problem.forecastEnd(trial) == Forecast(status: .diverged, steps: method == .heavyBall ? 33 : 32))
  }
}
