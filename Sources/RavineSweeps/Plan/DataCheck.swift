import RavineDescent

/// What only the data files can show: columns that are not there, a start of the wrong length.
struct DataCheck {
  let sweep: Sweep
  let tables: [String: Table]

  func diagnostics() -> [Diagnostic] {
    var issues = Issues(file: sweep.file)
    for reference in sweep.dataFiles where tables[reference.name] == nil {
      issues.error(
        .dataMismatch, "the data file `\(Printable.text(reference.name))` was not read",
        at: SourceSpan(line: reference.line, column: reference.column))
    }
    for branch in sweep.branches {
      for name in names(branch) {
        guard let table = tables[name] else { continue }
        check(branch, name, table, &issues)
      }
    }
    return issues.errors
  }

  private func names(_ branch: Branch) -> [String] {
    guard let axis = branch.axis(.file) else { return branch.base.values[.file]?.word.map { [$0] } ?? [] }
    guard case .list(let values)? = axis.column(.file)?.series else { return [] }
    return values.compactMap(\.word)
  }

  private func check(_ branch: Branch, _ name: String, _ table: Table, _ issues: inout Issues) {
    let shown = Printable.text(name)
    if table.columns < 2 {
      issues.error(
        .dataMismatch, "`\(shown)` has \(table.columns) column\(table.columns == 1 ? "" : "s")",
        at: branch.base.span(.file) ?? branch.span, label: "inputs and a target need two")
      return
    }
    for (column, span) in targetColumns(branch) where !Self.has(table, column) {
      let names = table.names ?? []
      let near = Spelling.nearest(to: column, among: names)
      let columns =
        names.isEmpty
        ? "0 to \(table.columns - 1)"
        : names.prefix(20).map { Printable.text($0, limit: 40) }
          .joined(separator: ", ")
      issues.error(
        .dataMismatch, "`\(shown)` has no column `\(Printable.text(column))`", at: span, label: "not a column",
        helps: near.map { ["did you mean `\(Printable.text($0))`?"] } ?? [], notes: ["its columns: \(columns)"])
    }
    checkComponents(branch, name, features: table.columns - 1, &issues)
    // Where principal axes are dropped, their number is the number of weights.
    if case .numbers(let weights) = branch.base.values[.start],
      branch.base.values[.components] == nil, branch.axis(.components) == nil,
      weights.count != table.columns - 1
    {
      issues.error(
        .dataMismatch, "`start` has \(weights.count) weights, `\(shown)` has \(table.columns - 1) input columns",
        at: branch.base.span(.start) ?? branch.span, label: "one weight for each column")
    }
  }

  private func checkComponents(_ branch: Branch, _ name: String, features: Int, _ issues: inout Issues) {
    // A constraint may take the offending combinations out.
    guard !branch.constraints.contains(where: { $0.expression.paths.contains(.components) }),
      let (components, span) = largestComponents(branch, name), components > features
    else { return }
    issues.error(
      .dataMismatch,
      "`components` is \(components), `\(Printable.text(name))` has \(features) input "
        + "column\(features == 1 ? "" : "s")", at: span, label: "more principal axes than columns")
  }

  /// The most principal axes that are to be kept of the file `name`.
  private func largestComponents(_ branch: Branch, _ name: String) -> (Int, SourceSpan)? {
    guard let axis = branch.axis(.components), let column = axis.column(.components),
      axis.conditions.allSatisfy({ $0.path != .file || $0.allowed.contains(.text(name)) })
    else {
      return branch.base.values[.components]?.integer.map { ($0, branch.base.span(.components) ?? branch.span) }
    }
    guard let files = axis.column(.file)?.series, let count = files.count else {
      return (column.series.largestInteger, column.span)
    }
    let own = (0..<count).filter { files.value(at: $0) == .text(name) }.compactMap {
      column.series.value(at: $0).integer
    }
    return own.max().map { ($0, column.span) }
  }

  private func targetColumns(_ branch: Branch) -> [(String, SourceSpan)] {
    if let column = branch.axis(.targetColumn)?.column(.targetColumn), case .list(let values) = column.series {
      return values.compactMap { value in value.word.map { ($0, column.span) } }
    }
    return branch.base.values[.targetColumn]?.word.map {
      [($0, branch.base.span(.targetColumn) ?? branch.span)]
    } ?? []
  }

  /// A header name, or a number counted from 0.
  private static func has(_ table: Table, _ column: String) -> Bool {
    if table.names?.contains(column) == true { return true }
    return Int(column).map { (0..<table.columns).contains($0) } ?? false
  }
}
