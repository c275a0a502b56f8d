/// Where the weights start; the bias always starts at 0.
package enum Start: Hashable, Sendable {
  case zero
  /// One value for each weight (without the bias).
  case values([Double])
}

/// Everything that fixes the error surface and the starting point: trials with equal problem settings share one
/// prepared ``Problem``.
///
/// Objective: f(w) = 1/(2n) |Xw − y|² + l2/2 · |w without bias|².
package struct ProblemSettings: Hashable, Sendable {
  package var data: DataSettings
  package var model = Model.linear
  /// Added to every input before preprocessing (Hinton's shifted inputs).
  package var shift: Double = 0
  package var preprocessing: Preprocessing = .none
  /// What `standardise` takes from the number of rows before it divides by it: 0 for the population's deviation, 1 for
  /// the sample's.
  package var ddof: Int = 0
  /// How many principal axes preprocessing keeps, from 1 to the number of features; nil keeps all.
  package var components: Int?
  /// |X w*|/|noise| of drawn rows; 0 leaves the noise as it was given.
  package var signalToNoise: Double = 0
  /// Turns the preprocessed inputs by a random rotation, keyed by the seed.
  package var isRotated: Bool = false
  /// Appends a column of ones, as the last column; never regularised, starts at 0.
  package var bias: Bool = false
  /// Ridge strength, ≥ 0, on all weights but biases; 0 is none.
  package var l2: Double = 0
  package var start: Start = .zero
  /// Keys every random number of the data (Philox: seed, stream, index).
  package var seed: UInt64 = 0

  package init(data: DataSettings) { self.data = data }
}

/// A step size η, resolved against a problem's spectrum.
package enum StepSize: Hashable, Sendable {
  case absolute(Double)
  /// `x` stands for η = x / λ_max.
  case overL(Double)
  /// The asymptotically best step of the method; see ``TrialParameters/resolved(lambdaMin:lambdaMax:)``.
  case optimal
}

/// A momentum m in [0, 1), resolved against a problem's spectrum.
package enum Momentum: Hashable, Sendable {
  case value(Double)
  /// Best for the method and its step; see ``TrialParameters/resolved(lambdaMin:lambdaMax:)``.
  case optimal
}

/// Element type in which the kernel steps.
package enum Precision: UInt8, Hashable, Sendable, CaseIterable { case float64 = 0, float32 = 1 }

/// Which path of the kernel runs the trial.
package enum Engine: UInt8, Hashable, Sendable, CaseIterable {
  /// Modal wherever it applies.
  case auto = 0
  /// d scalar recurrences in the eigenbasis.
  case modal = 1
  /// Matrix products on the weights themselves (to study round-off).
  case direct = 2
}

/// What differs between trials of one problem. Plain old data: copying it never allocates.
package struct TrialParameters: Hashable, Sendable {
  package var method: Method = .gradientDescent
  package var step: StepSize = .overL(1)
  package var momentum: Momentum = .value(0)
  /// Stop when gap ≤ this (converged); in (0, 1).
  package var gap: Double = 1e-6
  /// Step limit ≥ 0; reaching it is status `budget`.
  package var steps: UInt64 = 1_000_000
  /// A gap above this, or not a number, is status `diverged`. Heavy ball's transient reaches about κ; so it is large.
  package var divergence: Double = 1e30
  package var precision: Precision = .float64
  package var engine: Engine = .auto
  /// How η changes with the step.
  package var schedule = Schedule()
  /// Which rows a gradient takes.
  package var batch = Batch()
  /// ρ of RMSprop (0: 0.99), β₂ of Adam (0: 0.999).
  package var decay: Double = 0
  /// ρ and c of backtracking, each in (0, 1).
  package var shrink: Double = 0.5
  package var sufficientDecrease: Double = 1e-4
  /// ε of AdaGrad (0: 1e-10), RMSprop and Adam (0: 1e-8).
  package var epsilon: Double = 0
  /// The gap is looked at after every step that is a multiple of this; 0: every step, or every epoch of mini-batches.
  package var every: UInt64 = 0

  package init() {}

  /// Whether the trial is d scalar recurrences in the eigenbasis of a quadratic: its method commutes with rotation, its
  /// gradient takes all rows, its step is constant.
  package var isModal: Bool { method.hasRecurrence && schedule.isConstant && batch.size == 0 }

  /// ``decay`` and ``epsilon`` with the defaults of the method in their place.
  package var adaptive: (decay: Double, epsilon: Double) {
    let share = method == .adam ? 0.999 : 0.99
    let small = method == .adaGrad ? 1e-10 : 1e-8
    return (decay > 0 ? decay : share, epsilon > 0 ? epsilon : small)
  }

  /// η and m as numbers, given the smallest non-zero and the largest eigenvalue (L = `lambdaMax`, κ = L/ℓ).
  ///
  /// - gradient descent, optimal: η = 2/(ℓ + L).
  /// - heavy ball, optimal: η = 4/(√L + √ℓ)²; momentum optimal: m = ((√κ − 1)/(√κ + 1))².
  /// - Nesterov, step optimal: η = 4/(3L + ℓ); momentum optimal: (√(3κ+1) − 2)/(√(3κ+1) + 2) with the optimal step,
  ///   (√κ − 1)/(√κ + 1) with any other.
  /// - Adam, momentum optimal: the usual 0.9. Of other methods an optimal step is 1/L.
  package func resolved(lambdaMin: Double, lambdaMax: Double) -> (step: Double, momentum: Double) {
    let kappa = lambdaMax / lambdaMin
    let root = kappa.squareRoot()
    let eta: Double
    switch (step, method) {
    case (.absolute(let value), _): eta = value
    case (.overL(let multiple), _): eta = multiple / lambdaMax
    case (.optimal, .gradientDescent): eta = 2 / (lambdaMin + lambdaMax)
    case (.optimal, .heavyBall):
      let sum = lambdaMax.squareRoot() + lambdaMin.squareRoot()
      eta = 4 / (sum * sum)
    case (.optimal, .nesterov), (.optimal, .nesterovLookahead): eta = 4 / (3 * lambdaMax + lambdaMin)
    case (.optimal, _): eta = 1 / lambdaMax
    }
    let m: Double
    switch (momentum, method, step) {
    case (_, .gradientDescent, _): m = 0
    case (.value(let value), _, _): m = value
    case (.optimal, .heavyBall, _):
      let q = (root - 1) / (root + 1)
      m = q * q
    case (.optimal, .nesterov, .optimal), (.optimal, .nesterovLookahead, .optimal):
      let r = (3 * kappa + 1).squareRoot()
      m = (r - 2) / (r + 2)
    case (.optimal, .nesterov, _), (.optimal, .nesterovLookahead, _): m = (root - 1) / (root + 1)
    case (.optimal, .adam, _): m = 0.9
    case (.optimal, _, _): m = 0
    }
    return (eta, m)
  }
}

/// One trial of a sweep, fully resolved.
package struct TrialSettings: Hashable, Sendable {
  package var problem: ProblemSettings
  package var parameters: TrialParameters

  package init(problem: ProblemSettings, parameters: TrialParameters) {
    self.problem = problem
    self.parameters = parameters
  }
}
