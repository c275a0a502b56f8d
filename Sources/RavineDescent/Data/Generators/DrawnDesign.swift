/// The streams of random numbers of one data set. Value i of a stream belongs to row i, and every feature has a stream
/// of its own: the draw for (row, feature) depends on the seed, the row and the feature alone. Data sets that differ in
/// correlation, noise, number of rows or of features share their draws (common random numbers).
enum DrawStream {
  /// z_ij of feature j.
  case input(Int)
  /// ζ_ij: the second, independent normal of column j.
  case second(Int)
  /// u_i, shared by all features.
  case shared
  /// ε_i of the targets.
  case noise
  /// w*_j at index j.
  case weights

  /// The Philox stream number: the kind in the high half, the feature in the low half. Part of the results: never
  /// change.
  var number: UInt64 {
    switch self {
    case .input(let feature): UInt64(truncatingIfNeeded: feature)
    case .second(let column): 1 << 32 | UInt64(truncatingIfNeeded: column)
    case .shared: 2 << 32
    case .noise: 3 << 32
    case .weights: 4 << 32
    }
  }
}

extension Design {
  /// n rows drawn from the generator, y = X w* + noise · ε.
  /// `signalToNoise` > 0 scales the noise so that |X w*| is that multiple of it.
  static func drawn(
    _ generator: Generator, samples n: Int, weights: [Double], noise: Double, signalToNoise: Double = 0, seed: UInt64
  ) throws(DataError) -> Design {
    let d = generator.features
    let inputs = ColumnMatrix(rows: n, columns: d, capacity: d + 1)
    try Sampler(generator: generator, seed: seed).fill(inputs)
    let targets = ColumnMatrix(rows: n, columns: 1)
    let y = targets.column(0)
    if noise != 0 {
      RandomStream(seed: seed, stream: DrawStream.noise.number).normals(into: y, count: n)
      for i in 0..<n { y[i] *= noise }
    }
    for j in 0..<d { ColumnKernels.add(weights[j], inputs.column(j), to: y, blocks: inputs.blocks) }
    if signalToNoise > 0 { addNoise(to: targets, signalToNoise, seed) }
    return Design(
      inputs: inputs, targets: targets, layout: .separate, features: d, names: numberedNames(d), divisor: Double(n),
      meanRow: nil, weights: [])
  }
}

extension Design {
  private static func addNoise(to targets: borrowing ColumnMatrix, _ signalToNoise: Double, _ seed: UInt64) {
    let (n, y) = (targets.rows, targets.column(0))
    let noise = ColumnMatrix(rows: n, columns: 1)
    let e = noise.column(0)
    RandomStream(seed: seed, stream: DrawStream.noise.number).normals(into: e, count: n)
    let signal = ColumnKernels.dot(y, y, blocks: targets.blocks)
    let size = ColumnKernels.dot(e, e, blocks: noise.blocks)
    ColumnKernels.add((signal / size).squareRoot() / signalToNoise, e, to: y, blocks: noise.blocks)
  }
}

/// Fills the columns of a zero matrix with samples of a generator.
private struct Sampler {
  let generator: Generator
  let seed: UInt64

  func fill(_ x: borrowing ColumnMatrix) throws(DataError) {
    switch generator {
    case .equicorrelated(let d, let correlation) where correlation >= 0:
      independent(x, columns: d)
      mix(x, shared: Array(repeating: correlation.squareRoot(), count: d), own: (1 - correlation).squareRoot())
    case .factor(let d, let from, let to):
      independent(x, columns: d)
      mix(x, shared: Generator.loadings(d, from, to), own: nil)
    case .autoregressive(let d, let correlation):
      independent(x, columns: d)
      recur(x, correlation)
    case .uncentred(let d, let mean):
      independent(x, columns: d)
      for j in 0..<d { for i in 0..<x.rows { x.column(j)[i] += mean } }
    case .geometric, .power, .spectrum:
      independent(x, columns: x.columns)
      for (j, variance) in (generator.diagonal ?? []).enumerated() { scale(x, j, by: variance.squareRoot()) }
    case .vandermonde(let d): powers(x, columns: d)
    case .hilbert(let d):
      independent(x, columns: d)
      multiply(x, by: CovarianceFactor.hilbert(d))
    case .equicorrelated, .block:
      independent(x, columns: x.columns)
      multiply(x, by: try CovarianceFactor.cholesky(generator.secondMoment(), dimension: x.columns))
    case .duplicated(let d, let copies): copy(x, features: d, copies: copies, epsilon: 0)
    case .nearDuplicated(let d, let copies, let epsilon): copy(x, features: d, copies: copies, epsilon: epsilon)
    }
  }

  private func draw(_ stream: DrawStream, into column: UnsafeMutablePointer<Double>, count: Int) {
    RandomStream(seed: seed, stream: stream.number).normals(into: column, count: count)
  }

  private func independent(_ x: borrowing ColumnMatrix, columns: Int) {
    for j in 0..<columns { draw(.input(j), into: x.column(j), count: x.rows) }
  }

  /// x_ij = t_i^j, t_i uniform on (−1, 1) from the shared stream.
  private func powers(_ x: borrowing ColumnMatrix, columns: Int) {
    let random = RandomStream(seed: seed, stream: DrawStream.shared.number)
    for i in 0..<x.rows {
      let t = 2 * random.uniform(at: UInt64(truncatingIfNeeded: i)) - 1
      var value = 1.0
      for j in 0..<columns {
        x.column(j)[i] = value
        value *= t
      }
    }
  }

  private func scale(_ x: borrowing ColumnMatrix, _ j: Int, by factor: Double) {
    let column = x.column(j)
    for i in 0..<x.rows { column[i] *= factor }
  }

  /// x_j ← own · x_j + shared_j · u; `own` nil stands for √(1 − shared_j²).
  private func mix(_ x: borrowing ColumnMatrix, shared: [Double], own: Double?) {
    let u = ColumnMatrix(rows: x.rows, columns: 1)
    draw(.shared, into: u.column(0), count: x.rows)
    for (j, loading) in shared.enumerated() {
      scale(x, j, by: own ?? ((1 - loading) * (1 + loading)).squareRoot())
      ColumnKernels.add(loading, u.column(0), to: x.column(j), blocks: x.blocks)
    }
  }

  /// x_0 = z_0, x_j = ρ x_(j−1) + √(1 − ρ²) z_j.
  private func recur(_ x: borrowing ColumnMatrix, _ correlation: Double) {
    let innovation = ((1 - correlation) * (1 + correlation)).squareRoot()
    for j in 1..<max(x.columns, 1) {
      scale(x, j, by: innovation)
      ColumnKernels.add(correlation, x.column(j - 1), to: x.column(j), blocks: x.blocks)
    }
  }

  /// x_j ← Σ_(k ≤ j) R_kj z_k, from the last column down, so that no z is overwritten before its last use.
  private func multiply(_ x: borrowing ColumnMatrix, by factor: borrowing ColumnMatrix) {
    for j in stride(from: x.columns - 1, through: 0, by: -1) {
      scale(x, j, by: factor.column(j)[j])
      for k in 0..<j where factor.column(j)[k] != 0 {
        ColumnKernels.add(factor.column(j)[k], x.column(k), to: x.column(j), blocks: x.blocks)
      }
    }
  }

  private func copy(_ x: borrowing ColumnMatrix, features: Int, copies: Int, epsilon: Double) {
    for feature in 0..<features {
      let original = x.column(feature * copies)
      draw(.input(feature), into: original, count: x.rows)
      for index in (feature * copies + 1)..<(max(feature * copies + copies, feature * copies + 1)) {
        let column = x.column(index)
        if epsilon != 0 {
          draw(.second(index), into: column, count: x.rows)
          scale(x, index, by: epsilon)
        }
        for i in 0..<x.rows { column[i] = original[i] + column[i] }
      }
    }
  }
}
