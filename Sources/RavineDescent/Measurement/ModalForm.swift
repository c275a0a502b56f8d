/// A problem as the modal path sees it: the moving modes only, with √λ folded into the state and the state scaled so
/// that gap = Σ u². Every trial of a problem uses the same one.
package final class ModalForm: Sendable {
  package let shape: ModalShape

  package init(_ problem: Problem) {
    var whole = 0.0
    for (w, optimum) in zip(problem.start, problem.optimum) { whole += (w - optimum) * (w - optimum) }
    shape = ModalShape(
      problem.eigenvalues, problem.startError, lambdaMin: problem.card.lambdaMin, lambdaMax: problem.card.lambdaMax,
      whole: problem.card.nullDimension > 0 ? whole : 0)
  }

  /// A quadratic given by its non-zero eigenvalues, ascending, and the error at the start along their eigenvectors.
  init(eigenvalues: [Double], startError: [Double]) {
    shape = ModalShape(
      eigenvalues, startError, lambdaMin: eigenvalues.first ?? .nan, lambdaMax: eigenvalues.last ?? .nan,
      whole: 0)
  }

  deinit {
    shape.eigenvalues.deallocate()
    shape.start.deallocate()
  }
}

/// What a ``ModalForm`` holds, as plain old data that lanes copy freely: valid as long as the form lives.
package struct ModalShape: @unchecked Sendable {
  // Unchecked: the memory is written once, before the form exists.
  /// Moving modes: those with a start error.
  package let count: Int
  /// Eigenvalues λ of the modes, ascending.
  package let eigenvalues: UnsafePointer<Double>
  /// u_i(0) = √λ_i c_i / √(Σ λ c²), c = start errors.
  package let start: UnsafePointer<Double>
  /// √(Σ λ c²); 0 where the start is optimal.
  package let scale: Double
  /// |w₀ − w*|² outside the modes: the null space, which never moves.
  package let restingSquare: Double
  /// Smallest non-zero and largest eigenvalue of the problem.
  package let lambdaMin: Double
  package let lambdaMax: Double

  /// - Parameter whole: |w₀ − w*|² with its part in the null space; 0 where there is none.
  fileprivate init(
    _ spectrum: [Double], _ startError: [Double], lambdaMin: Double, lambdaMax: Double, whole: Double
  ) {
    var square = 0.0
    for (lambda, c) in zip(spectrum, startError) { square += lambda * c * c }
    let scale = square.squareRoot()
    let capacity = max(spectrum.count, 1)
    let eigenvalues = UnsafeMutablePointer<Double>.allocate(capacity: capacity)
    let start = UnsafeMutablePointer<Double>.allocate(capacity: capacity)
    var count = 0
    var moving = 0.0
    for (lambda, c) in zip(spectrum, startError) where c != 0 && scale > 0 {
      eigenvalues[count] = lambda
      start[count] = lambda.squareRoot() * c / scale
      moving += c * c
      count += 1
    }
    self.count = count
    self.eigenvalues = UnsafePointer(eigenvalues)
    self.start = UnsafePointer(start)
    self.scale = scale
    // Rounding of the two sums must not invent a null-space part.
    restingSquare = whole > moving * (1 + 1e-9) ? whole - moving : 0
    self.lambdaMin = lambdaMin
    self.lambdaMax = lambdaMax
  }

  /// |w − w*| and |∇f| of a modal state, folded over the modes in order.
  func norms(of state: (Int) -> Double) -> (distance: Double, gradient: Double) {
    var distance = 0.0
    var gradient = 0.0
    for i in 0..<count {
      let u = state(i)
      distance += u * u / eigenvalues[i]
      gradient += u * u * eigenvalues[i]
    }
    return ((distance * scale * scale + restingSquare).squareRoot(), gradient.squareRoot() * scale)
  }
}
