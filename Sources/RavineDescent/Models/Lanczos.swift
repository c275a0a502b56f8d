/// Extreme eigenvalues of a symmetric operator (Lanczos 1950), every new vector orthogonalised twice against all
/// earlier ones, so that no eigenvalue is found twice. The start is drawn by Philox: the same bits everywhere.
enum Lanczos {
  /// Vectors after which the answer is given as it is.
  static let longest = 300

  /// - Parameters:
  ///   - tolerance: of both Ritz values, relative to the larger magnitude.
  ///   - without: an eigenvector whose eigenvalue is left out; empty: none.
  static func extremes(
    dimension: Int, tolerance: Double, seed: UInt64 = 0, without: [Double] = [], product: ([Double]) -> [Double]
  ) -> CurvatureExtremes {
    guard dimension > (without.isEmpty ? 0 : 1) else { return CurvatureExtremes(largest: 0, smallest: 0) }
    let random = RandomStream(seed: seed, stream: 18 << 32)
    let most = min(without.isEmpty ? dimension : dimension - 1, longest)
    var basis = ColumnMatrix(rows: dimension, columns: 0, capacity: most + 1)
    var diagonal: [Double] = []
    var offDiagonal: [Double] = []
    let work = ColumnMatrix(rows: dimension, columns: 1)
    let next = work.column(0)
    for i in 0..<dimension { next[i] = random.normal(at: UInt64(i)) }
    let removed = ColumnMatrix(rows: dimension, columns: without.isEmpty ? 0 : 1)
    for (i, value) in without.enumerated() { removed.column(0)[i] = value / Vectors.dot(without, without).squareRoot() }
    orthogonalise(next, removed)
    var length = ColumnKernels.dot(next, next, blocks: work.blocks).squareRoot()
    var last = CurvatureExtremes(largest: .nan, smallest: .nan)
    while true {
      let vector = basis.append()
      for i in 0..<dimension { vector[i] = next[i] / length }
      let image = product(Array(UnsafeBufferPointer(start: vector, count: dimension)))
      guard image.allSatisfy(\.isFinite) else { return CurvatureExtremes(largest: .nan, smallest: .nan) }
      for i in 0..<dimension { next[i] = image[i] }
      diagonal.append(ColumnKernels.dot(vector, next, blocks: work.blocks))
      for _ in 0..<2 {
        orthogonalise(next, removed)
        orthogonalise(next, basis)
      }
      length = ColumnKernels.dot(next, next, blocks: work.blocks).squareRoot()
      let found = Tridiagonal.extremes(diagonal, offDiagonal)
      let scale = max(found.largest.magnitude, found.smallest.magnitude)
      let moved = max(
        (found.largest - last.largest).magnitude, (found.smallest - last.smallest).magnitude)
      let exhausted = basis.columns >= most || length <= 1e-14 * scale || scale == 0
      if exhausted || (moved <= tolerance * scale && basis.columns > 3) { return found }
      last = found
      offDiagonal.append(length)
    }
  }

  private static func orthogonalise(_ vector: UnsafeMutablePointer<Double>, _ basis: borrowing ColumnMatrix) {
    for earlier in 0..<basis.columns {
      let share = ColumnKernels.dot(basis.column(earlier), vector, blocks: basis.blocks)
      ColumnKernels.add(-share, basis.column(earlier), to: vector, blocks: basis.blocks)
    }
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
