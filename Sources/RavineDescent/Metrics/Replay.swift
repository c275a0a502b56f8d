import RavineLanes

/// Weights, curve and gaps at the rungs of a trial in lanes, which keep none of them: repeated from its record at one
/// lane, in the arithmetic of its own path, bit for bit. For metrics that need more than a record.
struct Replay {
  let prepared: PreparedProblem
  let parameters: TrialParameters
  let record: TrialRecord
  let wanted: WantedSteps

  /// Whether a metric needs the trial's state.
  static func isNeeded(for metrics: [Metric]) -> Bool {
    metrics.contains { metric in
      switch metric.kind {
      case .weight, .modeError, .gradientCosine, .gapAt, .asymptoticRate: true
      default: false
      }
    }
  }

  /// What the record alone tells: without weights, curve and gaps.
  var costs: TrialOutcome {
    outcome(weights: [], curve: [], gaps: (0..<record.hits.count).map { _ in .nan })
  }

  /// nil where `goesOn`, asked every some milliseconds, said no.
  func outcome(goesOn: () -> Bool) -> TrialOutcome? {
    switch (parameters.engine, parameters.precision) {
    case (.direct, .float64): direct(Double.self, goesOn)
    case (.direct, .float32): direct(Float.self, goesOn)
    case (_, .float64): modal(Double.self, goesOn)
    case (_, .float32): modal(Float.self, goesOn)
    }
  }

  private func modal<Scalar: LaneScalar>(_: Scalar.Type, _ goesOn: () -> Bool) -> TrialOutcome? {
    let shape = prepared.form.shape
    var state = ModalState<Scalar>(shape, parameters)
    guard let steps = steps(size: shape.count, goesOn, { Double(state.step()) }) else { return nil }
    return outcome(weights: weights(shape, state.u.map { Double($0) }), curve: steps.curve, gaps: steps.gaps)
  }

  private func direct<Scalar: LaneScalar>(_: Scalar.Type, _ goesOn: () -> Bool) -> TrialOutcome? {
    let problem = prepared.problem
    let scale = prepared.form.shape.scale * prepared.form.shape.scale
    let progress = LadderProgress<Scalar>(parameters, scale: scale)
    var state = DirectState<Scalar>(problem, parameters)
    let size = problem.linear.count * problem.linear.count
    guard let steps = steps(size: size, goesOn, { progress.gap(state.step()) }) else { return nil }
    return outcome(weights: state.w.map { Double($0) }, curve: steps.curve, gaps: steps.gaps)
  }

  /// All steps; `step` does one and gives the gap after it. `size`: its multiplications.
  private func steps(
    size: Int, _ goesOn: () -> Bool, _ step: () -> Double
  ) -> (curve: [CurvePoint], gaps: [Double])? {
    var wanted = wanted
    var curve: [CurvePoint] = []
    var gaps = [Double](repeating: 0, count: (0..<record.hits.count).count { record.hits[$0] == 0 })
    let pace = UInt64(max(1, (1 << 22) / max(size, 1)))
    var done: UInt64 = 0
    while done < record.steps {
      let gap = step()
      done += 1
      if wanted.holds(done) { curve.append(CurvePoint(step: done, gap: gap)) }
      while gaps.count < record.hits.count, record.hits[gaps.count] <= done { gaps.append(gap) }
      if done % pace == 0, !goesOn() { return nil }
    }
    return (curve, gaps)
  }

  private func outcome(weights: [Double], curve: [CurvePoint], gaps: [Double]) -> TrialOutcome {
    let d = Double(prepared.problem.optimum.count)
    let costs = gaps.enumerated().map { rung, gap in
      RungCost(gap: gap, gradients: record.hits[rung], flops: 2 * d * d * Double(record.hits[rung]))
    }
    return TrialOutcome(
      record: record, weights: weights, gradient: [], gradients: record.steps,
      flops: 2 * d * d * Double(record.steps), curve: curve, costs: costs)
  }

  /// w = w* + Σ e_i v_i, e_i = u_i · scale/√λ_i; what rests (no curvature) stays at the start.
  private func weights(_ shape: ModalShape, _ u: [Double]) -> [Double] {
    let problem = prepared.problem
    let d = problem.optimum.count
    var w = problem.start
    var mode = 0
    for (index, lambda) in problem.eigenvalues.enumerated() where problem.startError[index] != 0 && shape.scale > 0 {
      let moved = u[mode] * shape.scale / lambda.squareRoot() - problem.startError[index]
      for j in 0..<d { w[j] = w[j].addingProduct(moved, problem.eigenvectors[index * d + j]) }
      mode += 1
    }
    return w
  }
}
