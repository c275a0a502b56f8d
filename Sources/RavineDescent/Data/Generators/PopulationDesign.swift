/// F with covariance FᵀF, stored as `layout` says: for groups, column g is the part that all members share.
private struct PopulationFactor: ~Copyable {
  var columns: ColumnMatrix
  var layout: FeatureLayout
}

extension Design {
  /// A generated problem without sampling: rows whose second moments are exactly those of the distribution.
  static func population(_ generator: Generator, weights: [Double]) throws(DataError) -> Design {
    let d = generator.features
    let factor = try populationFactor(generator)
    let layout = factor.layout
    let stored = factor.columns.columns
    let meanRow = factor.columns.rows
    let inputs = ColumnMatrix(rows: meanRow + 1, columns: stored, capacity: stored + 1)
    for j in 0..<stored {
      inputs.column(j).update(from: factor.columns.column(j), count: meanRow)
      inputs.column(j)[meanRow] = generator.mean
    }
    let targets = ColumnMatrix(rows: meanRow + 1, columns: 1)
    for j in 0..<stored {
      var weight = 0.0
      switch layout {
      case .separate: weight = weights[j]
      case .grouped(let groups): for member in groups[j] { weight += weights[member] }
      case .diagonal: break
      }
      ColumnKernels.add(weight, inputs.column(j), to: targets.column(0), blocks: inputs.blocks)
    }
    return Design(
      inputs: inputs, targets: targets, layout: layout, features: d, names: numberedNames(d), divisor: 1,
      meanRow: meanRow, weights: weights)
  }

  static func numberedNames(_ count: Int) -> [String] { (0..<count).map { "x\($0 + 1)" } }

  private static func populationFactor(
    _ generator: Generator
  ) throws(DataError) -> PopulationFactor {
    switch generator {
    case .equicorrelated(let d, let correlation):
      return exchangeable(
        [d], residual: 1 - correlation, shared: single((1 - correlation) + Double(d) * correlation, d))
    case .uncentred(let d, _): return exchangeable([d], residual: 1, shared: single(1, d))
    case .block(let sizes, let within, let between):
      return exchangeable(sizes, residual: 1 - within, shared: try blockMeans(sizes, within, between))
    case .duplicated(let d, let copies):
      let shared = ColumnMatrix(rows: d, columns: d)
      for g in 0..<d { shared.column(g)[g] = Double(copies).squareRoot() }
      return exchangeable(Array(repeating: copies, count: d), residual: 0, shared: shared)
    case .geometric, .power, .spectrum:
      let none = ColumnMatrix(rows: 0, columns: 0)
      return PopulationFactor(columns: none, layout: .diagonal(generator.diagonal ?? []))
    case .autoregressive(let d, let correlation):
      return PopulationFactor(columns: CovarianceFactor.autoregressive(d, correlation), layout: .separate)
    case .hilbert(let d): return PopulationFactor(columns: CovarianceFactor.hilbert(d), layout: .separate)
    case .vandermonde(let d): return PopulationFactor(columns: CovarianceFactor.vandermonde(d), layout: .separate)
    case .factor(let d, let from, let to):
      let factor = loadingsFactor(Generator.loadings(d, from, to))
      return PopulationFactor(columns: factor, layout: .separate)
    case .nearDuplicated(let d, let copies, let epsilon):
      return PopulationFactor(columns: nearDuplicates(d, copies, epsilon), layout: .separate)
    }
  }

  /// The factor of one group of d features; a variance that is zero to round-off (ρ = −1/(d−1)) is zero.
  private static func single(_ variance: Double, _ d: Int) -> ColumnMatrix {
    let shared = ColumnMatrix(rows: 1, columns: 1)
    shared.column(0)[0] = variance > PivotedQR.tolerance(rows: d, columns: d) ? variance.squareRoot() : 0
    return shared
  }

  /// Groups of `sizes` features: `shared` holds the factor of the covariance of the group directions 1/√s.
  private static func exchangeable(
    _ sizes: [Int], residual: Double, shared: consuming ColumnMatrix
  ) -> PopulationFactor {
    var groups = FeatureGroups()
    for (g, size) in sizes.enumerated() {
      let start = groups.members.count
      groups.append(start..<(start + size), residual: residual)
      let column = shared.column(g)
      let root = Double(size).squareRoot()
      for i in 0..<shared.rows { column[i] /= root }
    }
    return PopulationFactor(columns: shared, layout: .grouped(groups))
  }

  /// Covariance of the group directions of a block matrix: 1 + (s−1) · within on the diagonal, √(s t) · between off it.
  private static func blockMeans(
    _ sizes: [Int], _ within: Double, _ between: Double
  ) throws(DataError) -> ColumnMatrix {
    let count = sizes.count
    var matrix = [Double](repeating: 0, count: count * count)
    for g in 0..<count {
      for h in 0..<count {
        let (s, t) = (Double(sizes[g]), Double(sizes[h]))
        matrix[g * count + h] = g == h ? (1 - within) + s * within : (s * t).squareRoot() * between
      }
    }
    return try CovarianceFactor.cholesky(matrix, dimension: count)
  }

  /// H = diag(1 − l²) + l lᵀ: x_j = √(1 − l_j²) z_j + l_j u, u in the last row.
  private static func loadingsFactor(_ loadings: [Double]) -> ColumnMatrix {
    let d = loadings.count
    let factor = ColumnMatrix(rows: d + 1, columns: d)
    for (j, l) in loadings.enumerated() {
      factor.column(j)[j] = ((1 - l) * (1 + l)).squareRoot()
      factor.column(j)[d] = l
    }
    return factor
  }

  /// Every feature z in `copies` columns: z, then z + ε ζ with its own ζ.
  private static func nearDuplicates(_ d: Int, _ copies: Int, _ epsilon: Double) -> ColumnMatrix {
    let factor = ColumnMatrix(rows: d * copies, columns: d * copies)
    for column in 0..<(d * copies) {
      factor.column(column)[column] = epsilon
      factor.column(column)[column / copies * copies] = 1
    }
    return factor
  }
}
