import RavineDescent

/// Reads `search`.
enum SearchReader {
  static let pointLimit = 1 << 40

  static func read(_ element: Element?, _ issues: inout Issues) -> Search {
    guard let element else { return .grid }
    if element.plainText == "grid" { return .grid }
    let words = ["grid"] + SamplingMethod.allCases.map(\.rawValue)
    let kindElement = element.mapping == nil ? element : element.value("kind")
    guard element.mapping != nil || element.text != nil else {
      issues.error(
        .search, "`search` must be one of \(words.joined(separator: ", "))", at: element.span,
        label: "found \(element.described)")
      return .grid
    }
    let entries =
      element.mapping == nil
      ? [] : KeyReader(section: "search", valid: ["kind", "points", "seed"]).entries(element, &issues)
    guard let kind = kindElement?.text, words.contains(kind) else {
      reportKind(kindElement ?? element, words, &issues)
      return .grid
    }
    guard let method = SamplingMethod(rawValue: kind) else { return .grid }
    let points = entries.first { $0.key == "points" }.map { count($0.value, &issues) }
    guard let points else {
      issues.error(
        .search, "`search: \(kind)` needs `points`", at: element.span, label: "how many points?",
        helps: ["write `search: {kind: \(kind), points: 1000, seed: 1}`"])
      return .grid
    }
    var seed: UInt64 = 0
    if let entry = entries.first(where: { $0.key == "seed" }),
      case .seed(let value) = ValueReader(.seed).read(entry.value, &issues)
    {
      seed = value
    }
    return points.map { .sampled(method, points: $0, seed: seed) } ?? .grid
  }

  private static func count(_ element: Element, _ issues: inout Issues) -> Int? {
    guard let number = ValueReader.bareNumber(element, "`points`", &issues) else { return nil }
    if number.integer == 0 {
      issues.error(.emptyAxis, "this sweep has 0 trials because `search.points` is 0", at: element.span)
      return nil
    }
    guard let count = number.integer, count > 0, count <= pointLimit else {
      issues.error(
        .search, "`points` must be a whole number from 1 to 2^40", at: element.span,
        label: "found \(element.described)")
      return nil
    }
    return count
  }

  private static func reportKind(_ element: Element, _ words: [String], _ issues: inout Issues) {
    let near = element.text.flatMap { Spelling.nearest(to: $0, among: words) }
    issues.error(
      .unknownWord, element.text.map { "unknown search `\(Printable.text($0))`" } ?? "`search` needs `kind`",
      at: element.span, label: "not a way to search", helps: near.map { ["did you mean `\($0)`?"] } ?? [],
      notes: ["allowed here: \(words.joined(separator: ", "))"])
  }
}
