extension Design {
  /// The most stored values of one data set (4 GiB of doubles) and the most features (H has their square).
  static let valueLimit = 1 << 29
  private static let featureLimit = 10_000

  /// Sums of squares from here on (and, of inputs, below 2⁻⁹⁰⁰) would drive products out of the range of doubles.
  private static let squareLimit = 0x1p1000

  /// Inputs and targets as the settings say, before any preprocessing.
  static func make(_ settings: ProblemSettings, tables: [String: Table]) throws(DataError) -> Design {
    guard settings.l2 >= 0, settings.l2.isFinite else {
      throw DataError("the ridge strength `l2` is \(settings.l2); it must be finite and not negative")
    }
    switch settings.data {
    case .generated(let generator, let samples, let target, let noise):
      try generator.validate()
      return try generated(generator, samples, target, noise: noise, settings)
    case .file(let name, let targetColumn, _):
      guard let table = tables[name] else { throw DataError("the data file `\(name)` has not been read") }
      try checkSize(rows: table.rows, features: max(table.columns - 1, 1))
      return try Self.table(table, name: name, targetColumn: targetColumn)
    case .rows(let inputs, let targets): return try rows(inputs, targets)
    }
  }

  private static func generated(
    _ generator: Generator, _ samples: Samples, _ target: Target, noise: Double,
    _ settings: ProblemSettings
  ) throws(DataError) -> Design {
    let d = generator.features
    let seed = settings.seed
    guard noise.isFinite else { throw DataError("the noise \(noise) is not a finite number") }
    switch samples {
    case .exact:
      try checkSize(rows: d, features: d)
      return try population(generator, weights: target.weights(count: d, seed: seed))
    case .drawn(let n):
      guard n >= 1 else { throw DataError("`samples` is \(n): at least one row is needed") }
      try checkSize(rows: n, features: d)
      return try drawn(
        generator, samples: n, weights: target.weights(count: d, seed: seed), noise: noise,
        signalToNoise: settings.signalToNoise, seed: seed)
    }
  }

  private static func checkSize(rows: Int, features: Int) throws(DataError) {
    guard features <= featureLimit else {
      throw DataError(
        "\(features) features are too many: H would have \(features)² entries; the limit is \(featureLimit)")
    }
    let (values, overflow) = rows.multipliedReportingOverflow(by: features)
    guard !overflow, values <= valueLimit else {
      throw DataError(
        "\(rows) rows × \(features) features are too many for one data set; the limit is \(valueLimit) values (4 GiB)",
        help: "use fewer rows: the steps depend on XᵀX/n alone, which changes little beyond n = 100 d")
    }
  }

  private static func rows(_ inputs: [[Double]], _ targets: [Double]) throws(DataError) -> Design {
    let n = inputs.count
    guard n > 0, let features = inputs.first?.count else { throw DataError("`inputs` has no rows") }
    guard features > 0 else { throw DataError("row 1 of `inputs` is empty") }
    var messages: [String] = []
    let ragged = inputs.indices.filter { inputs[$0].count != features }
    if let row = ragged.first {
      messages.append(
        "row \(row + 1) of `inputs` has \(inputs[row].count) values, row 1 has \(features)"
          + (ragged.count > 1 ? " (\(ragged.count) such rows)" : ""))
    }
    if targets.count != n { messages.append("`targets` has \(targets.count) values for \(n) rows of `inputs`") }
    if let row = inputs.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      messages.append("row \(row + 1) of `inputs` holds a value that is not a finite number")
    }
    if let row = targets.firstIndex(where: { !$0.isFinite }) {
      messages.append("value \(row + 1) of `targets` is not a finite number")
    }
    guard messages.isEmpty else { throw DataError(messages: messages) }
    try checkSize(rows: n, features: features)
    let x = ColumnMatrix(rows: n, columns: features, capacity: features + 1)
    for (i, row) in inputs.enumerated() { for (j, value) in row.enumerated() { x.column(j)[i] = value } }
    return data(x, targets: targets, names: numberedNames(features))
  }

  private static func data(_ x: consuming ColumnMatrix, targets: [Double], names: [String]) -> Design {
    let y = ColumnMatrix(rows: x.rows, columns: 1)
    for (i, value) in targets.enumerated() { y.column(0)[i] = value }
    let (n, features) = (x.rows, x.columns)
    return Design(
      inputs: x, targets: y, layout: .separate, features: features, names: names, divisor: Double(n), meanRow: nil,
      weights: [])
  }

  private static func table(_ table: Table, name: String, targetColumn: String?) throws(DataError) -> Design {
    guard table.rows > 0 else { throw DataError("`\(name)` has no rows") }
    guard table.columns > 1 else {
      throw DataError("`\(name)` has \(table.columns) column: inputs and a target are needed", at: name)
    }
    let target = try table.targetIndex(targetColumn, file: name)
    let x = ColumnMatrix(rows: table.rows, columns: table.columns - 1, capacity: table.columns)
    var y = [Double](repeating: 0, count: table.rows)
    var place = 0
    for column in 0..<table.columns {
      if column == target {
        for i in 0..<table.rows { y[i] = table.values[i * table.columns + column] }
      } else {
        let values = x.column(place)
        for i in 0..<table.rows { values[i] = table.values[i * table.columns + column] }
        place += 1
      }
    }
    let names = (0..<table.columns).filter { $0 != target }.map { table.columnName($0) }
    return data(x, targets: y, names: names)
  }

  /// Throws where more principal axes are to be kept than there are, or none, or preprocessing does not find them.
  func checkComponents(_ settings: ProblemSettings) throws(DataError) {
    guard let components = settings.components else { return }
    guard settings.preprocessing.hasComponents else {
      throw DataError("`\(settings.preprocessing.rawValue)` has no components that could be dropped")
    }
    guard components >= 1, components <= features else {
      throw DataError("`components` is \(components), the data have \(features) feature\(features == 1 ? "" : "s")")
    }
  }

  /// Throws where XᵀX/n or yᵀy cannot be formed, or nothing is left of the inputs.
  func checkRange(_ settings: ProblemSettings) throws(DataError) {
    if case .diagonal(let variances) = layout {
      guard variances.contains(where: { $0 > 0 }) else { throw Self.allZero(settings) }
      guard variances.reduce(0, +) < Self.squareLimit else { throw DataError("the sum of the eigenvalues overflows") }
      return
    }
    var messages: [String] = []
    var anyInput = false
    for j in 0..<inputs.columns {
      let square = ColumnKernels.dot(inputs.column(j), inputs.column(j), blocks: inputs.blocks)
      let empty = (0..<inputs.rows).allSatisfy { inputs.column(j)[$0] == 0 }
      if !empty { anyInput = true }
      if let message = rangeMessage(square, empty: empty, what: "column `\(names[firstFeature(j)])`", inputs.column(j))
      {
        messages.append(message)
      }
    }
    let y = targets.column(0)
    let square = ColumnKernels.dot(y, y, blocks: targets.blocks)
    if let message = rangeMessage(
      square, empty: (0..<targets.rows).allSatisfy { y[$0] == 0 }, what: "the target", y)
    {
      messages.append(message)
    }
    guard messages.isEmpty else { throw DataError(messages: messages) }
    if case .grouped(let groups) = layout, groups.residual.contains(where: { $0 > 0 }) { return }
    guard anyInput else { throw Self.allZero(settings) }
  }

  private func firstFeature(_ stored: Int) -> Int {
    if case .grouped(let groups) = layout { return groups[stored].first ?? 0 }
    return stored
  }

  private func rangeMessage(
    _ square: Double, empty: Bool, what: String, _ values: UnsafeMutablePointer<Double>
  ) -> String? {
    let problem = !(square < Self.squareLimit) ? "overflows" : (!empty && square < 0x1p-900 ? "underflows" : nil)
    guard let problem else { return nil }
    let largest = (0..<inputs.rows).reduce(0) { max($0, values[$1].magnitude) }
    return DataError.message(
      "the sum of squares of \(what) \(problem)", notes: ["its largest value has magnitude \(largest)"],
      help: "change the unit of this column, or use `preprocessing: standardise` where the values allow it")
  }

  private static func allZero(_ settings: ProblemSettings) -> DataError {
    let rule = settings.preprocessing
    let cause = rule == .none ? "" : " after `\(rule.rawValue)`: every column is constant"
    return DataError("all inputs are zero\(cause)", help: "gradient descent has nothing to learn from them")
  }
}
