/// Finds the word that was probably meant.
package enum Spelling {
  /// The number of insertions, deletions, substitutions and swaps of neighbours that turn one word into the other
  /// (optimal string alignment); stops counting above `limit`.
  package static func distance(_ left: String, _ right: String, limit: Int = 2) -> Int {
    let a = Array(left.unicodeScalars)
    let b = Array(right.unicodeScalars)
    guard abs(a.count - b.count) <= limit, a.count <= 64, b.count <= 64 else { return limit + 1 }
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return min(rows[a.count][b.count], limit + 1)
  }

  /// The nearest of `candidates` within two edits (one for short words); the first of equals.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    let folded = fold(word)
    if let same = candidates.first(where: { fold($0) == folded }) { return same }
    let limit = word.unicodeScalars.count <= 3 ? 1 : 2
    let ranked = candidates.map { (word: $0, distance: distance(folded, fold($0), limit: limit)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit else { return nil }
    return best.word
  }

  /// In lower case, `_` as `-`.
  package static func fold(_ word: String) -> String { word.lowercased().replacing("_", with: "-") }
}
