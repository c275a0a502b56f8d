import Testing

@testable import RavineDescent

@Suite("QR and one-sided Jacobi")
struct JacobiSVDTests {
  /// Random normal matrix, by columns.
  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> ColumnMatrix {
    let matrix = ColumnMatrix(rows: rows, columns: columns)
    for j in 0..<columns {
      RandomStream(seed: seed, stream: UInt64(j)).normals(into: matrix.column(j), count: rows)
    }
    return matrix
  }

  private func dot(_ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, _ count: Int) -> Double {
    (0..<count).reduce(0) { $0 + a[$1] * b[$1] }
  }

  /// Eigenvalues of AᵀA, ascending.
  private func squares(_ matrix: borrowing ColumnMatrix) -> [Double] {
    let columns = matrix.columns
    let factors = PivotedQR(matrix.copy(), hasTargets: false)
    return JacobiSVD.orthogonalise(factors.lower, activeRows: columns).map { $0 * $0 }.sorted()
  }

  @Test("Q R gives back the matrix", arguments: [(1, 1), (3, 2), (8, 8), (9, 5), (40, 17), (5, 9)])
  func factorisation(rows: Int, columns: Int) {
    let matrix = random(rows, columns, seed: 1)
    let factors = PivotedQR(matrix.copy(), hasTargets: false)
    #expect(factors.rank == min(rows, columns))
    let column = ColumnMatrix(rows: rows, columns: 1)
    for j in 0..<columns {
      column.column(0).update(repeating: 0, count: rows)
      for i in 0..<factors.rank { column.column(0)[i] = factors.lower.column(i)[j] }
      factors.applyQ(to: column.column(0))
      for i in 0..<rows { #expect(abs(column.column(0)[i] - matrix.column(j)[i]) < 1e-14 * Double(rows)) }
    }
  }

  @Test("the rank does not depend on the scale of the columns")
  func rankUnderScaling() {
    for scale in [1e-100, 1, 1e100] {
      let matrix = random(30, 6, seed: 2)
      for i in 0..<30 {
        matrix.column(4)[i] = matrix.column(0)[i] - 2 * matrix.column(1)[i]
        matrix.column(2)[i] *= scale
        matrix.column(4)[i] *= scale
      }
      #expect(PivotedQR(matrix.copy(), hasTargets: false).rank == 5)
      #expect(PivotedQR(matrix.copy(), hasTargets: false, pivoting: false).rank == 5)
    }
  }

  @Test("zero columns have rank 0")
  func zero() {
    #expect(PivotedQR(ColumnMatrix(rows: 4, columns: 3), hasTargets: false).rank == 0)
  }

  @Test("the residual is the part of y outside the column space")
  func residual() {
    let matrix = ColumnMatrix(rows: 3, columns: 2)
    for (i, value) in [1.0, 1, 1].enumerated() { matrix.column(0)[i] = value }
    for (i, value) in [1.0, 2, 6].enumerated() { matrix.column(1)[i] = value }
    let factors = PivotedQR(matrix, hasTargets: true)
    #expect(close(factors.residual, 14, 1e-14))
    #expect(close(factors.solve()[0], 3, 1e-14))
  }

  @Test("all columns end orthogonal, lengths are kept, V is orthogonal", arguments: [2, 7, 16, 33])
  func orthogonality(d: Int) {
    let matrix = random(d, d, seed: 3)
    let offset = ColumnMatrix.padded(d)
    let work = ColumnMatrix(rows: offset + d, columns: d)
    for j in 0..<d {
      work.column(j).update(from: matrix.column(j), count: d)
      work.column(j)[offset + j] = 1
    }
    let sigma = JacobiSVD.orthogonalise(work, activeRows: d)
    for j in 0..<d {
      for k in 0..<j {
        #expect(abs(dot(work.column(j), work.column(k), d)) < 1e-14 * sigma[j] * sigma[k])
        #expect(abs(dot(work.column(j) + offset, work.column(k) + offset, d)) < 1e-13)
      }
      // U Σ = A V
      for i in 0..<d {
        let product = (0..<d).reduce(0) { $0 + matrix.column($1)[i] * work.column(j)[offset + $1] }
        #expect(abs(product - work.column(j)[i]) < 1e-13)
      }
    }
    let trace = (0..<d).reduce(0) { $0 + dot(matrix.column($1), matrix.column($1), d) }
    #expect(close(sigma.reduce(0) { $0 + $1 * $1 }, trace, 1e-13))
  }

  // Eigenvalues of the Hilbert matrix, computed with 60 digits.
  @Test(
    "the smallest eigenvalue of the Hilbert matrix, far below round-off of the largest, has 11 digits",
    arguments: [
      (5, 3.287928772171863e-06, 1.5670506910982307), (12, 1.0479463979622267e-16, 1.7953720595619973),
      (16, 9.197419820651453e-23, 1.8600364427433271),
    ])
  func hilbert(d: Int, smallest: Double, largest: Double) {
    let values = squares(CovarianceFactor.hilbert(d))
    #expect(close(values[0], smallest, 1e-11))
    #expect(close(values[d - 1], largest, 1e-14))
  }

  @Test("scaling a column by 1e-80 keeps the relative accuracy")
  func graded() {
    // Orthogonal columns (3, 4), (−4, 3) times 1 and 1e-80: the singular values are 5 and 5e-80.
    let matrix = ColumnMatrix(rows: 2, columns: 2)
    matrix.column(0)[0] = 3
    matrix.column(0)[1] = 4
    matrix.column(1)[0] = -4e-80
    matrix.column(1)[1] = 3e-80
    let values = squares(matrix)
    #expect(close(values[0], 25e-160, 1e-14))
    #expect(close(values[1], 25, 1e-14))
  }

  @Test("sums over many rows are compensated")
  func compensatedSums() {
    let n = 100_000
    let column = ColumnMatrix(rows: n, columns: 2)
    for i in 0..<n {
      column.column(0)[i] = 0.1
      column.column(1)[i] = 1
    }
    // 0.1 as a double is 0.1 + 5.55e-18.
    #expect(ColumnKernels.sum(column.column(0), blocks: column.blocks) == 10_000.0)
    #expect(close(ColumnKernels.dot(column.column(0), column.column(1), blocks: column.blocks), 10_000, 2e-15))
  }
}
