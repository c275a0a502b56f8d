/// A least-squares problem before its spectrum is known: inputs and targets as rows, drawn or exact.
///
/// A population-exact problem is stored the same way: as few rows that have its second moments, H = AᵀA with divisor 1.
/// Its last row holds the means, all others are free of the mean; so centring clears that row and a bias column is 1
/// there and 0 elsewhere.
struct Design: ~Copyable {
  /// Stored columns (see `layout`), then the bias column if there is one.
  var inputs: ColumnMatrix
  /// One column: y.
  var targets: ColumnMatrix
  var layout: FeatureLayout
  /// d without the bias.
  var features: Int
  var names: [String]
  var hasBias = false
  /// n of H = XᵀX/n; 1 for a population-exact problem.
  let divisor: Double
  /// The row of means of a population-exact problem; nil for data.
  let meanRow: Int?
  /// The true weights, one for each feature; empty for data from files.
  var weights: [Double]

  /// Rows that were drawn or read; 0 for a population-exact problem.
  var samples: Int { meanRow == nil ? inputs.rows : 0 }

  /// Number of stored columns without the bias.
  var storedFeatures: Int { inputs.columns - (hasBias ? 1 : 0) }

  /// The stored column of feature groups: how many features stand behind column `index`.
  func multiplicity(_ index: Int) -> Int {
    guard case .grouped(let groups) = layout, index < groups.count else { return 1 }
    return groups.size(index)
  }

  /// Adds `shift` to every input; the targets stay.
  mutating func shift(by shift: Double) {
    guard shift != 0 else { return }
    if case .diagonal = layout { expand() }
    for j in 0..<inputs.columns {
      let column = inputs.column(j)
      if let meanRow {
        column[meanRow] += shift
      } else {
        for i in 0..<inputs.rows { column[i] += shift }
      }
    }
  }

  mutating func appendBias() {
    let column = inputs.append()
    if let meanRow {
      column[meanRow] = 1
    } else {
      for i in 0..<inputs.rows { column[i] = 1 }
    }
    hasBias = true
  }

  /// Stores bitwise equal columns once, so that their contrasts are exact null directions.
  mutating func mergeDuplicates() {
    guard case .separate = layout, features > 1 else { return }
    let hashes = (0..<features).map { hash(column: $0) }
    var first = [Int](repeating: -1, count: features)
    var merged = false
    for j in 0..<features {
      for k in 0..<j where hashes[k] == hashes[j] && first[k] == k && equal(k, j) {
        first[j] = k
        merged = true
        break
      }
      if first[j] < 0 { first[j] = j }
    }
    guard merged else { return }
    var groups = FeatureGroups()
    for j in 0..<features where first[j] == j {
      if groups.count != j { inputs.column(groups.count).update(from: inputs.column(j), count: inputs.rows) }
      groups.append((j..<features).lazy.filter { first[$0] == j }, residual: 0)
    }
    inputs.keepFirst(groups.count)
    layout = .grouped(groups)
  }

  private func hash(column: Int) -> UInt64 {
    let values = inputs.column(column)
    var hash: UInt64 = 0
    for i in 0..<inputs.rows { hash = (hash ^ values[i].bitPattern) &* 0x9E37_79B9_7F4A_7C15 }
    return hash
  }

  private func equal(_ a: Int, _ b: Int) -> Bool {
    let (x, y) = (inputs.column(a), inputs.column(b))
    return (0..<inputs.rows).allSatisfy { x[$0].bitPattern == y[$0].bitPattern }
  }

  /// Rewrites a grouped or diagonal layout with one stored column for each feature. Population-exact, before the bias.
  mutating func expand() {
    switch layout {
    case .separate: return
    case .diagonal(let variances): expandDiagonal(variances)
    case .grouped(let groups): expandGroups(groups)
    }
    layout = .separate
  }

  private mutating func expandDiagonal(_ variances: [Double]) {
    let base = inputs.rows
    resize(extraRows: features)
    for j in 0..<features {
      let deviation = variances[j].squareRoot()
      inputs.append()[base + j] = deviation
      targets.column(0)[base + j] = deviation * weights[j]
    }
  }

  private mutating func expandGroups(_ groups: FeatureGroups) {
    let extra = (0..<groups.count).reduce(0) { $0 + (groups.residual[$1] > 0 ? groups.size($1) - 1 : 0) }
    var row = inputs.rows
    let old = inputs.copy()
    let weights = weights
    resize(extraRows: extra)
    for _ in 0..<features { _ = inputs.append() }
    for g in 0..<groups.count {
      let members = groups[g]
      for j in members { inputs.column(j).update(from: old.column(g), count: old.rows) }
      guard groups.residual[g] > 0 else { continue }
      let deviation = groups.residual[g].squareRoot()
      for q in 1..<members.count {
        let contrast = Contrast(order: q)
        for (place, j) in members.enumerated() { inputs.column(j)[row] = deviation * contrast[place] }
        targets.column(0)[row] = deviation * contrast.coordinate(of: members.lazy.map { weights[$0] })
        row += 1
      }
    }
  }

  /// Makes room for more rows and for all features; no columns are in use afterwards.
  private mutating func resize(extraRows: Int) {
    targets = targets.copy(extraRows: extraRows)
    inputs = ColumnMatrix(rows: inputs.rows + extraRows, columns: 0, capacity: features + 1)
  }
}

/// The Helmert contrast of order q ≥ 1: the unit vector (1, …, 1, −q, 0, …)/√(q(q+1)) with q ones. The contrasts of
/// order 1 ... s−1 are an orthonormal basis of the vectors of s entries that sum to zero.
struct Contrast {
  let order: Int
  private let unit: Double

  init(order: Int) {
    self.order = order
    unit = 1 / (Double(order) * Double(order + 1)).squareRoot()
  }

  subscript(place: Int) -> Double { place < order ? unit : (place == order ? -Double(order) * unit : 0) }

  /// The product with `values`, the members of a group in order; exactly zero where all are equal.
  func coordinate(of values: some Sequence<Double>) -> Double {
    var sum = 0.0
    var reference = 0.0
    for (place, value) in values.enumerated() {
      if place == 0 { reference = value }
      if place < order { sum += value - reference }
      if place == order { return (sum - Double(order) * (value - reference)) * unit }
    }
    return sum * unit
  }
}
