/// Spectrum, optimum and losses of a least-squares problem f(w) = |Xw − y|²/(2n) + l2/2 · |w without bias|².
///
/// The singular values of the stored columns come from ``PivotedQR`` and ``JacobiSVD``; H is never formed for it. The
/// contrasts of exchangeable features and uncorrelated features are eigenvectors in closed form.
struct SpectralDecomposition {
  /// Where an eigenvector comes from.
  private enum Source {
    /// Unit vector over the stored columns, at this offset of `reduced`.
    case reduced(Int)
    case contrast(group: Int, order: Int)
    case axis(Int)
  }

  private struct Mode {
    var eigenvalue: Double
    /// The coordinate of the minimum-norm optimum.
    var optimum: Double
    var source: Source
  }

  private let l2: Double
  /// Number of weights with the bias.
  private let dimension: Int
  private var modes: [Mode] = []
  /// Unit vectors over the stored columns, one after the other, `storedCount` entries each.
  private var reduced: [Double] = []
  private let storedCount: Int

  private(set) var optimum: [Double]
  private(set) var lossAtOptimum = 0.0

  /// Decomposes the finished design (preprocessed, with its bias column).
  init(_ design: borrowing Design, l2: Double) {
    self.l2 = l2
    dimension = design.features + (design.hasBias ? 1 : 0)
    storedCount = design.inputs.columns
    optimum = [Double](repeating: 0, count: dimension)
    decomposeStored(design)
    addClosedForms(design)
    modes.sort { $0.eigenvalue < $1.eigenvalue }
  }

  /// λ ascending, non-zero only.
  var eigenvalues: [Double] { modes.map(\.eigenvalue) }

  // MARK: - Stored columns

  private mutating func decomposeStored(_ design: borrowing Design) {
    let columns = storedCount
    // With a bias, which is not regularised, the penalty enters as rows √(n l2) e_j; else it shifts every eigenvalue.
    let augmented = l2 > 0 && design.hasBias
    let offset = ColumnMatrix.padded(columns)
    let factors = PivotedQR(stacked(design, augmented: augmented), hasTargets: true, carried: 1)
    if factors.rank == columns, augmented || l2 == 0 {
      spread(factors.solve(), design)
    }
    for k in 0..<factors.rank { factors.lower.column(k)[offset] = factors.projections[k] }
    let sigma = JacobiSVD.orthogonalise(factors.lower, activeRows: columns)
    let ridge = augmented ? 0 : l2
    lossAtOptimum = explained(factors.residual, design, augmented: augmented) / (2 * design.divisor)
    reduced.reserveCapacity(columns * columns)
    var minimumNorm = [Double](repeating: 0, count: columns)
    for k in 0..<factors.rank where sigma[k] > 0 {
      let vector = factors.lower.column(k)
      let turn = Design.sign(of: vector, count: columns)
      let curvature = sigma[k] * sigma[k] / design.divisor
      let projection = turn * vector[offset]
      let coordinate =
        ridge > 0 ? sigma[k] * projection / design.divisor / (curvature + ridge) : projection / sigma[k]
      lossAtOptimum += projection * projection * ridge / (curvature + ridge) / (2 * design.divisor)
      modes.append(Mode(eigenvalue: curvature + ridge, optimum: coordinate, source: .reduced(reduced.count)))
      for j in 0..<columns {
        let entry = turn * vector[j] / sigma[k]
        reduced.append(entry)
        minimumNorm[j] += coordinate * entry
      }
    }
    if factors.rank < columns || ridge > 0 { spread(minimumNorm, design) }
    if ridge > 0 { completeNullSpace(rank: factors.rank) }
  }

  /// Stored columns times √(group size), y last, and the penalty's rows below.
  private func stacked(_ design: borrowing Design, augmented: Bool) -> ColumnMatrix {
    let rows = design.inputs.rows
    let penalised = augmented ? design.storedFeatures : 0
    let matrix = ColumnMatrix(rows: rows + penalised, columns: storedCount + 1)
    let blocks = design.inputs.blocks
    for j in 0..<storedCount {
      let size = design.multiplicity(j)
      let scale = size == 1 ? 1 : Double(size).squareRoot()
      ColumnKernels.add(scale, design.inputs.column(j), to: matrix.column(j), blocks: blocks)
      if j < penalised { matrix.column(j)[rows + j] = (design.divisor * l2).squareRoot() }
    }
    matrix.column(storedCount).update(from: design.targets.column(0), count: rows)
    return matrix
  }

  /// The squared residual, with what is only round-off of an exact fit set to zero.
  private func explained(_ residual: Double, _ design: borrowing Design, augmented: Bool) -> Double {
    let y = design.targets.column(0)
    let total = ColumnKernels.dot(y, y, blocks: design.targets.blocks)
    let noise = 16 * 0x1p-52
    return !augmented && residual <= noise * noise * Double(design.inputs.rows) * total ? 0 : residual
  }

  /// Gives each feature of a group its share of the weight of the group's direction 1/√s.
  private mutating func spread(_ weights: [Double], _ design: borrowing Design) {
    forEachEntry(of: weights[...], design) { optimum[$0] = $1 }
  }

  /// Calls `body` with each weight's index and its entry in the vector given over the stored columns.
  private func forEachEntry(
    of vector: ArraySlice<Double>, _ design: borrowing Design, _ body: (Int, Double) -> Void
  ) {
    let start = vector.startIndex
    switch design.layout {
    case .separate:
      for j in 0..<storedCount { body(j, vector[start + j]) }
    case .grouped(let groups):
      for g in 0..<groups.count {
        let share = vector[start + g] / Double(groups.size(g)).squareRoot()
        for j in groups[g] { body(j, share) }
      }
      if design.hasBias { body(dimension - 1, vector[start + groups.count]) }
    case .diagonal:
      if design.hasBias { body(dimension - 1, vector[start]) }
    }
  }

  /// Adds an orthonormal basis of the null space of the stored columns: under a ridge its eigenvalue is l2.
  private mutating func completeNullSpace(rank: Int) {
    guard rank < storedCount else { return }
    let basis = ColumnMatrix(rows: storedCount, columns: rank)
    for k in 0..<rank { for j in 0..<storedCount { basis.column(k)[j] = reduced[k * storedCount + j] } }
    let reflectors = PivotedQR(basis, hasTargets: false, pivoting: false)
    let axis = ColumnMatrix(rows: storedCount, columns: 1)
    for k in rank..<storedCount {
      axis.column(0).update(repeating: 0, count: storedCount)
      axis.column(0)[k] = 1
      reflectors.applyQ(to: axis.column(0))
      modes.append(Mode(eigenvalue: l2, optimum: 0, source: .reduced(reduced.count)))
      for j in 0..<storedCount { reduced.append(axis.column(0)[j]) }
    }
  }

  // MARK: - Closed forms

  private mutating func addClosedForms(_ design: borrowing Design) {
    switch design.layout {
    case .separate: return
    case .grouped(let groups):
      for g in 0..<groups.count { addContrasts(of: g, groups, design) }
    case .diagonal(let variances):
      for (j, variance) in variances.enumerated() where variance + l2 > 0 {
        let kept = variance / (variance + l2)
        optimum[j] = kept * design.weights[j]
        lossAtOptimum += 0.5 * kept * l2 * design.weights[j] * design.weights[j]
        modes.append(Mode(eigenvalue: variance + l2, optimum: optimum[j], source: .axis(j)))
      }
    }
  }

  private mutating func addContrasts(of g: Int, _ groups: FeatureGroups, _ design: borrowing Design) {
    let residual = groups.residual[g]
    let members = groups[g]
    guard residual + l2 > 0, members.count > 1 else { return }
    let kept = residual / (residual + l2)
    let known = residual > 0
    if known {
      let weights = design.weights
      let mean = members.reduce(0) { $0 + weights[$1] } / Double(members.count)
      for j in members {
        let deviation = weights[j] - mean
        optimum[j] += kept * deviation
        lossAtOptimum += 0.5 * kept * l2 * deviation * deviation
      }
    }
    for order in 1..<members.count {
      let contrast = Contrast(order: order)
      let weights = design.weights
      let coordinate = known ? kept * contrast.coordinate(of: members.lazy.map { weights[$0] }) : 0
      modes.append(
        Mode(eigenvalue: residual + l2, optimum: coordinate, source: .contrast(group: g, order: order)))
    }
  }

  // MARK: - Results

  /// Eigenvectors as rows (`eigenvalues.count` × d).
  func eigenvectors(_ design: borrowing Design) -> [Double] {
    var rows = [Double](repeating: 0, count: modes.count * dimension)
    for (index, mode) in modes.enumerated() {
      let start = index * dimension
      switch mode.source {
      case .axis(let j): rows[start + j] = 1
      case .reduced(let offset):
        forEachEntry(of: reduced[offset..<(offset + storedCount)], design) { rows[start + $0] = $1 }
      case .contrast(let group, let order):
        guard case .grouped(let groups) = design.layout else { continue }
        let contrast = Contrast(order: order)
        for (place, j) in groups[group].prefix(order + 1).enumerated() { rows[start + j] = contrast[place] }
      }
    }
    return rows
  }

  /// Coordinates of w₀ − w* in the eigenvectors.
  func startError(start: [Double], eigenvectors: [Double]) -> [Double] {
    let moved = start.contains { $0 != 0 }
    return modes.indices.map { index in
      var coordinate = 0.0
      if moved { for j in 0..<dimension { coordinate += eigenvectors[index * dimension + j] * start[j] } }
      return coordinate - modes[index].optimum
    }
  }
}
