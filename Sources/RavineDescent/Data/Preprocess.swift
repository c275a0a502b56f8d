extension Design {
  /// Transforms the inputs; see ``Preprocessing``. Targets are never touched. Before the bias column.
  ///
  /// On a population-exact problem the same rules act on its moments: `centre` removes the mean, `standardise` makes H
  /// the correlation matrix, whitening makes H the identity on the range. The function that the true weights describe
  /// stays the same, so w* changes with the inputs.
  ///
  /// `components` of the settings says how many principal axes `pca`, `whitenPCA` and `whitenZCA` keep, those of the
  /// largest variances; nil keeps all. What is dropped costs ½ Σ λ_i c_i² of loss at the optimum, c the coordinates of
  /// w* in the dropped axes. Axes of equal variance are kept in a fixed, arbitrary order.
  mutating func preprocess(_ settings: ProblemSettings) {
    let preprocessing = settings.preprocessing
    guard preprocessing != .none else { return }
    centre()
    switch preprocessing {
    case .none, .centre: return
    case .standardise: standardise(ddof: settings.ddof)
    case .pca, .whitenPCA, .whitenZCA:
      turnToAxes(preprocessing, kept: min(settings.components ?? features, features))
    case .whitenCholesky: whitenByCholesky()
    }
  }

  private mutating func centre() {
    for j in 0..<inputs.columns {
      let column = inputs.column(j)
      if let meanRow {
        column[meanRow] = 0
      } else if isConstant(column) {
        // Rounding of the mean must not leave a residue: a constant column is zero.
        column.update(repeating: 0, count: inputs.rows)
      } else {
        // The second pass removes the rounding error of the first mean.
        for _ in 0..<2 { subtractMean(column) }
      }
    }
  }

  private func isConstant(_ column: UnsafeMutablePointer<Double>) -> Bool {
    let first = column[0]
    return (0..<inputs.rows).allSatisfy { column[$0] == first }
  }

  private func subtractMean(_ column: UnsafeMutablePointer<Double>) {
    let mean = ColumnKernels.sum(column, blocks: inputs.blocks) / Double(inputs.rows)
    for i in 0..<inputs.rows { column[i] -= mean }
  }

  /// Divides each centred column by its standard deviation; a zero column stays. The moments of a distribution have no
  /// `ddof`.
  private mutating func standardise(ddof: Int) {
    switch layout {
    case .diagonal(let variances):
      for j in 0..<features { weights[j] *= variances[j].squareRoot() }
      layout = .diagonal(variances.map { $0 > 0 ? 1 : 0 })
    case .separate:
      for j in 0..<features {
        let deviation = divideByDeviation(column: j, residual: 0, size: 1, ddof: ddof)
        if !weights.isEmpty { weights[j] *= deviation }
      }
    case .grouped(var groups):
      for g in 0..<groups.count {
        let deviation = divideByDeviation(column: g, residual: groups.residual[g], size: groups.size(g), ddof: ddof)
        for j in groups[g] { weights[j] *= deviation }
        if deviation > 0 { groups.residual[g] /= deviation * deviation }
      }
      layout = .grouped(groups)
    }
  }

  private func divideByDeviation(column index: Int, residual: Double, size: Int, ddof: Int) -> Double {
    let column = inputs.column(index)
    let freedom = meanRow == nil ? divisor - Double(ddof) : divisor
    let shared = ColumnKernels.dot(column, column, blocks: inputs.blocks) / freedom
    let deviation = (shared + residual * (1 - 1 / Double(size))).squareRoot()
    guard deviation > 0 else { return 0 }
    for i in 0..<inputs.rows { column[i] /= deviation }
    return deviation
  }

  /// X ← U Σ = X V (PCA), √n U (whitened) or √n U Vᵀ (ZCA), with the singular value decomposition X = U Σ Vᵀ of the
  /// centred inputs, cut to the `kept` largest singular values. The left vectors come from reflectors and rotations,
  /// never from dividing by Σ, so that H is diagonal, or the identity, to round-off. The first two have `kept` columns.
  private mutating func turnToAxes(_ rule: Preprocessing, kept: Int) {
    expand()
    let isRotatedBack = rule == .whitenZCA
    let factors = PivotedQR(inputs.copy(), hasTargets: false, carried: min(inputs.rows, features))
    let offset = ColumnMatrix.padded(features)
    for k in 0..<factors.rank { factors.lower.column(k)[offset + k] = 1 }
    let sigma = JacobiSVD.orthogonalise(factors.lower, activeRows: features)
    let order = sigma.indices.sorted { (sigma[$0], $1) > (sigma[$1], $0) }
    for j in 0..<features { inputs.column(j).update(repeating: 0, count: inputs.rows) }
    let left = ColumnMatrix(rows: inputs.rows, columns: 1)
    for (place, k) in order.prefix(kept).enumerated() where sigma[k] > 0 {
      let scale = rule == .pca ? sigma[k] : divisor.squareRoot()
      let axis = factors.lower.column(k)
      let turn = Self.sign(of: axis, count: features)
      left.column(0).update(repeating: 0, count: inputs.rows)
      for i in 0..<factors.rank { left.column(0)[i] = axis[offset + i] * scale }
      factors.applyQ(to: left.column(0))
      if isRotatedBack {
        for j in 0..<features {
          ColumnKernels.add(axis[j] / sigma[k], left.column(0), to: inputs.column(j), blocks: inputs.blocks)
        }
      } else {
        ColumnKernels.add(turn, left.column(0), to: inputs.column(place), blocks: inputs.blocks)
      }
    }
    weights = []
    guard !isRotatedBack else { return }
    inputs.keepFirst(kept)
    features = kept
    names = (1...kept).map { "pc\($0)" }
  }

  /// ±1: eigenvectors are turned so that their entry of largest magnitude (the first such) is positive.
  static func sign(of vector: UnsafeMutablePointer<Double>, count: Int) -> Double {
    var largest = 0
    for j in 1..<max(count, 1) where vector[j].magnitude > vector[largest].magnitude { largest = j }
    return vector[largest] < 0 ? -1 : 1
  }

  /// X ← X L⁻ᵀ with C = L Lᵀ: √n times the orthonormal factor of X. A column that depends on earlier ones becomes zero.
  private mutating func whitenByCholesky() {
    expand()
    let factors = PivotedQR(inputs.copy(), hasTargets: false, pivoting: false)
    for j in 0..<features { inputs.column(j).update(repeating: 0, count: inputs.rows) }
    let scale = divisor.squareRoot()
    for (k, j) in factors.pivots.enumerated() {
      inputs.column(j)[k] = factors.lower.column(k)[j] < 0 ? -scale : scale
      factors.applyQ(to: inputs.column(j))
    }
    weights = []
  }
}
