import RavineDescent

/// Reads `metrics`: the measures that a sweep asks for besides those of every record.
enum MetricsReader {
  static let limit = 64

  static func read(_ element: Element?, _ issues: inout Issues) -> [Metric] {
    guard let element else { return [] }
    var metrics: [Metric] = []
    for item in element.list ?? [element] {
      guard let text = item.text, let metric = Metric(name: text) else {
        let words = Metric.Kind.allCases.map { $0.isIndexed ? "\($0.rawValue)-1" : $0.rawValue }
        let near = item.text.flatMap { Spelling.nearest(to: $0, among: words) }
        issues.error(
          .unknownWord, "unknown metric \(item.described)", at: item.span, label: "not measured",
          helps: near.map { ["did you mean `\($0)`?"] } ?? [],
          notes: ["allowed here: \(words.joined(separator: ", ")); a number in the place of 1 asks for another one"])
        continue
      }
      if metrics.contains(metric) {
        issues.error(.duplicateAxis, "`\(metric.name)` is asked for twice", at: item.span, label: "again")
      } else {
        metrics.append(metric)
      }
    }
    if metrics.count > limit {
      issues.error(
        .outOfRange, "\(metrics.count) metrics are asked for, at most \(limit) are allowed", at: element.span,
        label: "too many")
    }
    return metrics
  }
}
