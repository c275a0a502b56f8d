@testable import RavineDescent

/// A quadratic with given eigenvalues in a known rotated basis: H = Q diag(λ) Qᵀ, Q a product of plane rotations.
enum RotatedProblem {
  static func make(eigenvalues: [Double], optimum: [Double], start: [Double]? = nil) -> Problem {
    let d = eigenvalues.count
    // Column i of q is eigenvector i.
    var q = (0..<d * d).map { $0 / d == $0 % d ? 1.0 : 0.0 }
    for i in 0..<d {
      for j in (i + 1)..<max(d, i + 1) where (i + j) % 3 != 0 {
        let (c, s) = (0.8, 0.6)
        for r in 0..<d {
          let (x, y) = (q[r * d + i], q[r * d + j])
          q[r * d + i] = c * x - s * y
          q[r * d + j] = s * x + c * y
        }
      }
    }
    var hessian = [Double](repeating: 0, count: d * d)
    for r in 0..<d {
      for k in r..<d {
        var sum = 0.0
        for i in 0..<d { sum += q[r * d + i] * eigenvalues[i] * q[k * d + i] }
        hessian[r * d + k] = sum
        hessian[k * d + r] = sum
      }
    }
    let w0 = start ?? [Double](repeating: 0, count: d)
    let linear = (0..<d).map { r in (0..<d).reduce(0.0) { $0 + hessian[r * d + $1] * optimum[$1] } }
    let order = (0..<d).filter { eigenvalues[$0] > 0 }.sorted { eigenvalues[$0] < eigenvalues[$1] }
    let errors = order.map { i in (0..<d).reduce(0.0) { $0 + q[$1 * d + i] * (w0[$1] - optimum[$1]) } }
    let values = order.map { eigenvalues[$0] }
    let card = ProblemCard(
      dimension: UInt32(d), samples: 0, nullDimension: UInt32(d - order.count), lambdaMax: values[values.count - 1],
      lambdaMin: values[0], stableRank: 1, entropyRank: 1, lossAtStart: 1, lossAtOptimum: 0)
    return Problem(
      settings: ProblemSettings(
        data: .generated(.spectrum(eigenvalues: eigenvalues), samples: .exact, target: .ones, noise: 0)),
      card: card, featureNames: [], eigenvalues: values, startError: errors,
      eigenvectors: order.flatMap { i in (0..<d).map { q[$0 * d + i] } }, hessian: hessian, linear: linear,
      optimum: optimum, start: w0)
  }

  /// `count` geometric eigenvalues from 1 down to 1/κ and targets cos(i + 1)-like without libm.
  static func geometric(_ count: Int, condition: Double) -> Problem {
    var ratio = 1.0
    // Newton for ratio^(count−1) = 1/condition.
    if count > 1 {
      for _ in 0..<200 {
        var power = 1.0
        for _ in 0..<(count - 1) { power *= ratio }
        ratio -= (power - 1 / condition) / (Double(count - 1) * power / ratio)
      }
    }
    var value = 1.0
    var values: [Double] = []
    for _ in 0..<count {
      values.append(value)
      value *= ratio
    }
    return make(eigenvalues: values, optimum: (0..<count).map { 1 - Double(($0 * 7) % 5) / 3 })
  }
}
