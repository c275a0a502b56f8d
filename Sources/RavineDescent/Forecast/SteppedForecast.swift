/// Forecasts of quadratic trials that are no fixed recurrence: a step size that changes, or a full preconditioner. In
/// the eigenbasis they are d scalars still, so they are stepped, in float64; exact but for round-off.
struct SteppedForecast {
  /// Mode-steps after which nothing is said.
  static let workLimit = 50_000_000

  private let shape: ModalShape
  private let parameters: TrialParameters
  private let step: Double
  private let momentum: Double
  private var u: [Double]
  /// v of heavy ball, w′ of Nesterov.
  private var memory: [Double]

  /// nil where the trial is none of this kind.
  init?(_ shape: ModalShape, _ parameters: TrialParameters) {
    let preconditions = parameters.method == .newton
    guard parameters.batch.size == 0, parameters.method.hasRecurrence || preconditions else { return nil }
    self.shape = shape
    self.parameters = parameters
    if preconditions {
      step = parameters.plainStep
      momentum = 0
    } else {
      (step, momentum) = parameters.resolved(lambdaMin: shape.lambdaMin, lambdaMax: shape.lambdaMax)
    }
    u = (0..<shape.count).map { shape.start[$0] }
    memory = parameters.method == .nesterov ? u : u.map { _ in 0 }
  }

  mutating func run(_ milestones: Milestones) -> LadderForecast {
    var milestones = milestones
    let most = UInt64(Self.workLimit / max(shape.count, 1))
    var t: UInt64 = 0
    while t < parameters.steps {
      guard t < most else { return .unknown }
      let gap = advance(step * parameters.schedule.factor(t))
      t += 1
      guard gap <= milestones.divergence else { return milestones.ending(.diverged, t) }
      while let target = milestones.target, gap <= target { milestones.reach(at: t) }
      if milestones.converged { return milestones.ending(.converged, t) }
    }
    return milestones.ending(.budget, t)
  }

  /// One step of all modes; the gap after it.
  private mutating func advance(_ eta: Double) -> Double {
    var gap = 0.0
    for i in u.indices {
      let gradient = parameters.method == .newton ? u[i] : shape.eigenvalues[i] * u[i]
      switch parameters.method {
      case .heavyBall:
        memory[i] = momentum * memory[i] + gradient
        u[i] -= eta * memory[i]
        gap += u[i] * u[i]
      case .nesterov:
        let next = u[i] - eta * gradient
        u[i] = next + momentum * (next - memory[i])
        memory[i] = next
        gap += next * next
      default:
        u[i] -= eta * gradient
        gap += u[i] * u[i]
      }
    }
    return gap
  }
}

extension TrialParameters {
  /// The step of a preconditioned method: a plain number, for which `1/L` stands as 1.
  var plainStep: Double {
    switch step {
    case .absolute(let step): step
    case .overL(let multiple): multiple
    case .optimal: 1
    }
  }
}
