/// The judge: the mathematics of both paths for one trial, in the plainest form. Every lane kernel must give these
/// records bit for bit.
package enum ReferenceKernel {
  /// The modal path: u′ = p u − q u₋₁ + ε for each mode, gap = Σ u², tested after every step.
  package static func modal(_ problem: Problem, _ parameters: TrialParameters) -> TrialRecord {
    switch parameters.precision {
    case .float64: modal(problem, parameters, Double.self)
    case .float32: modal(problem, parameters, Float.self)
    }
  }

  /// The direct path: weights, gradient, gap = (w − w*)ᵀ g, tested after every step.
  package static func direct(_ problem: Problem, _ parameters: TrialParameters) -> TrialRecord {
    switch parameters.precision {
    case .float64: direct(problem, parameters, Double.self)
    case .float32: direct(problem, parameters, Float.self)
    }
  }

  private static func modal<Scalar: LaneScalar>(
    _ problem: Problem, _ parameters: TrialParameters, _: Scalar.Type
  ) -> TrialRecord {
    let form = ModalForm(problem)
    defer { withExtendedLifetime(form) {} }
    let shape = form.shape
    if let record = StartEnd.record(shape, parameters) { return record }
    let recurrence = Recurrence(parameters, lambdaMin: problem.card.lambdaMin, lambdaMax: problem.card.lambdaMax)
    var progress = LadderProgress<Scalar>(parameters, scale: 1)
    var u = (0..<shape.count).map { Scalar(shape.start[$0]) }
    var last = u
    let p = (0..<shape.count).map { Scalar(recurrence.coefficients(shape.eigenvalues[$0]).p) }
    let q = (0..<shape.count).map { Scalar(recurrence.coefficients(shape.eigenvalues[$0]).q) }
    var snapshot = [u, last]
    var step: UInt64 = 0
    while true {
      step += 1
      var gap: Scalar = 0
      for i in u.indices {
        var next = Scalar.drive
        if parameters.method != .gradientDescent { next = next.addingProduct(-q[i], last[i]) }
        next = next.addingProduct(p[i], u[i])
        (u[i], last[i]) = (next, u[i])
        gap = gap.addingProduct(next, next)
      }
      var status = progress.observe(gap, at: step)
      if status == nil, step % ModalTile<Scalar>.checkpoint == 0 {
        let now = parameters.method == .gradientDescent ? [u, snapshot[1]] : [u, last]
        if now == snapshot { status = .floor }
        snapshot = now
      }
      guard let status else { continue }
      let norms = shape.norms { Double(u[$0]) }
      return TrialRecord(
        status: status, steps: step, gap: Double(gap), distance: norms.distance, gradientNorm: norms.gradient,
        hits: progress.hits)
    }
  }

  private static func direct<Scalar: LaneScalar>(
    _ problem: Problem, _ parameters: TrialParameters, _: Scalar.Type
  ) -> TrialRecord {
    let form = ModalForm(problem)
    defer { withExtendedLifetime(form) {} }
    if let record = StartEnd.record(form.shape, parameters) { return record }
    let d = problem.linear.count
    let resolved = parameters.resolved(lambdaMin: problem.card.lambdaMin, lambdaMax: problem.card.lambdaMax)
    let eta = Scalar(resolved.step)
    let m = Scalar(resolved.momentum)
    let hessian = problem.hessian.map { Scalar($0) }
    let linear = problem.linear.map { Scalar($0) }
    let optimum = problem.optimum.map { Scalar($0) }
    var state = DirectState(w: problem.start.map { Scalar($0) }, hessian: hessian, linear: linear)
    let nesterov = parameters.method == .nesterov
    var progress = LadderProgress<Scalar>(parameters, scale: form.shape.scale * form.shape.scale)
    var snapshot = state.bits(nesterov)
    var step: UInt64 = 0
    while true {
      step += 1
      if nesterov { state.nesterov(eta, m) } else { state.heavyBall(eta, m) }
      state.updateGradient(hessian, linear)
      let raw = state.gap(optimum)
      var status: TrialStatus?
      if !(raw > progress.low && raw <= progress.divergence) || step >= progress.budget {
        status = progress.observe(raw, noise: state.noise(problem), at: step)
      }
      if status == nil, step % DirectTile<Scalar>.checkpoint == 0 {
        let now = state.bits(nesterov)
        if now == snapshot { status = .floor }
        snapshot = now
      }
      guard let status else { continue }
      var distance = 0.0
      var norm = 0.0
      for r in 0..<d {
        let e = Double(state.w[r]) - problem.optimum[r]
        distance += e * e
        norm += Double(state.g[r]) * Double(state.g[r])
      }
      return TrialRecord(
        status: status, steps: step, gap: Double(raw) / Double(progress.scale), distance: distance.squareRoot(),
        gradientNorm: norm.squareRoot(), hits: progress.hits)
    }
  }
}

/// Weights, gradient and memory of one direct trial.
private struct DirectState<Scalar: LaneScalar> {
  var w: [Scalar]
  var g: [Scalar]
  /// Velocity v (heavy ball).
  private var v: [Scalar]
  private var lastW: [Scalar]
  private var lastG: [Scalar]

  init(w: [Scalar], hessian: [Scalar], linear: [Scalar]) {
    self.w = w
    g = linear
    v = w.map { _ in 0 }
    lastW = w
    lastG = g
    updateGradient(hessian, linear)
    lastG = g
  }

  mutating func heavyBall(_ eta: Scalar, _ m: Scalar) {
    for r in w.indices {
      v[r] = g[r].addingProduct(m, v[r])
      w[r] = w[r].addingProduct(-eta, v[r])
    }
  }

  mutating func nesterov(_ eta: Scalar, _ m: Scalar) {
    for r in w.indices {
      let u = w[r].addingProduct(m, w[r] - lastW[r])
      let gu = g[r].addingProduct(m, g[r] - lastG[r])
      lastW[r] = w[r]
      lastG[r] = g[r]
      w[r] = u.addingProduct(-eta, gu)
    }
  }

  mutating func updateGradient(_ hessian: [Scalar], _ linear: [Scalar]) {
    for r in w.indices {
      var sum = -linear[r]
      for k in w.indices { sum = sum.addingProduct(hessian[r * w.count + k], w[k]) }
      g[r] = sum
    }
  }

  /// Even rows in order, then odd rows in order, then their sum.
  func gap(_ optimum: [Scalar]) -> Scalar {
    var even: Scalar = 0
    var odd: Scalar = 0
    for r in stride(from: 0, to: w.count, by: 2) { even = even.addingProduct(w[r] - optimum[r], g[r]) }
    for r in stride(from: 1, to: w.count, by: 2) { odd = odd.addingProduct(w[r] - optimum[r], g[r]) }
    return even.addingProduct(1, odd)
  }

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

  func bits(_ nesterov: Bool) -> [[Scalar]] { nesterov ? [w, lastW] : [w, v] }
}
