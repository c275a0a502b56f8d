/// Small dense systems.
enum DenseSolve {
  /// Multiplications and additions of a solution in d unknowns: d³/3 for Cholesky's factors, 2 d² to use them.
  static func flops(_ d: Int) -> Double { Double(d) * Double(d) * (Double(d) / 3 + 2) }

  /// x with H x = g for positive semidefinite H, by Cholesky with symmetric pivoting; directions without curvature stay
  /// at zero. Where H is indefinite, H + μI with the least power of ten μ that makes it positive.
  static func positiveSemidefinite(_ h: [Double], _ g: [Double]) -> [Double] {
    let d = g.count
    var size = 0.0
    for i in 0..<d { size = max(size, h[i * d + i].magnitude) }
    var shift = 0.0
    for _ in 0..<40 {
      if let x = attempt(h, g, shift, size) { return x }
      shift = shift == 0 ? 1e-12 * size : 10 * shift
    }
    return g
  }

  private static func attempt(_ h: [Double], _ g: [Double], _ shift: Double, _ size: Double) -> [Double]? {
    let d = g.count
    var a = h
    for i in 0..<d { a[i * d + i] += shift }
    var order = Array(0..<d)
    let tiny = 4 * Double(d) * Double.ulpOfOne * size
    var rank = d
    for k in 0..<d {
      let pivot = (k..<d).reduce(k) { a[order[$1] * d + order[$1]] > a[order[$0] * d + order[$0]] ? $1 : $0 }
      order.swapAt(k, pivot)
      let p = order[k]
      let value = a[p * d + p]
      guard value > tiny else {
        // What is left must be round-off; anything clearly negative is a direction of negative curvature.
        for i in k..<d where a[order[i] * d + order[i]] < -10 * tiny { return nil }
        rank = k
        break
      }
      for i in (k + 1)..<max(d, k + 1) {
        let row = order[i]
        let factor = a[row * d + p] / value
        for j in (k + 1)..<d { a[row * d + order[j]] -= factor * a[p * d + order[j]] }
        a[row * d + p] = factor
      }
    }
    return substitute(a, order, rank, g)
  }

  private static func substitute(_ a: [Double], _ order: [Int], _ rank: Int, _ g: [Double]) -> [Double] {
    let d = g.count
    var y = (0..<rank).map { g[order[$0]] }
    for i in 0..<rank { for k in 0..<i { y[i] -= a[order[i] * d + order[k]] * y[k] } }
    for i in 0..<rank { y[i] /= a[order[i] * d + order[i]] }
    for i in stride(from: rank - 1, through: 0, by: -1) {
      for k in (i + 1)..<max(rank, i + 1) { y[i] -= a[order[k] * d + order[i]] * y[k] }
    }
    var x = [Double](repeating: 0, count: d)
    for i in 0..<rank { x[order[i]] = y[i] }
    return x
  }
}
