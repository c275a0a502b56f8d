/// A problem as the modal path sees it: the moving modes only, with √λ folded into the state and the state scaled so
/// that gap = Σ u². Shared by reference: every lane of a problem holds one.
package final class ModalForm: Sendable {
  /// Eigenvalues λ of the modes with a start error, ascending.
  package let eigenvalues: [Double]
  /// u_i(0) = √λ_i c_i / √(Σ λ c²), c = start errors.
  package let start: [Double]
  /// √(Σ λ c²); 0 where the start is optimal.
  package let scale: Double
  /// |w₀ − w*|² outside the modes: the null space, which never moves.
  package let restingSquare: Double

  package init(_ problem: Problem) {
    var square = 0.0
    for (lambda, c) in zip(problem.eigenvalues, problem.startError) { square += lambda * c * c }
    let scale = square.squareRoot()
    var eigenvalues: [Double] = []
    var start: [Double] = []
    var moving = 0.0
    for (lambda, c) in zip(problem.eigenvalues, problem.startError) where c != 0 && scale > 0 {
      eigenvalues.append(lambda)
      start.append(lambda.squareRoot() * c / scale)
      moving += c * c
    }
    var whole = 0.0
    for (w, optimum) in zip(problem.start, problem.optimum) { whole += (w - optimum) * (w - optimum) }
    self.eigenvalues = eigenvalues
    self.start = start
    self.scale = scale
    // Rounding of the two sums must not invent a null-space part.
    restingSquare = problem.card.nullDimension > 0 && whole > moving * (1 + 1e-9) ? whole - moving : 0
  }

  /// |w − w*| and |∇f| of a modal state, folded over the modes in order.
  func norms(of state: (Int) -> Double) -> (distance: Double, gradient: Double) {
    var distance = 0.0
    var gradient = 0.0
    var i = 0
    for lambda in eigenvalues {
      let u = state(i)
      distance += u * u / lambda
      gradient += u * u * lambda
      i += 1
    }
    return ((distance * scale * scale + restingSquare).squareRoot(), gradient.squareRoot() * scale)
  }
}
