/// Eigenvalues of symmetric tridiagonal matrices by bisection with Sturm counts (Givens 1954).
enum Tridiagonal {
  static func extremes(_ diagonal: [Double], _ off: [Double]) -> CurvatureExtremes {
    var radius = 0.0
    for i in diagonal.indices {
      let left = i > 0 ? off[i - 1].magnitude : 0
      let right = i < off.count ? off[i].magnitude : 0
      radius = max(radius, diagonal[i].magnitude + left + right)
    }
    return CurvatureExtremes(
      largest: eigenvalue(diagonal, off, number: diagonal.count - 1, radius),
      smallest: eigenvalue(diagonal, off, number: 0, radius))
  }

  /// Eigenvalue `number`, ascending from 0, to 2⁻⁵⁴ radius; all lie within ±radius.
  static func eigenvalue(_ diagonal: [Double], _ off: [Double], number: Int, _ radius: Double) -> Double {
    var low = -radius
    var high = radius
    while true {
      let middle = low + (high - low) / 2
      guard high - low > 0x1p-54 * radius, middle > low, middle < high else { return middle }
      if below(diagonal, off, middle) > number { high = middle } else { low = middle }
    }
  }

  /// How many eigenvalues lie below x.
  private static func below(_ diagonal: [Double], _ off: [Double], _ x: Double) -> Int {
    var count = 0
    var pivot = 1.0
    for i in diagonal.indices {
      let square = i > 0 ? off[i - 1] * off[i - 1] : 0
      pivot = diagonal[i] - x - (i > 0 ? square / pivot : 0)
      if pivot == 0 { pivot = -.leastNormalMagnitude }
      if pivot < 0 { count += 1 }
    }
    return count
  }

  /// The eigenvalues, ascending, and the squares of the first entries of their unit eigenvectors: nodes and weights of
  /// Gauss's quadrature for the measure whose recurrence this is (Golub, Welsch 1969), by the implicit QL method.
  static func quadrature(_ diagonal: [Double], _ off: [Double]) -> [(node: Double, weight: Double)] {
    let n = diagonal.count
    var d = diagonal
    var e = Array(off.prefix(max(n - 1, 0))) + [0]
    var first = (0..<n).map { $0 == 0 ? 1.0 : 0 }
    for l in 0..<n {
      // Some three rounds for each eigenvalue; never more than this.
      for _ in 0..<60 {
        let m = (l..<n).first {
          $0 == n - 1 || e[$0].magnitude <= Double.ulpOfOne * (d[$0].magnitude + d[$0 + 1].magnitude)
        }
        guard let m, m > l else { break }
        chase(from: l, to: m, &d, &e, &first)
      }
    }
    let order = d.indices.sorted { d[$0] != d[$1] ? d[$0] < d[$1] : $0 < $1 }
    return order.map { (d[$0], first[$0] * first[$0]) }
  }

  /// One implicit QL sweep with Wilkinson's shift over rows l … m, the rotations applied to `first` too.
  private static func chase(
    from l: Int, to m: Int, _ d: inout [Double], _ e: inout [Double], _ first: inout [Double]
  ) {
    let half = (d[l + 1] - d[l]) / (2 * e[l])
    let root = (half * half + 1).squareRoot()
    var g = d[m] - d[l] + e[l] / (half + (half < 0 ? -root : root))
    var (sine, cosine, shift) = (1.0, 1.0, 0.0)
    for i in (l..<m).reversed() {
      let f = sine * e[i]
      let b = cosine * e[i]
      let r = (f * f + g * g).squareRoot()
      e[i + 1] = r
      guard r > 0 else {
        d[i + 1] -= shift
        e[m] = 0
        return
      }
      (sine, cosine) = (f / r, g / r)
      g = d[i + 1] - shift
      let t = (d[i] - g) * sine + 2 * cosine * b
      shift = sine * t
      d[i + 1] = g + shift
      g = cosine * t - b
      (first[i + 1], first[i]) = (sine * first[i] + cosine * first[i + 1], cosine * first[i] - sine * first[i + 1])
    }
    d[l] -= shift
    e[l] = g
    e[m] = 0
  }
}
