/// Extreme eigenvalues of a symmetric operator (Lanczos 1950), every new vector orthogonalised twice against all
/// earlier ones, so that no eigenvalue is found twice. The start is drawn by Philox: the same bits everywhere.
enum Lanczos {
  /// Vectors after which the answer is given as it is.
  static let longest = 300

  /// - Parameter tolerance: of both Ritz values, relative to the larger magnitude.
  static func extremes(
    dimension: Int, tolerance: Double, seed: UInt64 = 0, product: ([Double]) -> [Double]
  ) -> CurvatureExtremes {
    guard dimension > 0 else { return CurvatureExtremes(largest: 0, smallest: 0) }
    let random = RandomStream(seed: seed, stream: 18 << 32)
    var basis: [[Double]] = []
    var diagonal: [Double] = []
    var offDiagonal: [Double] = []
    var vector = normalised((0..<dimension).map { random.normal(at: UInt64($0)) }) ?? []
    var last = CurvatureExtremes(largest: .nan, smallest: .nan)
    while true {
      basis.append(vector)
      var next = product(vector)
      guard next.allSatisfy(\.isFinite) else { return CurvatureExtremes(largest: .nan, smallest: .nan) }
      diagonal.append(dot(vector, next))
      for _ in 0..<2 {
        for earlier in basis {
          let share = dot(earlier, next)
          for i in next.indices { next[i] -= share * earlier[i] }
        }
      }
      let length = dot(next, next).squareRoot()
      let found = Tridiagonal.extremes(diagonal, offDiagonal)
      let scale = max(found.largest.magnitude, found.smallest.magnitude)
      let moved = max(
        (found.largest - last.largest).magnitude, (found.smallest - last.smallest).magnitude)
      let exhausted = basis.count >= min(dimension, longest) || length <= 1e-14 * scale || scale == 0
      if exhausted || (moved <= tolerance * scale && basis.count > 3) { return found }
      last = found
      offDiagonal.append(length)
      for i in next.indices { next[i] /= length }
      vector = next
    }
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  private static func normalised(_ v: [Double]) -> [Double]? {
    let length = dot(v, v).squareRoot()
    return length > 0 ? v.map { $0 / length } : nil
  }
}

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
}
