/// Where the methods stop converging on a problem: step sizes from which on some mode grows.
package struct StabilityLimits: Hashable, Sendable {
  /// L, the largest eigenvalue.
  package let lambdaMax: Double

  package init(lambdaMax: Double) { self.lambdaMax = lambdaMax }

  /// The largest stable η of a method: 2/L for gradient descent, 2(1+m)/L for heavy ball, (2+2m)/((1+2m)L) for
  /// Nesterov. `momentum` is m in [0, 1); gradient descent has none.
  /// Infinite for methods that choose their own step, not a number where no such limit is known.
  package func step(of method: Method, momentum: Double = 0) -> Double {
    switch method {
    case .gradientDescent: 2 / lambdaMax
    case .heavyBall: 2 * (1 + momentum) / lambdaMax
    case .nesterov, .nesterovLookahead: (2 + 2 * momentum) / ((1 + 2 * momentum) * lambdaMax)
    case .newton: 2
    case _ where method.findsItsStep: .infinity
    default: .nan
    }
  }
}

extension Problem {
  package var limits: StabilityLimits { StabilityLimits(lambdaMax: card.lambdaMax) }

  /// Whether the trial would diverge if its budget were endless: a root outside the unit circle in a mode that the
  /// start has a part in.
  package func willDiverge(_ parameters: TrialParameters) -> Bool {
    rate(parameters, over: startError.indices.filter { startError[$0] != 0 }) > 1
  }

  /// The largest modulus of the roots of z² − p z + q over these modes.
  func rate(_ parameters: TrialParameters, over modes: some Sequence<Int>) -> Double {
    let recurrence = Recurrence(parameters, lambdaMin: card.lambdaMin, lambdaMax: card.lambdaMax)
    var largest = 0.0
    for i in modes { largest = max(largest, recurrence.rate(eigenvalues[i])) }
    return largest
  }
}
