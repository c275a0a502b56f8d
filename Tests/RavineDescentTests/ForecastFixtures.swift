import RavineDescent

/// Problems and an independent judge for the forecast's tests.
enum ForecastFixtures {
  /// The quadratic with these eigenvalues and start errors, in the eigenbasis; zero eigenvalues are left out.
  static func quadratic(_ eigenvalues: [Double], _ errors: [Double]) -> Problem {
    let modes = zip(eigenvalues, errors).filter { $0.0 > 0 }.sorted { $0.0 < $1.0 }
    let lambda = modes.map { $0.0 }
    let card = ProblemCard(
      dimension: UInt32(eigenvalues.count), samples: 0, nullDimension: UInt32(eigenvalues.count - lambda.count),
      lambdaMax: lambda.last ?? 0, lambdaMin: lambda.first ?? 0, stableRank: 0, entropyRank: 0, lossAtStart: 0,
      lossAtOptimum: 0)
    let data = DataSettings.generated(.spectrum(eigenvalues: lambda), samples: .exact, target: .ones, noise: 0)
    return Problem(
      settings: ProblemSettings(data: data), card: card, featureNames: [], eigenvalues: lambda,
      startError: modes.map { $0.1 }, eigenvectors: [], hessian: [], linear: [], optimum: [], start: [])
  }

  static func trial(
    _ method: Method, _ step: StepSize, _ momentum: Momentum = .value(0), gap: Double = 1e-6,
    steps: UInt64 = 1_000_000
  ) -> TrialParameters {
    var parameters = TrialParameters()
    parameters.method = method
    parameters.step = step
    parameters.momentum = momentum
    parameters.gap = gap
    parameters.steps = steps
    return parameters
  }

  /// A repeatable stream of numbers in [0, 1).
  struct Numbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var bits = state
      bits ^= bits >> 33
      bits = bits &* 0xff51_afd7_ed55_8ccd
      bits ^= bits >> 33
      return Double(bits >> 11) * 0x1p-53
    }

    mutating func choose<Value>(_ values: [Value]) -> Value {
      values[min(Int(next() * Double(values.count)), values.count - 1)]
    }
  }
}

#if arch(x86_64)
  extension ForecastFixtures {
    /// The recurrence iterated in 64-bit mantissas, every step looked at. Nil beyond `limit` steps. `nearest`: how
    /// close a gap came to a threshold, relatively; below 1e-14 this judge is not to be trusted.
    static func iterated(
      _ problem: Problem, _ parameters: TrialParameters, limit: UInt64
    ) -> (forecast: LadderForecast, nearest: Float80)? {
      let recurrence = Recurrence(
        parameters, lambdaMin: problem.card.lambdaMin, lambdaMax: problem.card.lambdaMax)
      let rounds = parameters.precision == .float32
      func rounded(_ x: Double) -> Float80 { rounds ? Float80(Float(x)) : Float80(x) }
      let square = zip(problem.eigenvalues, problem.startError).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      let scale = square.squareRoot()
      let coefficients = problem.eigenvalues.map { recurrence.coefficients($0) }
      let p = coefficients.map { Float80($0.p) }
      let q = coefficients.map { Float80($0.q) }
      var u = zip(problem.eigenvalues, problem.startError).map { rounded($0.0.squareRoot() * $0.1 / scale) }
      var last = u
      var judge = Judge(parameters)
      for step in 1...max(parameters.steps, 1) {
        if step > limit { return nil }
        var gap: Float80 = 0
        for i in u.indices {
          (u[i], last[i]) = (p[i] * u[i] - q[i] * last[i], u[i])
          gap += u[i] * u[i]
        }
        if let status = judge.look(gap, step) {
          let end = Forecast(status: status, steps: step)
          return (LadderForecast(end: end, hits: judge.hits), judge.nearest)
        }
      }
      return nil
    }

    private struct Judge {
      var hits = Hits()
      var nearest: Float80 = 1
      let rungs: [Float80]
      let end: Float80
      let divergence: Float80
      let budget: UInt64

      init(_ parameters: TrialParameters) {
        let rounds = parameters.precision == .float32
        func rounded(_ x: Double) -> Float80 { rounds ? Float80(Float(x)) : Float80(x) }
        rungs = Ladder.rungs.map(rounded)
        end = rounded(parameters.gap)
        divergence = rounded(parameters.divergence)
        budget = parameters.steps
      }

      mutating func look(_ gap: Float80, _ step: UInt64) -> TrialStatus? {
        for threshold in [hits.count < rungs.count ? rungs[hits.count] : end, end, divergence] {
          nearest = min(nearest, (gap / threshold - 1).magnitude)
        }
        while hits.count < rungs.count, gap <= rungs[hits.count] { hits.append(step) }
        if gap <= end { return .converged }
        if !(gap <= divergence) { return .diverged }
        return step == budget ? .budget : nil
      }
    }
  }
#endif
