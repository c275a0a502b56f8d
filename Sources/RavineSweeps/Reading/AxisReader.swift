/// Reads one axis: a list, or a mapping with a range.
struct AxisReader {
  static let forms = ["values", "linear", "log", "one-minus-log", "integers", "replicates"]
  static let options = ["count", "by", "unit", "when"]

  let path: SettingPath
  let keySpan: SourceSpan
  /// `seed` of the file: the first of the replicates.
  let baseSeed: UInt64
  /// Whether a range may leave out `count`.
  let isSampled: Bool

  private var name: String { path.name }

  func read(_ element: Element, _ issues: inout Issues) -> AxisDeclaration? {
    if let list = element.list { return series(list, unit: false, &issues).map { declaration($0, []) } }
    guard element.mapping != nil else {
      issues.error(
        .wrongType, "axis `\(name)` must be a list of values or a range", at: element.span,
        label: "found \(element.described)",
        helps: element.isNothing ? [] : ["write `[\(element.text ?? "…")]`, or move it out of `axes`"])
      return nil
    }
    let section = "axes.\(name)"
    let entries = KeyReader(section: section, valid: Self.forms + Self.options).entries(element, &issues)
    let found = entries.filter { Self.forms.contains($0.key) }
    guard let form = found.first, found.count == 1 else {
      issues.error(
        .range, "axis `\(name)` needs exactly one of \(Self.forms.joined(separator: ", "))", at: keySpan,
        label: found.isEmpty ? "none is given" : "\(found.count) are given")
      return nil
    }
    let conditions = element.value("when").map { ConditionReader.read($0, axis: name, &issues) } ?? []
    guard checkOptions(element, form.key, &issues) else { return nil }
    guard let series = series(form, element, &issues) else { return nil }
    return declaration(series, conditions, isReplicates: form.key == "replicates")
  }

  private func declaration(
    _ series: AxisSeries, _ conditions: [AxisCondition], isReplicates: Bool = false
  ) -> AxisDeclaration {
    AxisDeclaration(
      columns: [AxisDeclaration.Column(path: path, series: series, span: keySpan)], conditions: conditions,
      isReplicates: isReplicates)
  }

  private func checkOptions(_ element: Element, _ form: String, _ issues: inout Issues) -> Bool {
    let allowed: [String] =
      switch form {
      case "linear", "log", "one-minus-log": ["count", "unit", "when"]
      case "integers": ["by", "when"]
      case "values": ["unit", "when"]
      default: ["when"]
      }
    let wrong = (element.mapping ?? []).filter { Self.options.contains($0.key) && !allowed.contains($0.key) }
    for entry in wrong {
      issues.error(
        .range, "`\(entry.key)` does not go with `\(form)`", at: entry.keySpan, label: "not used here",
        notes: ["`\(form)` takes: \(allowed.joined(separator: ", "))"])
    }
    return wrong.isEmpty
  }

  private func series(_ form: Element.Entry, _ element: Element, _ issues: inout Issues) -> AxisSeries? {
    guard let unit = spectralUnit(element, form.key, &issues) else { return nil }
    switch form.key {
    case "values":
      guard let list = form.value.list else {
        issues.error(.wrongType, "`values` must be a list", at: form.value.span, label: "found \(form.value.described)")
        return nil
      }
      return series(list, unit: unit, &issues)
    case "replicates": return replicates(form.value, &issues)
    case "integers":
      return RangeReader(axis: self).integers(form.value, by: element.value("by"), &issues)
    default:
      guard let scale = RangeSeries.Scale(rawValue: form.key) else { return nil }
      return RangeReader(axis: self).range(
        scale, form.value, count: element.value("count"), isSpectral: unit, &issues)
    }
  }

  /// Whether `unit: 1/L` is given; nil after an error.
  private func spectralUnit(_ element: Element, _ form: String, _ issues: inout Issues) -> Bool? {
    guard let unit = element.value("unit") else { return false }
    guard path == .step else {
      issues.error(
        .range, "`unit` goes with `optimizer.step` only", at: unit.span, label: "`\(name)` has no unit")
      return nil
    }
    guard unit.text == "1/L" else {
      issues.error(
        .unknownWord, "unknown unit \(unit.described)", at: unit.span, label: "not a unit",
        notes: ["allowed here: 1/L (L is the largest eigenvalue)"])
      return nil
    }
    return true
  }

  /// A list of values without repeats.
  private func series(_ list: [Element], unit: Bool, _ issues: inout Issues) -> AxisSeries? {
    guard !list.isEmpty else {
      reportEmpty(at: keySpan, &issues)
      return nil
    }
    let reader = ValueReader(path)
    let read = list.map { element in (element, reader.read(element, &issues)) }
    var values: [SettingValue] = []
    for (_, value) in read {
      guard let value else { return nil }
      if unit, case .number(let number) = value { values.append(.overL(number)) } else { values.append(value) }
    }
    return .list(values)
  }

  func reportEmpty(at span: SourceSpan, _ issues: inout Issues) {
    issues.error(
      .emptyAxis, "this sweep has 0 trials because axis `\(name)` is empty", at: span, label: "no values",
      helps: ["give it at least one value, or remove the axis"])
  }

  private func replicates(_ element: Element, _ issues: inout Issues) -> AxisSeries? {
    guard path == .seed else {
      issues.error(
        .range, "`replicates` goes with `seed` only", at: element.span, label: "`\(name)` has no replicates",
        helps: ["write `seed: {replicates: 5}`"])
      return nil
    }
    guard let count = RangeReader(axis: self).count(element, "`replicates`", &issues) else { return nil }
    guard !baseSeed.addingReportingOverflow(UInt64(count) - 1).overflow else {
      issues.error(
        .outOfRange, "the seeds of \(count) replicates pass 2^64 - 1", at: element.span,
        label: "`seed` starts at \(baseSeed)")
      return nil
    }
    return .seeds(first: baseSeed, count: count)
  }
}

/// Takes repeated values out of axes.
enum Deduplication {
  /// Drops rows that repeat an earlier one, with a warning; only lists can hold repeats.
  static func apply(
    _ columns: [AxisDeclaration.Column], elements: [[Element]], _ issues: inout Issues
  ) -> [AxisDeclaration.Column] {
    let lists = columns.map { column -> [SettingValue]? in
      guard case .list(let values) = column.series else { return nil }
      return values
    }
    guard let count = lists.first??.count, lists.allSatisfy({ $0?.count == count }) else { return columns }
    var firstRow: [[SettingValue]: Int] = [:]
    var kept: [Int] = []
    var repeats: [(row: Int, first: Int)] = []
    for row in 0..<count {
      let key = lists.compactMap { $0?[row] }
      if let first = firstRow[key] {
        repeats.append((row, first))
      } else {
        firstRow[key] = row
        kept.append(row)
      }
    }
    guard let example = repeats.first else { return columns }
    warn(columns, elements, example: example, repeats: repeats.count, kept: kept.count, &issues)
    return columns.enumerated().map { index, column in
      var column = column
      column.series = .list(kept.compactMap { lists[index]?[$0] })
      return column
    }
  }

  private static func warn(
    _ columns: [AxisDeclaration.Column], _ elements: [[Element]], example: (row: Int, first: Int), repeats: Int,
    kept: Int, _ issues: inout Issues
  ) {
    let name = columns.map(\.path.name).joined(separator: " & ")
    let spans = elements.first.flatMap { list -> (SourceSpan, SourceSpan)? in
      guard example.row < list.count else { return nil }
      return (list[example.row].span, list[example.first].span)
    }
    let span = columns.first?.span ?? .file
    issues.warning(
      .duplicateValue, "axis `\(name)` holds \(repeats) repeated value\(repeats == 1 ? "" : "s")", at: spans?.0 ?? span,
      label: "the same value again",
      related: spans.map { [Diagnostic.Related(span: $0.1, label: "first here")] } ?? [],
      notes: ["each value counts once: \(kept) are left"])
  }
}
