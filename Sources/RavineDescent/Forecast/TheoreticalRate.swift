extension PreparedProblem {
  /// The factor by which the error shrinks (or grows) a step in the long run, whether or not the start has a part in
  /// the slowest mode: the spectral radius of the method on what H does not map to zero. nil where the method is not
  /// the same linear map at every step, and for nets.
  ///
  /// Methods with a recurrence: the largest root of z² − p z + q over all modes. Newton: |1 − η|. Preconditioned by
  /// diag(H), and all coordinates at once: max |1 − η μ|, μ the eigenvalues of D^−½ H D^−½. One coordinate after the
  /// other: see ``CoordinateSweep``.
  package func theoreticalRate(_ parameters: TrialParameters) -> Double? {
    guard problem.net == nil, parameters.batch.size == 0, parameters.schedule.isConstant else { return nil }
    switch parameters.method {
    case .gradientDescent, .heavyBall, .nesterov: return problem.rate(parameters, over: problem.eigenvalues.indices)
    case .nesterovLookahead:
      // The same iteration, looked at elsewhere.
      var own = parameters
      own.method = .nesterov
      return problem.rate(own, over: problem.eigenvalues.indices)
    case .newton: return (1 - parameters.plainStep).magnitude
    case .diagonalNewton, .simultaneousCoordinates:
      let eta = parameters.method == .diagonalNewton ? parameters.plainStep : 1
      let (least, largest) = rescaledExtremes
      return max((1 - eta * least).magnitude, (1 - eta * largest).magnitude)
    case .coordinateDescent: return sweepRate
    default: return nil
    }
  }
}

extension Problem {
  /// The largest modulus of the roots of z² − p z + q over these modes.
  func rate(_ parameters: TrialParameters, over modes: some Sequence<Int>) -> Double {
    let recurrence = Recurrence(parameters, lambdaMin: card.lambdaMin, lambdaMax: card.lambdaMax)
    var largest = 0.0
    for i in modes { largest = max(largest, recurrence.rate(eigenvalues[i])) }
    return largest
  }
}

/// One sweep of coordinate descent as a linear map of the error: e ← M e, M = I − (D + L)⁻¹ H, L below the diagonal D
/// of H (Gauss-Seidel).
enum CoordinateSweep {
  /// The most columns for which the radius is computed: it takes some 30 products of matrices.
  static let largest = 256

  /// The spectral radius of M on the modes of H that are not zero: lim |Mⁿ|^(1/n) (Gelfand 1941), n doubled until the
  /// figure rests. nil beyond ``largest`` columns. As exact as the eigenvalue is well conditioned: to three digits for
  /// AR(1) inputs, whose radius r² belongs to a long Jordan chain.
  static func radius(_ problem: Problem) -> Double? {
    let d = problem.linear.count
    guard d <= largest else { return nil }
    // Without null directions M itself, which rounding harms least.
    let vectors = problem.card.nullDimension == 0 ? unitVectors(d) : eigenvectors(problem)
    var power = map(problem, vectors)
    // ln |Mⁿ| / n, and n, so far; `power` is Mⁿ over its length.
    var exponent = 0.0
    var n = 1.0
    var last = Double.nan
    for _ in 0..<60 {
      let length = Vectors.dot(power, power).squareRoot()
      guard length > 0 else { return 0 }
      exponent += Elementary.log(length) / n
      let radius = Elementary.exp(exponent)
      if (radius - last).magnitude <= 4 * Double.ulpOfOne * radius { return radius }
      last = radius
      power = square(power.map { $0 / length }, vectors.count)
      n *= 2
    }
    return last
  }

  private static func unitVectors(_ d: Int) -> [[Double]] {
    (0..<d).map { i in (0..<d).map { $0 == i ? 1 : 0 } }
  }

  private static func eigenvectors(_ problem: Problem) -> [[Double]] {
    let d = problem.linear.count
    return problem.eigenvalues.indices.map { Array(problem.eigenvectors[($0 * d)..<(($0 + 1) * d)]) }
  }

  /// Vᵀ M V, V the given orthonormal vectors; row-major.
  private static func map(_ problem: Problem, _ vectors: [[Double]]) -> [Double] {
    let d = problem.linear.count
    let modes = vectors.count
    let h = problem.hessian
    var result = [Double](repeating: 0, count: modes * modes)
    for (j, vector) in vectors.enumerated() {
      var e = vector
      for i in 0..<d where h[i * d + i] > 0 {
        e[i] -= Vectors.dot(Array(h[(i * d)..<((i + 1) * d)]), e) / h[i * d + i]
      }
      for i in 0..<modes { result[i * modes + j] = Vectors.dot(vectors[i], e) }
    }
    return result
  }

  private static func square(_ a: [Double], _ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for k in 0..<n {
        let factor = a[i * n + k]
        for j in 0..<n { result[i * n + j] = result[i * n + j].addingProduct(factor, a[k * n + j]) }
      }
    }
    return result
  }
}
