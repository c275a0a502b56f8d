/// Gradient descent preconditioned by D = diag(H) on a quadratic is plain gradient descent on the rescaled weights
/// D^½ w: its curvature is D^−½ H D^−½ = Aᵀ A, A = Λ^½ Vᵀ D^−½, so its forecast is as exact as that of any other.
enum DiagonalPreconditioning {
  /// The rescaled problem in its own eigenbasis. With A = U Σ Qᵀ its eigenvalues are σ² and its modes, weighted by √λ,
  /// the old ones turned: Uᵀ Λ^½ c.
  static func form(_ problem: Problem) -> ModalForm {
    let d = problem.linear.count
    let turned = ColumnMatrix.padded(d)
    var matrix = ColumnMatrix(rows: turned + 1, columns: 0, capacity: problem.eigenvalues.count)
    for (mode, lambda) in problem.eigenvalues.enumerated() {
      let column = matrix.append()
      let root = lambda.squareRoot()
      for j in 0..<d {
        let diagonal = problem.hessian[j * d + j]
        column[j] = diagonal > 0 ? root * problem.eigenvectors[mode * d + j] / diagonal.squareRoot() : 0
      }
      column[turned] = root * problem.startError[mode]
    }
    let sigma = JacobiSVD.orthogonalise(matrix, activeRows: d)
    let order = sigma.indices.sorted { sigma[$0] != sigma[$1] ? sigma[$0] < sigma[$1] : $0 < $1 }
    return ModalForm(
      eigenvalues: order.map { sigma[$0] * sigma[$0] },
      startError: order.map { matrix.column($0)[turned] / sigma[$0] })
  }
}

extension TrialParameters {
  /// Gradient descent on the rescaled problem, where that is what the trial does; a simultaneous move of all
  /// coordinates to their own minima is its step 1.
  var rescaled: TrialParameters? {
    guard batch.size == 0 else { return nil }
    var own = self
    own.method = .gradientDescent
    own.momentum = .value(0)
    own.precision = .float64
    switch method {
    case .diagonalNewton: own.step = .absolute(plainStep)
    case .simultaneousCoordinates:
      own.step = .absolute(1)
      own.schedule = Schedule()
    default: return nil
    }
    return own
  }
}
