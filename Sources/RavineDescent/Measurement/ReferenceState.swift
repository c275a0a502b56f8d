import RavineLanes

/// One modal trial between two steps, as its lane has it.
struct ModalState<Scalar: LaneScalar> {
  private(set) var u: [Scalar]
  private(set) var last: [Scalar]
  private let p: [Scalar]
  private let q: [Scalar]
  private let hasMomentum: Bool

  init(_ shape: ModalShape, _ parameters: TrialParameters) {
    let recurrence = Recurrence(parameters, lambdaMin: shape.lambdaMin, lambdaMax: shape.lambdaMax)
    u = (0..<shape.count).map { Scalar(shape.start[$0]) }
    last = u
    p = (0..<shape.count).map { Scalar(recurrence.coefficients(shape.eigenvalues[$0]).p) }
    q = (0..<shape.count).map { Scalar(recurrence.coefficients(shape.eigenvalues[$0]).q) }
    hasMomentum = parameters.method != .gradientDescent
  }

  /// u′ = p u − q u₋₁ + ε; the gap after it.
  mutating func step() -> Scalar {
    var gap: Scalar = 0
    for i in u.indices {
      var next = Scalar.drive
      if hasMomentum { next = next.addingProduct(-q[i], last[i]) }
      next = next.addingProduct(p[i], u[i])
      (u[i], last[i]) = (next, u[i])
      gap = gap.addingProduct(next, next)
    }
    return gap
  }
}

/// Weights, gradient and memory of one direct trial between two steps, as its lane has them.
struct DirectState<Scalar: LaneScalar> {
  private(set) var w: [Scalar]
  private(set) var g: [Scalar]
  /// Velocity v (heavy ball).
  private var v: [Scalar]
  private var lastW: [Scalar]
  private var lastG: [Scalar]
  private let isNesterov: Bool
  private let eta: Scalar
  private let m: Scalar
  private let hessian: [Scalar]
  private let linear: [Scalar]
  private let optimum: [Scalar]

  init(_ problem: Problem, _ parameters: TrialParameters) {
    let resolved = parameters.resolved(lambdaMin: problem.card.lambdaMin, lambdaMax: problem.card.lambdaMax)
    eta = Scalar(resolved.step)
    m = Scalar(resolved.momentum)
    isNesterov = parameters.method == .nesterov
    hessian = problem.hessian.map { Scalar($0) }
    linear = problem.linear.map { Scalar($0) }
    optimum = problem.optimum.map { Scalar($0) }
    w = problem.start.map { Scalar($0) }
    g = linear
    v = w.map { _ in 0 }
    lastW = w
    lastG = g
    updateGradient()
    lastG = g
  }

  /// One step; the raw gap (w − w*)ᵀ g after it.
  mutating func step() -> Scalar {
    if isNesterov { nesterov() } else { heavyBall() }
    updateGradient()
    return gap
  }

  private mutating func heavyBall() {
    for r in w.indices {
      v[r] = g[r].addingProduct(m, v[r])
      w[r] = w[r].addingProduct(-eta, v[r])
    }
  }

  private mutating func nesterov() {
    for r in w.indices {
      let u = w[r].addingProduct(m, w[r] - lastW[r])
      let gu = g[r].addingProduct(m, g[r] - lastG[r])
      lastW[r] = w[r]
      lastG[r] = g[r]
      w[r] = u.addingProduct(-eta, gu)
    }
  }

  private mutating func updateGradient() {
    for r in w.indices {
      var sum = -linear[r]
      for k in w.indices { sum = sum.addingProduct(hessian[r * w.count + k], w[k]) }
      g[r] = sum
    }
  }

  /// Even rows in order, then odd rows in order, then their sum.
  private var gap: Scalar {
    var even: Scalar = 0
    var odd: Scalar = 0
    for r in stride(from: 0, to: w.count, by: 2) { even = even.addingProduct(w[r] - optimum[r], g[r]) }
    for r in stride(from: 1, to: w.count, by: 2) { odd = odd.addingProduct(w[r] - optimum[r], g[r]) }
    return even.addingProduct(1, odd)
  }

  /// What the raw gap rounds by.
  func noise(_ problem: Problem) -> Scalar {
    var size = 0.0
    var error = 0.0
    for r in w.indices {
      size += problem.optimum[r] * problem.optimum[r]
      let e = Double(w[r]) - problem.optimum[r]
      error += e * e
    }
    let unit = 2 * Double(Scalar.ulpOfOne) * Double(w.count).squareRoot()
    return Scalar(unit * problem.card.lambdaMax * (size * error).squareRoot())
  }

  /// What stands still where the trial rests.
  var bits: [[Scalar]] { isNesterov ? [w, lastW] : [w, v] }
}
