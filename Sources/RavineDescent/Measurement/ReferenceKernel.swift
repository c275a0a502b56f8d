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
    var progress = LadderProgress<Scalar>(parameters, scale: 1)
    var state = ModalState<Scalar>(shape, parameters)
    var snapshot = [state.u, state.last]
    var step: UInt64 = 0
    while true {
      step += 1
      let gap = state.step()
      var status = progress.observe(gap, at: step)
      if status == nil, step % ModalTile<Scalar>.checkpoint == 0 {
        let now = parameters.method == .gradientDescent ? [state.u, snapshot[1]] : [state.u, state.last]
        if now == snapshot { status = .floor }
        snapshot = now
      }
      guard let status else { continue }
      let norms = shape.norms { Double(state.u[$0]) }
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
    var state = DirectState<Scalar>(problem, parameters)
    var progress = LadderProgress<Scalar>(parameters, scale: form.shape.scale * form.shape.scale)
    var snapshot = state.bits
    var step: UInt64 = 0
    while true {
      step += 1
      let raw = state.step()
      var status: TrialStatus?
      if !(raw > progress.low && raw <= progress.divergence) || step >= progress.budget {
        status = progress.observe(raw, noise: state.noise(problem), at: step)
      }
      if status == nil, step % DirectTile<Scalar>.checkpoint == 0 {
        let now = state.bits
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
        status: status, steps: step, gap: progress.gap(raw, status), distance: distance.squareRoot(),
        gradientNorm: norm.squareRoot(), hits: progress.hits)
    }
  }
}
