extension PreparedProblem {
  /// The step size η from which on the fastest mode of the quadratic no longer shrinks: 2/L for gradient descent,
  /// 2 (1 + m)/L for the heavy ball, (2 + 2 m)/((1 + 2 m) L) for Nesterov's method, 2 for Newton's, 2/μ for the one
  /// preconditioned by diag(H), μ the largest eigenvalue of D^−½ H D^−½. nil for methods that choose their own step or
  /// are not the same linear map at every step, for nets and for H = 0.
  package func largestStableStep(_ parameters: TrialParameters) -> Double? {
    guard problem.net == nil, parameters.batch.size == 0, parameters.schedule.isConstant,
      problem.card.lambdaMax > 0
    else { return nil }
    let (least, largest) = (problem.card.lambdaMin, problem.card.lambdaMax)
    let m = parameters.resolved(lambdaMin: least, lambdaMax: largest).momentum
    switch parameters.method {
    case .gradientDescent: return 2 / largest
    case .heavyBall: return 2 * (1 + m) / largest
    case .nesterov, .nesterovLookahead: return (2 + 2 * m) / ((1 + 2 * m) * largest)
    case .newton: return 2
    case .diagonalNewton: return 2 / rescaledExtremes.largest
    default: return nil
    }
  }
}
