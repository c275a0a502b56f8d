import RavineDescent

/// The table that answers the question of a sweep after its run.
package struct SummaryRequest: Hashable, Sendable {
  /// One condition on an axis: its value is one of these, as ``Plan/axisText(of:)`` writes them.
  package struct Filter: Hashable, Sendable {
    package var path: String
    package var values: [String]
  }

  /// Axis of the rows.
  package var rows: String
  /// Axis of the columns; nil: one column.
  package var columns: String?
  /// What stands in the cells: one of ``values``, a metric, or the first of two whose correlation stands there.
  package var value: String
  /// The second of `correlation(first, second)`.
  package var partner: String?
  package var filters: [Filter]

  package static let values = [
    "steps", "status", "gap", "distance", "gradient-norm", "forecast-steps", "forecast-status", "condition",
    "lambda-max", "lambda-min", "null-dimension", "stable-rank", "entropy-rank", "loss",
  ]
}

/// Reads `summary`.
enum SummaryReader {
  /// - Parameter axes: the paths that vary in this sweep.
  static func read(
    _ element: Element?, axes: [SettingPath], metrics: [Metric], _ issues: inout Issues
  ) -> SummaryRequest? {
    let values = SummaryRequest.values + metrics.map(\.name)
    guard let element else { return nil }
    let entries = KeyReader(section: "summary", valid: ["rows", "columns", "value", "where"]).entries(element, &issues)
    guard !entries.isEmpty else { return nil }
    let names = axes.map(\.name)
    let rows = axis("rows", element, names, &issues)
    let columns = element.value("columns") == nil ? nil : axis("columns", element, names, &issues)
    if element.value("rows") == nil {
      issues.error(
        .summary, "`summary` needs `rows`", at: element.span, label: "which axis?",
        notes: ["axes of this sweep: \(names.joined(separator: ", "))"])
    }
    var value = "steps"
    var partner: String?
    if let cell = element.value("value") {
      if let pair = cell.text.flatMap({ Self.pair($0) }), pair.allSatisfy({ values.contains($0) }) {
        (value, partner) = (pair[0], pair[1])
      } else if let text = cell.text, values.contains(text) {
        value = text
      } else {
        let near = cell.text.flatMap { Spelling.nearest(to: $0, among: values) }
        issues.error(
          .summary, "unknown value \(cell.described) in `summary`", at: cell.span, label: "not measured",
          helps: near.map { ["did you mean `\($0)`?"] } ?? [],
          notes: ["allowed here: \(values.joined(separator: ", ")), or correlation(a, b) of two of them"])
      }
    }
    let filters = element.value("where").map { self.filters($0, names, &issues) } ?? []
    return rows.map { SummaryRequest(rows: $0, columns: columns, value: value, partner: partner, filters: filters) }
  }

  /// The two names in `correlation(a, b)`.
  private static func pair(_ text: String) -> [String]? {
    guard text.hasPrefix("correlation("), text.hasSuffix(")") else { return nil }
    let names = text.dropFirst("correlation(".count).dropLast().split(separator: ",").map { name in
      String(name.drop { $0 == " " })
    }
    return names.count == 2 ? names : nil
  }

  private static func axis(
    _ key: String, _ element: Element, _ names: [String], _ issues: inout Issues
  ) -> String? {
    guard let cell = element.value(key) else { return nil }
    if let text = cell.text, names.contains(text) { return text }
    let near = cell.text.flatMap { text in
      Spelling.nearest(to: text, among: names) ?? names.first { $0.hasSuffix("." + text) }
    }
    issues.error(
      .summary, "`\(key)` must be an axis of this sweep, found \(cell.described)", at: cell.span,
      label: "not varied here", helps: near.map { ["did you mean `\($0)`?"] } ?? [],
      notes: ["axes of this sweep: \(names.joined(separator: ", "))"])
    return nil
  }

  private static func filters(
    _ element: Element, _ names: [String], _ issues: inout Issues
  ) -> [SummaryRequest.Filter] {
    KeyReader(section: "where", valid: names).entries(element, &issues).compactMap { entry in
      guard let path = SettingPath(name: entry.key) else { return nil }
      let reader = ValueReader(path)
      let values = (entry.value.list ?? [entry.value]).compactMap { reader.read($0, &issues)?.text }
      return SummaryRequest.Filter(path: entry.key, values: values)
    }
  }
}
