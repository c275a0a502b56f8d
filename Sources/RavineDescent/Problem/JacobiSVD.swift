/// One-sided Jacobi: plane rotations from the right until all columns are orthogonal.
///
/// Every singular value, however small, comes out to nearly full relative accuracy when the columns, scaled to length
/// one, are well conditioned (Demmel and Veselić, SIAM J. Matrix Anal. Appl. 13 (1992) 1204-1245). The order of the
/// rotations is fixed (row-cyclic, de Rijk's pivoting), so the same input gives the same bits on every host.
enum JacobiSVD {
  /// Sweeps are quadratically convergent: six to ten do. The limit only guards against round-off that never rests.
  private static let sweepLimit = 60

  /// Orthogonalises the columns of `matrix` in place: afterwards column k is σ_k u_k.
  ///
  /// Only the first `activeRows` rows (rounded up to eight; their padding is zero) count for lengths and angles; rows
  /// below take part in the rotations. A row cᵀ carried there becomes cᵀV, an identity becomes V, where
  /// matrix · V = U Σ. No column may be zero.
  ///
  /// - Returns: σ, in the order of the columns (not sorted).
  static func orthogonalise(_ matrix: borrowing ColumnMatrix, activeRows: Int) -> [Double] {
    let count = matrix.columns
    let active = ColumnMatrix.padded(activeRows) / 8
    let tolerance = max(4, Double(activeRows).squareRoot()) * 0x1p-53
    var norms = [Double](repeating: 0, count: count)
    var order = Array(0..<count)
    for _ in 0..<sweepLimit {
      for j in 0..<count { norms[j] = norm(matrix.column(j), blocks: active) }
      if !sweep(matrix, active: active, tolerance: tolerance, norms: &norms, order: &order) { break }
    }
    for j in 0..<count { norms[j] = norm(matrix.column(j), blocks: active) }
    return norms
  }

  private static func norm(_ column: UnsafeMutablePointer<Double>, blocks: Int) -> Double {
    ColumnKernels.dot(column, column, blocks: blocks).squareRoot()
  }

  /// One pass over all pairs; false when nothing had to be rotated.
  private static func sweep(
    _ matrix: borrowing ColumnMatrix, active: Int, tolerance: Double, norms: inout [Double], order: inout [Int]
  ) -> Bool {
    let count = matrix.columns
    let blocks = matrix.blocks
    var rotated = false
    for i in 0..<max(count - 1, 0) {
      bringLongestForward(i, norms, &order)
      let p = order[i]
      let a = matrix.column(p)
      for j in (i + 1)..<count {
        let q = order[j]
        let b = matrix.column(q)
        let product = ColumnKernels.dot(a, b, blocks: active)
        guard product.magnitude > tolerance * norms[p] * norms[q] else { continue }
        let cosine = product / norms[p] / norms[q]
        rotated = true
        let ratio = norms[q] / norms[p]
        let zeta = (ratio - 1 / ratio) / (2 * cosine)
        let t = tangent(zeta)
        let c = 1 / (1 + t * t).squareRoot()
        ColumnKernels.rotate(a, b, cosine: c, sine: c * t, blocks: blocks)
        let shrink = 1 - t * cosine * ratio
        let grow = 1 + t * cosine / ratio
        // The update formula loses digits when a column shrinks a lot; then measure it.
        norms[p] = shrink > 0.125 ? norms[p] * shrink.squareRoot() : norm(a, blocks: active)
        norms[q] = grow > 0.125 ? norms[q] * grow.squareRoot() : norm(b, blocks: active)
      }
    }
    return rotated
  }

  /// The smaller root of t² + 2 ζ t − 1 = 0.
  private static func tangent(_ zeta: Double) -> Double {
    let size = zeta.magnitude
    let t = size > 1e100 ? 0.5 / size : 1 / (size + (1 + size * size).squareRoot())
    return zeta < 0 ? -t : t
  }

  /// de Rijk's pivoting: the longest of the columns from place `start` on comes first.
  private static func bringLongestForward(_ start: Int, _ norms: [Double], _ order: inout [Int]) {
    var best = start
    for j in (start + 1)..<order.count where norms[order[j]] > norms[order[best]] { best = j }
    order.swapAt(start, best)
  }
}
