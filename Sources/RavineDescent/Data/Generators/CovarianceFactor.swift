/// Upper triangular R with C = RᵀR for covariances C, stored by columns.
enum CovarianceFactor {
  /// Cholesky factor of the symmetric `matrix` (row-major, d × d). A pivot that vanishes to round-off
  /// (8 d 2⁻⁵² of its diagonal entry) gives a zero row.
  ///
  /// - Throws: where the matrix has a negative eigenvalue.
  static func cholesky(_ matrix: [Double], dimension d: Int) throws(DataError) -> ColumnMatrix {
    let factor = ColumnMatrix(rows: d, columns: d)
    let tolerance = PivotedQR.tolerance(rows: d, columns: d)
    for j in 0..<d {
      let column = factor.column(j)
      for k in 0...j {
        // Rows from k on are still zero in both columns, or zero in column k by triangularity.
        let known = ColumnKernels.dot(factor.column(k), column, blocks: k / 8 + 1)
        let rest = matrix[k * d + j] - known
        let size = matrix[j * d + j] * tolerance
        if k < j {
          let pivot = factor.column(k)[k]
          column[k] = pivot > 0 ? rest / pivot : 0
          guard pivot > 0 || rest.magnitude <= 64 * size.squareRoot() else { throw indefinite }
        } else {
          guard rest >= -size else { throw indefinite }
          column[k] = rest > size ? rest.squareRoot() : 0
        }
      }
    }
    return factor
  }

  private static let indefinite = DataError(
    "these correlations contradict each other: the matrix has a negative eigenvalue",
    help: "lower the correlations between the groups, or raise those within them")

  /// H_ij = ρ^|i−j|: row 0 is ρ^j, row i > 0 is √(1 − ρ²) ρ^(j−i).
  static func autoregressive(_ d: Int, _ correlation: Double) -> ColumnMatrix {
    let factor = ColumnMatrix(rows: d, columns: d)
    let innovation = ((1 - correlation) * (1 + correlation)).squareRoot()
    for j in 0..<d {
      var value = 1.0
      for i in stride(from: j, through: 0, by: -1) {
        factor.column(j)[i] = i == 0 ? value : innovation * value
        value *= correlation
      }
    }
    return factor
  }

  /// H_ij = 1/(i + j − 1): R_ij = √(2i − 1) (j − 1)!² / ((j − i)! (j + i − 1)!), i ≤ j (Choi, Amer. Math. Monthly 90
  /// (1983) 301-312). Each entry is exact to a few units in the last place, so even eigenvalues of 1e-30 are right.
  static func hilbert(_ d: Int) -> ColumnMatrix {
    let factor = ColumnMatrix(rows: d, columns: d)
    for j in 1...d {
      // R_1j / √1 = 1/j; each next row multiplies by (j − i)/(j + i).
      var value = 1 / Double(j)
      for i in 1...j {
        factor.column(j - 1)[i - 1] = Double(2 * i - 1).squareRoot() * value
        value *= Double(j - i) / Double(j + i)
      }
    }
    return factor
  }

  /// E[t^(i+j)] for t uniform on [−1, 1], from the Legendre polynomials: t^j = Σ_k c_jk P_k, E[P_k²] = 1/(2k + 1), so
  /// R_kj = √(2k + 1) j! / (2^m m! (j + k + 1)!!), m = (j − k)/2, where j − k is even (Abramowitz, Stegun 22.3, 22.13).
  /// Each entry is exact to a few units in the last place.
  static func vandermonde(_ d: Int) -> ColumnMatrix {
    let factor = ColumnMatrix(rows: d, columns: d)
    for j in 0..<d {
      for k in stride(from: j % 2, through: j, by: 2) {
        // j! / (2^m m! (j + k + 1)!!) = ∏ of ratios that stay near 1: the even part of j! cancels against 2^m m!.
        let m = (j - k) / 2
        var value = 1.0
        for i in 1...max(j, 1) where j > 0 { value *= Double(i) }
        for i in 1...max(m, 1) where m > 0 { value /= Double(2 * i) }
        for odd in stride(from: (j + k + 1) % 2 == 1 ? 1 : 2, through: j + k + 1, by: 2) { value /= Double(odd) }
        factor.column(j)[k] = Double(2 * k + 1).squareRoot() * value
      }
    }
    return factor
  }
}
