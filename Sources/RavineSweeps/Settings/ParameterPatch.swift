import RavineDescent

/// What one value of an axis does to a trial's parameters. Plain old data, so that applying it never allocates.
enum ParameterPatch: Hashable, Sendable {
  case nothing
  /// A method with its step and momentum, each nil where another axis sets it.
  case methodPatch(Method, StepSize?, Momentum?)
  case step(StepSize)
  case momentum(Momentum)
  case gap(Double)
  case steps(UInt64)
  case divergence(Double)
  case precision(Precision)
  case engine(Engine)
  case decay(Double)
  case epsilon(Double)
  case schedule(Schedule.Kind)
  case period(Double)
  case rate(Double)
  case warmUp(UInt64)
  case shrink(Double)
  case sufficientDecrease(Double)
  case batch(UInt32)
  case sampling(Batch.Sampling)
  case every(UInt64)

  /// The patch of a single value; `nothing` for settings of the problem and for `optimizer.kind`.
  init(_ path: SettingPath, _ value: SettingValue) {
    switch path {
    case .step: self = .step(Self.stepSize(value))
    case .momentum: self = .momentum(Self.momentum(value))
    case .gap: self = value.number.map { .gap($0) } ?? .nothing
    case .steps: self = value.integer.flatMap { UInt64(exactly: $0) }.map { .steps($0) } ?? .nothing
    case .divergence: self = value.number.map { .divergence($0) } ?? .nothing
    case .precision: self = .precision(value.word == "float32" ? .float32 : .float64)
    case .decay: self = value.number.map { .decay($0) } ?? .nothing
    case .stabiliser: self = value.number.map { .epsilon($0) } ?? .nothing
    case .schedule: self = .schedule(Self.scheduleKind(value.word))
    case .period: self = value.number.map { .period($0) } ?? .nothing
    case .rate: self = value.number.map { .rate($0) } ?? .nothing
    case .warmUp: self = value.integer.flatMap { UInt64(exactly: $0) }.map { .warmUp($0) } ?? .nothing
    case .shrink: self = value.number.map { .shrink($0) } ?? .nothing
    case .sufficientDecrease: self = value.number.map { .sufficientDecrease($0) } ?? .nothing
    case .batch: self = .batch(value.integer.flatMap { UInt32(exactly: $0) } ?? 0)
    case .sampling: self = .sampling(Self.sampling(value.word))
    case .every: self = .every(value.integer.flatMap { UInt64(exactly: $0) } ?? 0)
    case .engine: self = .engine(value.word == "modal" ? .modal : value.word == "direct" ? .direct : .auto)
    default: self = .nothing
    }
  }

  /// The patch of an `optimizer.kind`: untuned kinds take the step and momentum given, or their defaults.
  static func method(_ kind: String, step: SettingValue?, momentum: SettingValue?) -> ParameterPatch {
    let step = step.map(stepSize) ?? .overL(1)
    let momentum = momentum.map(Self.momentum) ?? .optimal
    return switch kind {
    case "heavy-ball": .methodPatch(.heavyBall, step, momentum)
    case "nesterov": .methodPatch(.nesterov, step, momentum)
    case "nesterov-lookahead": .methodPatch(.nesterovLookahead, step, momentum)
    case "adagrad": .methodPatch(.adaGrad, step, .value(0))
    case "rmsprop": .methodPatch(.rmsProp, step, .value(0))
    case "adam": .methodPatch(.adam, step, momentum)
    case "coordinate-descent": .methodPatch(.coordinateDescent, .overL(1), .value(0))
    case "simultaneous-coordinates": .methodPatch(.simultaneousCoordinates, .overL(1), .value(0))
    case "conjugate-gradient": .methodPatch(.conjugateGradient, .overL(1), .value(0))
    case "exact-line-search": .methodPatch(.exactLineSearch, .overL(1), .value(0))
    case "backtracking": .methodPatch(.backtracking, step, .value(0))
    case "normalised-gradient-descent": .methodPatch(.normalisedGradientDescent, step, .value(0))
    case "lbfgs": .methodPatch(.lbfgs, .overL(1), .value(0))
    case "diagonal-newton": .methodPatch(.diagonalNewton, step, .value(0))
    case "newton": .methodPatch(.newton, step, .value(0))
    case "gd_1_over_L": .methodPatch(.gradientDescent, .overL(1), .optimal)
    case "gd_optimal": .methodPatch(.gradientDescent, .optimal, .optimal)
    case "heavy_ball_optimal": .methodPatch(.heavyBall, .optimal, .optimal)
    case "nesterov_1_over_L": .methodPatch(.nesterov, .overL(1), .optimal)
    case "nesterov_quadratic_optimal": .methodPatch(.nesterov, .optimal, .optimal)
    // Gradient descent has no momentum; it is kept for other kinds of the same axis.
    default: .methodPatch(.gradientDescent, step, momentum)
    }
  }

  /// The same patch without the parts that other axes of the block set.
  func leaving(step: Bool, momentum: Bool) -> ParameterPatch {
    guard case .methodPatch(let method, let ownStep, let ownMomentum) = self else { return self }
    return .methodPatch(method, step ? nil : ownStep, momentum ? nil : ownMomentum)
  }

  @inline(__always)
  func apply(to parameters: inout TrialParameters) {
    switch self {
    case .nothing: break
    case .methodPatch(let method, let step, let momentum):
      parameters.method = method
      if let step { parameters.step = step }
      if let momentum { parameters.momentum = momentum }
    case .step(let step): parameters.step = step
    case .momentum(let momentum): parameters.momentum = momentum
    case .gap(let gap): parameters.gap = gap
    case .steps(let steps): parameters.steps = steps
    case .divergence(let divergence): parameters.divergence = divergence
    case .precision(let precision): parameters.precision = precision
    case .engine(let engine): parameters.engine = engine
    case .decay(let decay): parameters.decay = decay
    case .epsilon(let epsilon): parameters.epsilon = epsilon
    case .schedule(let kind): parameters.schedule.kind = kind
    case .period(let period): parameters.schedule.period = period
    case .rate(let rate): parameters.schedule.rate = rate
    case .warmUp(let steps): parameters.schedule.warmUp = steps
    case .shrink(let shrink): parameters.shrink = shrink
    case .sufficientDecrease(let share): parameters.sufficientDecrease = share
    case .batch(let size): parameters.batch.size = size
    case .sampling(let sampling): parameters.batch.sampling = sampling
    case .every(let every): parameters.every = every
    }
  }

  private static func scheduleKind(_ word: String?) -> Schedule.Kind {
    switch word {
    case "inverse-time": .inverseTime
    case "exponential": .exponential
    case "step": .step
    case "cosine": .cosine
    default: .constant
    }
  }

  private static func sampling(_ word: String?) -> Batch.Sampling {
    switch word {
    case "with-replacement": .withReplacement
    case "fresh": .fresh
    default: .withoutReplacement
    }
  }

  private static func stepSize(_ value: SettingValue) -> StepSize {
    switch value {
    case .overL(let multiple): .overL(multiple)
    case .number(let number): .absolute(number)
    default: .optimal
    }
  }

  private static func momentum(_ value: SettingValue) -> Momentum {
    value.number.map { .value($0) } ?? .optimal
  }
}
