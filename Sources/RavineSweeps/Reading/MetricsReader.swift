import RavineDescent

/// Reads `metrics`: the measures that a sweep asks for besides those of every record.
struct MetricsReader {
  static let limit = 64
  /// Stands for `gap-at-1`, `gap-at-2`, … at log-spaced steps.
  static let curve = "curve"

  /// The largest step limit of the sweep: where its curves end.
  let longest: UInt64
  let fit: MetricFit

  func read(_ element: Element?, _ issues: inout Issues) -> [Metric] {
    guard let element else { return [] }
    let items = element.list ?? [element]
    var metrics: [Metric] = []
    for item in items {
      guard let named = named(item) else {
        unknown(item, &issues)
        continue
      }
      let new = named.filter { !metrics.contains($0) }
      if new.isEmpty, !named.isEmpty {
        issues.error(
          .duplicateAxis, "`\(item.text ?? "")` is asked for twice", at: item.span, label: "again")
      }
      metrics += new
      if let place = new.lazy.compactMap(fit.misplaced).first {
        issues.error(
          .outOfRange, "`\(item.text ?? "")` has no value on any trial here: it belongs to \(place)", at: item.span,
          label: "leave it out")
      }
    }
    if items.count > Self.limit {
      issues.error(
        .outOfRange, "\(items.count) metrics are asked for, at most \(Self.limit) are allowed", at: element.span,
        label: "too many")
    }
    return metrics
  }

  private func named(_ item: Element) -> [Metric]? {
    guard let text = item.text else { return nil }
    guard text == Self.curve else { return Metric(name: text).map { [$0] } }
    return CurveSteps.through(longest).map { Metric(kind: .gapAt, index: Int($0)) }
  }

  private func unknown(_ item: Element, _ issues: inout Issues) {
    let words = Metric.Kind.allCases.map { $0.isIndexed ? "\($0.rawValue)-1" : $0.rawValue } + [Self.curve]
    let near = item.text.flatMap { Spelling.nearest(to: $0, among: words) }
    issues.error(
      .unknownWord, "unknown metric \(item.described)", at: item.span, label: "not measured",
      helps: near.map { ["did you mean `\($0)`?"] } ?? [],
      notes: ["allowed here: \(words.joined(separator: ", ")); a number in the place of 1 asks for another one"])
  }
}
