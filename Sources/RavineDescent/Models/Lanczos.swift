/// Extreme eigenvalues of a symmetric operator (Lanczos 1950), and the measure that a vector has of its spectrum.
enum Lanczos {
  /// Vectors after which the answer is given as it is: fewer where they would fill more than a gigabyte.
  static func longest(_ dimension: Int) -> Int { min(300, max(24, (1 << 27) / max(dimension, 1))) }

  /// The start is drawn by Philox: the same bits everywhere.
  /// - Parameters:
  ///   - tolerance: of both Ritz values, relative to the larger magnitude.
  ///   - without: orthogonal eigenvectors whose eigenvalues are left out.
  static func extremes(
    dimension: Int, tolerance: Double, seed: UInt64 = 0, without: [[Double]] = [], product: ([Double]) -> [Double]
  ) -> CurvatureExtremes {
    guard dimension > without.count else { return CurvatureExtremes(largest: 0, smallest: 0) }
    let random = RandomStream(seed: seed, stream: 18 << 32)
    let start = (0..<dimension).map { random.normal(at: UInt64($0)) }
    let most = min(dimension - without.count, longest(dimension))
    var space = KrylovSpace(start, without: without, most: most)
    var last = CurvatureExtremes(largest: .nan, smallest: .nan)
    while space.extend(product) {
      let found = Tridiagonal.extremes(space.diagonal, space.offDiagonal)
      let scale = max(found.largest.magnitude, found.smallest.magnitude)
      let moved = max(
        (found.largest - last.largest).magnitude, (found.smallest - last.smallest).magnitude)
      if space.isComplete(scale) || (moved <= tolerance * scale && space.diagonal.count > 3) { return found }
      last = found
    }
    return CurvatureExtremes(largest: .nan, smallest: .nan)
  }

  /// How the squared length of `start` is shared out over the spectrum: nodes θ_i, ascending, and weights with
  /// Σ weight · p(θ) = startᵀ p(H) start for every polynomial p of degree below twice their number; exact for all p
  /// where the space that H makes of `start` has at most `most` dimensions. nil where a product is not finite.
  static func measure(
    _ start: [Double], most: Int, product: ([Double]) -> [Double]
  ) -> [(node: Double, weight: Double)]? {
    let square = Vectors.dot(start, start)
    guard square > 0, square < .infinity else { return nil }
    var space = KrylovSpace(start, without: [], most: min(most, start.count, longest(start.count)))
    var scale = 0.0
    repeat {
      guard space.extend(product) else { return nil }
      scale = max(scale, space.diagonal[space.diagonal.count - 1].magnitude)
    } while !space.isComplete(scale)
    return Tridiagonal.quadrature(space.diagonal, space.offDiagonal).map { ($0.node, square * $0.weight) }
  }
}

/// An orthonormal basis of start, H start, H² start …, in which H is tridiagonal; every new vector is orthogonalised
/// twice against all earlier ones, so that no eigenvalue is found twice.
private struct KrylovSpace: ~Copyable {
  private(set) var diagonal: [Double] = []
  private(set) var offDiagonal: [Double] = []
  private let dimension: Int
  private let most: Int
  private var basis: ColumnMatrix
  private let removed: ColumnMatrix
  private let work: ColumnMatrix
  private var length: Double

  init(_ start: [Double], without: [[Double]], most: Int) {
    dimension = start.count
    self.most = most
    basis = ColumnMatrix(rows: dimension, columns: 0, capacity: min(most, 16))
    work = ColumnMatrix(rows: dimension, columns: 1)
    removed = ColumnMatrix(rows: dimension, columns: without.count)
    for (i, value) in start.enumerated() { work.column(0)[i] = value }
    for (column, vector) in without.enumerated() {
      let length = Vectors.dot(vector, vector).squareRoot()
      for (i, value) in vector.enumerated() { removed.column(column)[i] = value / length }
    }
    Self.orthogonalise(work.column(0), removed)
    length = ColumnKernels.dot(work.column(0), work.column(0), blocks: work.blocks).squareRoot()
  }

  /// One vector more; false where the product is not finite.
  mutating func extend(_ product: ([Double]) -> [Double]) -> Bool {
    let next = work.column(0)
    if !diagonal.isEmpty { offDiagonal.append(length) }
    if basis.columns == basis.capacity { basis = basis.copy(capacity: min(most, 2 * basis.capacity)) }
    let vector = basis.append()
    for i in 0..<dimension { vector[i] = next[i] / length }
    let image = product(Array(UnsafeBufferPointer(start: vector, count: dimension)))
    guard image.allSatisfy(\.isFinite) else { return false }
    for i in 0..<dimension { next[i] = image[i] }
    diagonal.append(ColumnKernels.dot(vector, next, blocks: work.blocks))
    for _ in 0..<2 {
      Self.orthogonalise(next, removed)
      Self.orthogonalise(next, basis)
    }
    length = ColumnKernels.dot(next, next, blocks: work.blocks).squareRoot()
    return true
  }

  /// Whether nothing but rounding is left outside, or room for no more; `scale`: of the operator.
  func isComplete(_ scale: Double) -> Bool { basis.columns >= most || length <= 1e-14 * scale || scale == 0 }

  private static func orthogonalise(_ vector: UnsafeMutablePointer<Double>, _ basis: borrowing ColumnMatrix) {
    for earlier in 0..<basis.columns {
      let share = ColumnKernels.dot(basis.column(earlier), vector, blocks: basis.blocks)
      ColumnKernels.add(-share, basis.column(earlier), to: vector, blocks: basis.blocks)
    }
  }
}
