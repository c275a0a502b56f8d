import RavineDescent
import Testing

#if arch(x86_64)
  /// The forecast against plain iteration with 64-bit mantissas.
  @Suite struct ForecastIterationTests {
    typealias Numbers = ForecastFixtures.Numbers

    private static func power(_ base: Double, _ exponent: Double) -> Double {
      Elementary.exp(exponent * Elementary.log(base))
    }

    /// Spectra with gaps, repeated eigenvalues, tiny and missing components.
    private static func problem(_ numbers: inout Numbers) -> Problem {
      let d = numbers.choose([1, 1, 2, 2, 3, 4, 5, 8, 13])
      let kappa = power(10, numbers.next() * numbers.choose([1, 3, 4]))
      let scale = power(10, 4 * numbers.next() - 2)
      var lambda = (0..<d).map { _ in scale * power(kappa, -numbers.next()) }
      if numbers.next() < 0.25 { for i in lambda.indices { lambda[i] = numbers.choose(lambda) } }
      let errors = lambda.indices.map { i in
        let size = 2 * numbers.next() - 1
        switch numbers.next() {
        case ..<0.2: return size * power(10, -8 * numbers.next())
        case ..<0.25 where i > 0: return 0
        default: return size
        }
      }
      return ForecastFixtures.quadratic(lambda, errors)
    }

    /// Stable and unstable, underdamped, critical and overdamped, with and without an early end.
    private static func parameters(_ method: Method, _ numbers: inout Numbers) -> TrialParameters {
      let step = numbers.choose([
        StepSize.optimal, .overL(1), .overL(power(10, -2 * numbers.next())), .overL(4.2 * numbers.next()),
        .overL(2.2 * numbers.next()), .overL(2 + 1e-3 * (numbers.next() - 0.5)),
      ])
      let momentum = numbers.choose([
        Momentum.optimal, .value(0), .value(0.9), .value(numbers.next()), .value(1 - power(10, -3 * numbers.next())),
      ])
      var trial = ForecastFixtures.trial(method, step, momentum)
      trial.gap = min(power(10, -numbers.choose([1.0, 3, 8, 12, 20]) * numbers.next()), 0.9)
      trial.steps = UInt64(power(10, 3.7 * numbers.next()))
      trial.divergence = numbers.choose([1e30, 1e30, power(10, 10 * numbers.next()), 0.3 + numbers.next()])
      trial.precision = numbers.choose([.float64, .float64, .float64, .float32])
      return trial
    }

    @Test(arguments: Method.allCases.filter(\.hasRecurrence), [1, 2])
    func equalsIterationToTheStep(method: Method, seed: UInt64) {
      var numbers = Numbers(1_000 * seed + UInt64(method.rawValue))
      var statuses: [TrialStatus: Int] = [:]
      for _ in 0..<150 {
        let problem = Self.problem(&numbers)
        let trial = Self.parameters(method, &numbers)
        guard let judge = ForecastFixtures.iterated(problem, trial, limit: 5_000), judge.nearest > 1e-14 else {
          continue
        }
        let forecast = problem.forecast(trial)
        #expect(forecast == judge.forecast, "λ \(problem.eigenvalues) c \(problem.startError) \(trial)")
        #expect(problem.forecastEnd(trial) == judge.forecast.end)
        statuses[forecast.end.status, default: 0] += 1
      }
      #expect(statuses.keys.count == 3 && statuses.values.allSatisfy { $0 >= 5 })
    }

    /// A single oscillating mode is first hit where it happens to pass near 0: at no particular size of its envelope.
    @Test(arguments: [0.9, 0.99, 0.999, 0.9999])
    func oneOscillatingMode(momentum: Double) throws {
      let problem = ForecastFixtures.quadratic([1], [1])
      for k in 1...60 {
        let trial = ForecastFixtures.trial(.heavyBall, .overL(0.013 * Double(k * k)), .value(momentum), gap: 1e-12)
        let judge = try #require(ForecastFixtures.iterated(problem, trial, limit: 1_000_000))
        #expect(problem.forecast(trial) == judge.forecast)
      }
    }

    /// Heavy ball with far too much momentum: all modes swing, no bound helps for long.
    @Test func manySwingingModes() throws {
      var numbers = Numbers(7)
      let lambda = (0..<32).map { _ in 0.01 + numbers.next() }
      let problem = ForecastFixtures.quadratic(lambda, lambda.map { _ in numbers.next() - 0.5 })
      for step in [0.3, 1, 1.7, 3.5] {
        let trial = ForecastFixtures.trial(.heavyBall, .overL(step), .value(0.995), gap: 1e-10)
        let judge = try #require(ForecastFixtures.iterated(problem, trial, limit: 1_000_000))
        #expect(problem.forecast(trial) == judge.forecast)
      }
    }

    /// The order of the modes, and so their places in the vectors, is of no consequence.
    @Test func orderOfModesDoesNotMatter() {
      var numbers = Numbers(11)
      for _ in 0..<100 {
        var problem = Self.problem(&numbers)
        let trial = Self.parameters(numbers.choose(Method.allCases.filter(\.hasRecurrence)), &numbers)
        let forecast = problem.forecast(trial)
        problem.eigenvalues.reverse()
        problem.startError.reverse()
        #expect(problem.forecast(trial) == forecast)
        problem.eigenvalues += [problem.card.lambdaMax, problem.card.lambdaMin]
        problem.startError += [0, 0]
        #expect(problem.forecast(trial) == forecast)
      }
    }

    /// Beyond the work limit the answer is an estimate, says so, and is near the truth.
    @Test func estimateIsMarked() throws {
      let lambda = (0..<40).map { 0.01 + 0.0247 * Double($0) }
      let problem = ForecastFixtures.quadratic(lambda, lambda.map { _ in 1 })
      let trial = ForecastFixtures.trial(.heavyBall, .overL(1), .value(0.99999), gap: 1e-12, steps: 1 << 40)
      let forecaster = Forecaster(ModalForm(problem), workLimit: 20_000)
      let forecast = forecaster.forecast(trial)
      #expect(!forecast.exact)
      #expect(forecast.end.status == .converged)
      // Modulus √m: ln(1e-12)/ln(0.99999) = 2.763e6 steps, less what the swinging lets through early.
      #expect(forecast.end.steps > 2_500_000 && forecast.end.steps < 2_800_000)
      #expect(forecast.hits.count == 12)
    }
  }
#endif
