import RavineDescent

/// The table that answers the question of a sweep after its run.
package struct SummaryRequest: Hashable, Sendable {
  /// One condition on an axis: its value is one of these, as ``Plan/axisText(of:)`` writes them.
  package struct Filter: Hashable, Sendable {
    package var path: String
    package var values: [String]

    /// As a person would say it.
    package var text: String { "\(path) = " + values.joined(separator: " or ") }
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
  /// Significant digits of the cells; nil: four.
  package var digits: Int?

  package static let values = [
    "steps", "status", "gap", "distance", "gradient-norm", "forecast-steps", "forecast-status", "condition",
    "lambda-max", "lambda-min", "null-dimension", "stable-rank", "entropy-rank", "loss",
    "rate-measured", "seconds",
  ]

  /// Whether `value` is spent on the way: trials that did not converge count as infinite, as for steps.
  package var isCost: Bool { ["seconds", "flops", "gradient-evaluations"].contains(value) && partner == nil }
}

/// Reads `summary`: one table, or a list of them.
struct SummaryReader {
  static let limit = 16

  /// The paths that vary in this sweep.
  let axes: [SettingPath]
  let metrics: [Metric]

  func readAll(_ element: Element?, _ issues: inout Issues) -> [SummaryRequest] {
    let tables = element?.list ?? element.map { [$0] } ?? []
    if tables.count > Self.limit, let element {
      issues.error(
        .outOfRange, "\(tables.count) tables are asked for, at most \(Self.limit) are allowed", at: element.span,
        label: "too many")
    }
    return tables.compactMap { read($0, &issues) }
  }

  private func read(_ element: Element, _ issues: inout Issues) -> SummaryRequest? {
    let values = SummaryRequest.values + metrics.map(\.name)
    let entries = KeyReader(section: "summary", valid: ["rows", "columns", "value", "where", "digits"]).entries(
      element, &issues)
    guard !entries.isEmpty else { return nil }
    let names = axes.map(\.name)
    let rows = Self.axis("rows", element, names, &issues)
    let columns = element.value("columns") == nil ? nil : Self.axis("columns", element, names, &issues)
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
        let metric = cell.text.flatMap { Metric(name: $0) }
        issues.error(
          .summary, "unknown value \(cell.described) in `summary`", at: cell.span, label: "not measured",
          helps: metric.map { ["ask for it: `metrics: [\($0.name)]`"] } ?? near.map { ["did you mean `\($0)`?"] } ?? [],
          notes: ["allowed here: \(values.joined(separator: ", ")), or correlation(a, b) of two of them"])
      }
    }
    let filters = element.value("where").map { Self.filters($0, names, &issues) } ?? []
    let digits = element.value("digits").flatMap { Self.digits($0, &issues) }
    return rows.map {
      SummaryRequest(
        rows: $0, columns: columns, value: value, partner: partner, filters: filters, digits: digits)
    }
  }

  private static func digits(_ element: Element, _ issues: inout Issues) -> Int? {
    guard let number = ValueReader.bareNumber(element, "`digits`", &issues) else { return nil }
    if let digits = number.integer, (1...17).contains(digits) { return digits }
    issues.error(
      .outOfRange, "`digits` must be a whole number from 1 to 17", at: element.span, label: "found \(element.described)"
    )
    return nil
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
