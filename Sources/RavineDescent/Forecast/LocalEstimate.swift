/// What the Hessian at the minimum says of a convex net: near it the trial is a quadratic one. An estimate: far from
/// the minimum the curvature is another.
enum LocalEstimate {
  static func end(_ problem: Problem, _ parameters: TrialParameters) -> Forecast {
    guard parameters.isModal, let model = problem.net?.optimumModel,
      let steps = model.steps(problem.recurrence(parameters), from: model.total, to: parameters.gap * model.total)
    else { return .unknown }
    guard steps < parameters.steps else {
      return Forecast(status: .budget, steps: parameters.steps, kind: .estimate)
    }
    return Forecast(status: .converged, steps: max(steps, 1), kind: .estimate)
  }

  /// The factor by which the slowest mode shrinks in a step of a method with a recurrence where the Hessian has these
  /// extremes; nil where a direction has no curvature.
  static func rate(_ problem: Problem, _ parameters: TrialParameters, _ curvature: CurvatureExtremes) -> Double? {
    guard parameters.isModal, curvature.smallest > 1e-9 * curvature.largest else { return nil }
    let recurrence = problem.recurrence(parameters)
    return max(recurrence.rate(curvature.smallest), recurrence.rate(curvature.largest))
  }
}

extension Problem {
  /// The recurrence of a trial, its step and momentum resolved.
  func recurrence(_ parameters: TrialParameters) -> Recurrence {
    var own = parameters
    let (step, momentum) = stepAndMomentum(parameters)
    own.step = .absolute(step)
    own.momentum = .value(momentum)
    return Recurrence(own, lambdaMin: 1, lambdaMax: 1)
  }
}

extension Recurrence {
  /// The larger modulus of the roots of z² − p z + q at one eigenvalue.
  func rate(_ eigenvalue: Double) -> Double {
    let (p, q) = coefficients(eigenvalue)
    let alpha = p.magnitude / 2
    let square = DoubleDouble.product(Lanes(repeating: alpha), Lanes(repeating: alpha))
    let discriminant = (DoubleDouble(Lanes(repeating: q)) - square).high[0]
    return discriminant > 0 ? q.squareRoot() : alpha + (-discriminant).squareRoot()
  }
}

extension PreparedProblem {
  /// How and when a trial will end: exact for quadratics, an estimate for convex nets, nothing for the rest.
  package func forecastEnd(_ parameters: TrialParameters) -> Forecast {
    if problem.net != nil { return LocalEstimate.end(problem, parameters) }
    guard let rescaled = parameters.rescaled else { return forecaster.end(parameters) }
    return rescaledForecaster.end(rescaled)
  }
}
