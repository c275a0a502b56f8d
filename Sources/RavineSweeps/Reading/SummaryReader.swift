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
  /// What stands in the cells: one of ``values``.
  package var value: String
  package var filters: [Filter]

  package static let values = [
    "steps", "status", "gap", "distance", "gradient-norm", "forecast-steps", "forecast-status", "condition",
    "lambda-max", "lambda-min", "null-dimension", "stable-rank", "entropy-rank", "loss",
  ]
}

/// Reads `summary`.
enum SummaryReader {
  /// - Parameter axes: the paths that vary in this sweep.
  static func read(_ element: Element?, axes: [SettingPath], _ issues: inout Issues) -> SummaryRequest? {
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
    if let cell = element.value("value") {
      if let text = cell.text, SummaryRequest.values.contains(text) {
        value = text
      } else {
        let near = cell.text.flatMap { Spelling.nearest(to: $0, among: SummaryRequest.values) }
        issues.error(
          .summary, "unknown value \(cell.described) in `summary`", at: cell.span, label: "not measured",
          helps: near.map { ["did you mean `\($0)`?"] } ?? [],
          notes: ["allowed here: \(SummaryRequest.values.joined(separator: ", "))"])
      }
    }
    let filters = element.value("where").map { self.filters($0, names, &issues) } ?? []
    return rows.map { SummaryRequest(rows: $0, columns: columns, value: value, filters: filters) }
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
