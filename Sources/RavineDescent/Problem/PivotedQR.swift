/// Householder factorisation A P = Q R with column pivoting and a rank decision on scaled columns.
///
/// The next pivot is the column with the largest remainder (Businger and Golub), which grades the rows of R; one-sided
/// Jacobi on Rᵀ then keeps high relative accuracy (Drmač and Veselić, SIAM J. Matrix Anal. Appl. 29 (2008) 1322-1342).
/// A column counts as dependent on the earlier ones, and its remainder becomes exactly zero, when the remainder falls
/// below `tolerance` times the column's own norm: scaling a column changes no decision.
struct PivotedQR: ~Copyable {
  /// The reflectors: column p_i holds the Householder vector of step i, zero above row i.
  private var reflectors: ColumnMatrix
  /// τ_i: reflector i is I − τ v vᵀ.
  private var taus: [Double] = []
  /// p_i, the original column chosen at step i; `count` = rank.
  private(set) var pivots: [Int] = []
  /// Rᵀ in original column order: `lower.column(i)[j]` = R[i, column j], for i below the rank; below the columns'
  /// padding `carried` more rows for the use of ``JacobiSVD``.
  private(set) var lower: ColumnMatrix
  /// Qᵀy: the first `rank` entries.
  private(set) var projections: [Double] = []
  /// The squared norm of what A cannot explain of y.
  private(set) var residual = 0.0

  var rank: Int { pivots.count }

  /// The rank tolerance for `rows` × `columns`: 8 · max(rows, columns) · 2⁻⁵², the size of accumulated round-off.
  static func tolerance(rows: Int, columns: Int) -> Double { 8 * Double(max(rows, columns)) * 0x1p-52 }

  /// Factors `matrix`, the last column of which is y when `hasTargets` (never a pivot). `pivoting` false keeps the
  /// columns' order (dependent ones are still skipped). `carried`: zero rows to leave under Rᵀ.
  init(_ matrix: consuming ColumnMatrix, hasTargets: Bool, pivoting: Bool = true, carried: Int = 0) {
    let columns = matrix.columns - (hasTargets ? 1 : 0)
    let depth = min(matrix.rows, columns)
    reflectors = matrix
    lower = ColumnMatrix(rows: ColumnMatrix.padded(columns) + carried, columns: depth)
    pivots.reserveCapacity(depth)
    taus.reserveCapacity(depth)
    factor(columns: columns, depth: depth, pivoting: pivoting, hasTargets: hasTargets)
    lower.keepFirst(rank)
  }

  private mutating func factor(columns: Int, depth: Int, pivoting: Bool, hasTargets: Bool) {
    let blocks = reflectors.blocks
    var remainder = (0..<columns).map { j in
      ColumnKernels.dot(reflectors.column(j), reflectors.column(j), blocks: blocks)
    }
    let limit = Self.tolerance(rows: reflectors.rows, columns: columns)
    let floors = remainder.map { $0 * (limit * limit) }
    var live = (0..<columns).filter { remainder[$0] > 0 }
    let y = reflectors.column(columns)
    if hasTargets {
      projections.reserveCapacity(depth)
      residual = ColumnKernels.dot(y, y, blocks: blocks)
    }
    while pivots.count < depth, !live.isEmpty {
      let row = pivots.count
      let place = pivoting ? Self.largest(live, remainder) : 0
      let pivot = live.remove(at: place)
      let head = reflect(pivot: pivot, row: row)
      let rowOfR = lower.column(row)
      rowOfR[pivot] = head
      for j in live { remainder[j] = apply(pivot: pivot, row: row, to: reflectors.column(j), saving: rowOfR + j) }
      if hasTargets {
        var projection = 0.0
        residual = apply(pivot: pivot, row: row, to: y, saving: &projection)
        projections.append(projection)
      }
      live.removeAll { remainder[$0] <= floors[$0] }
    }
  }

  /// The place in `live` of the largest remainder, the first among equals.
  private static func largest(_ live: [Int], _ remainder: [Double]) -> Int {
    var place = 0
    for (candidate, column) in live.enumerated() where remainder[column] > remainder[live[place]] { place = candidate }
    return place
  }

  /// Turns column `pivot` into the Householder vector of step `row` and gives R[row, pivot].
  private mutating func reflect(pivot: Int, row: Int) -> Double {
    let v = reflectors.column(pivot)
    let first = row / 8
    let norm = ColumnKernels.dot(v + first * 8, v + first * 8, blocks: reflectors.blocks - first).squareRoot()
    let alpha = v[row]
    let beta = alpha > 0 ? -norm : norm
    v[row] = alpha - beta
    taus.append(1 / (norm * (norm + alpha.magnitude)))
    pivots.append(pivot)
    return beta
  }

  /// Applies the last reflector to column `a`, moves its entry of row `row` to `entry` and gives the squared norm of
  /// what is left below.
  private func apply(
    pivot: Int, row: Int, to a: UnsafeMutablePointer<Double>, saving entry: UnsafeMutablePointer<Double>
  ) -> Double {
    let v = reflectors.column(pivot)
    let first = row / 8
    let product = ColumnKernels.dot(v + first * 8, a + first * 8, blocks: reflectors.blocks - first)
    let factor = taus[row] * product
    entry.pointee = a[row] - factor * v[row]
    // Makes the update leave exactly zero here: the entry now lives in R.
    a[row] = factor * v[row]
    return ColumnKernels.subtract(factor, v, from: a, first: first, blocks: reflectors.blocks)
  }

  /// column ← Q · column, for a column of `reflectors.rows` rows (padded).
  func applyQ(to column: UnsafeMutablePointer<Double>) {
    let blocks = reflectors.blocks
    for step in stride(from: rank - 1, through: 0, by: -1) {
      let v = reflectors.column(pivots[step])
      let first = step / 8
      let product = ColumnKernels.dot(v + first * 8, column + first * 8, blocks: blocks - first)
      ColumnKernels.add(-taus[step] * product, v + first * 8, to: column + first * 8, blocks: blocks - first)
    }
  }

  /// The w with R w = Qᵀy when every column is a pivot: the unique least-squares solution.
  func solve() -> [Double] {
    let blocks = ColumnMatrix.padded(rank) / 8
    let w = ColumnMatrix(rows: rank, columns: 1)
    let solution = w.column(0)
    for step in stride(from: rank - 1, through: 0, by: -1) {
      // Columns chosen before `step` are zero in this row of R, its own weight is still zero.
      let known = ColumnKernels.dot(lower.column(step), solution, blocks: blocks)
      solution[pivots[step]] = (projections[step] - known) / lower.column(step)[pivots[step]]
    }
    return (0..<rank).map { solution[$0] }
  }
}
