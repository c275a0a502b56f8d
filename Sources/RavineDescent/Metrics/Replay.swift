import RavineLanes

/// Weights, curve and gaps at the rungs of a trial in lanes, which keep none of them: repeated from its record, alone,
/// in the arithmetic of its own path, bit for bit where products are fused. For metrics that need more than a record.
package struct Replay {
  let prepared: PreparedProblem
  let parameters: TrialParameters
  let record: TrialRecord
  let wanted: WantedSteps

  /// Whether a metric needs the trial's state.
  package static func isNeeded(for metrics: [Metric]) -> Bool {
    metrics.contains { metric in
      switch metric.kind {
      case .weight, .modeError, .gradientCosine, .gapAt, .asymptoticRate: true
      default: false
      }
    }
  }

  /// Work of one repeated step, as measured: five are a nanosecond.
  package static func workPerStep(_ problem: Problem, _ parameters: TrialParameters) -> Double {
    let d = Double(problem.linear.count)
    return parameters.engine == .direct ? 300 + 10 * d + d * d / 4 : 20 + Double(problem.eigenvalues.count)
  }

  /// What the record alone tells: without weights, curve and gaps.
  var costs: TrialOutcome {
    outcome(weights: [], curve: [], gaps: (0..<record.hits.count).map { _ in .nan })
  }

  /// nil where `goesOn`, asked every some milliseconds, said no.
  func outcome(_ table: KernelTable, goesOn: () -> Bool) -> TrialOutcome? {
    switch (parameters.engine, parameters.precision) {
    case (.direct, .float64): direct(Double.self, table, goesOn)
    case (.direct, .float32): direct(Float.self, table, goesOn)
    case (_, .float64): modal(Double.self, table, goesOn)
    case (_, .float32): modal(Float.self, table, goesOn)
    }
  }

  private func modal<Scalar: NetScalar>(
    _: Scalar.Type, _ table: KernelTable, _ goesOn: () -> Bool
  ) -> TrialOutcome? {
    let shape = prepared.form.shape
    var state = ModalReplay<Scalar>(shape, parameters, Scalar.kernels(of: table))
    guard let steps = steps(of: &state, goesOn) else { return nil }
    let weights = weights(shape, (0..<shape.count).map { Double(state.u($0)) })
    return outcome(weights: weights, curve: steps.curve, gaps: steps.gaps)
  }

  private func direct<Scalar: NetScalar>(
    _: Scalar.Type, _ table: KernelTable, _ goesOn: () -> Bool
  ) -> TrialOutcome? {
    let scale = prepared.form.shape.scale * prepared.form.shape.scale
    var state = DirectReplay<Scalar>(prepared.problem, parameters, scale: scale, Scalar.netKernels(of: table))
    guard let steps = steps(of: &state, goesOn) else { return nil }
    return outcome(weights: state.weights, curve: steps.curve, gaps: steps.gaps)
  }

  /// All steps, with a look at the gap where it is wanted and at the rungs.
  private func steps<State: ReplayedState & ~Copyable>(
    of state: inout State, _ goesOn: () -> Bool
  ) -> (curve: [CurvePoint], gaps: [Double])? {
    var wanted = wanted
    var curve: [CurvePoint] = []
    var gaps = [Double](repeating: 0, count: (0..<record.hits.count).count { record.hits[$0] == 0 })
    let pace = UInt64(max(1, 5e7 / Self.workPerStep(prepared.problem, parameters)))
    var done: UInt64 = 0
    while done < record.steps {
      let point = wanted.next(after: done)
      let rung = gaps.count < record.hits.count ? record.hits[gaps.count] : .max
      let next = min(record.steps, point, rung, done + pace)
      state.advance(Int(next - done))
      done = next
      if done == point { curve.append(CurvePoint(step: done, gap: state.gap)) }
      while gaps.count < record.hits.count, record.hits[gaps.count] <= done { gaps.append(state.gap) }
      if !goesOn() { return nil }
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
