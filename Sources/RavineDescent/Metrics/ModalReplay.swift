/// Weights and curve of a modal trial, repeated from its record mode by mode as the modal path steps them; for metrics
/// that need more than a record.
enum ModalReplay {
  static func outcome(
    _ problem: Problem, _ parameters: TrialParameters, _ record: TrialRecord, wanted: WantedSteps
  ) -> TrialOutcome {
    let shape = ModalForm(problem)
    return withExtendedLifetime(shape) { outcome(problem, shape.shape, parameters, record, wanted) }
  }

  private static func outcome(
    _ problem: Problem, _ shape: ModalShape, _ parameters: TrialParameters, _ record: TrialRecord,
    _ wanted: WantedSteps
  ) -> TrialOutcome {
    var wanted = wanted
    let recurrence = Recurrence(parameters, lambdaMin: shape.lambdaMin, lambdaMax: shape.lambdaMax)
    let count = shape.count
    let coefficients = (0..<count).map { recurrence.coefficients(shape.eigenvalues[$0]) }
    var u = (0..<count).map { shape.start[$0] }
    var last = u
    var curve: [CurvePoint] = []
    var costs: [RungCost] = []
    let flops = 2 * Double(problem.optimum.count) * Double(problem.optimum.count)
    func hit(_ step: UInt64) {
      let gap = Vectors.dot(u, u)
      while costs.count < record.hits.count, record.hits[costs.count] <= step {
        costs.append(RungCost(gap: gap, gradients: step, flops: flops * Double(step)))
      }
    }
    var step: UInt64 = 0
    hit(0)
    while step < record.steps {
      step += 1
      for i in 0..<count {
        let next = (-coefficients[i].q * last[i]).addingProduct(coefficients[i].p, u[i])
        (last[i], u[i]) = (u[i], next)
      }
      if wanted.holds(step) { curve.append(CurvePoint(step: step, gap: Vectors.dot(u, u))) }
      if costs.count < record.hits.count, record.hits[costs.count] <= step { hit(step) }
    }
    return TrialOutcome(
      record: record, weights: weights(problem, shape, u), gradient: [], gradients: record.steps,
      flops: flops * Double(record.steps), curve: curve, costs: costs)
  }

  /// w = w* + Σ e_i v_i, e_i = u_i · scale/√λ_i; what rests (no curvature) stays at the start.
  private static func weights(_ problem: Problem, _ shape: ModalShape, _ u: [Double]) -> [Double] {
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
