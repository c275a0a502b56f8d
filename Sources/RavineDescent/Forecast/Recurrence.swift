/// The scalar recurrence that a full-batch method is in one eigendirection of a quadratic:
/// u(t+1) = p u(t) − q u(t−1), u(−1) = u(0).
///
/// The kernel steps with these coefficients and the forecast answers for them, so both take them from here.
package struct Recurrence: Hashable, Sendable {
  package let method: Method
  /// η.
  package let step: Double
  /// m; 0 for gradient descent.
  package let momentum: Double
  package let precision: Precision

  /// - Parameters:
  ///   - lambdaMin: Smallest non-zero eigenvalue of the problem.
  ///   - lambdaMax: Largest eigenvalue of the problem.
  package init(_ parameters: TrialParameters, lambdaMin: Double, lambdaMax: Double) {
    let resolved = parameters.resolved(lambdaMin: lambdaMin, lambdaMax: lambdaMax)
    method = parameters.method
    step = resolved.step
    momentum = resolved.momentum
    precision = parameters.precision
  }

  /// p and q at `eigenvalue` λ, rounded to the trial's precision:
  /// gradient descent 1 − ηλ and 0; heavy ball (1 + m) − ηλ and m; Nesterov (1 − ηλ)(1 + m) and (1 − ηλ) m.
  /// Not a number for methods that are no such recurrence.
  @inline(__always)
  package func coefficients(_ eigenvalue: Double) -> (p: Double, q: Double) {
    let p: Double
    let q: Double
    switch method {
    case .gradientDescent:
      p = 1 - step * eigenvalue
      q = 0
    case .heavyBall:
      p = (1 + momentum) - step * eigenvalue
      q = momentum
    case .nesterov:
      let a = 1 - step * eigenvalue
      p = a * (1 + momentum)
      q = a * momentum
    default:
      p = .nan
      q = .nan
    }
    return precision == .float64 ? (p, q) : (Double(Float(p)), Double(Float(q)))
  }
}
