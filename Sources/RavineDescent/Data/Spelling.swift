/// Guesses at what a misspelt word was meant to be.
enum Spelling {
  /// The word of `words` nearest to `word`: at most two letters inserted, deleted, changed or swapped with their
  /// neighbour, and fewer than half of them; upper and lower case count as equal. The first among equals; nil if none
  /// is near.
  static func nearest(to word: String, in words: [String]) -> String? {
    let wanted = Array(word.lowercased().unicodeScalars.prefix(64))
    let limit = min(2, wanted.count / 2)
    var best: (word: String, distance: Int)?
    for candidate in words {
      let letters = Array(candidate.lowercased().unicodeScalars.prefix(64))
      let distance = distance(wanted, letters)
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// Optimal string alignment distance.
  private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        var value = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { value = min(value, beforeLast[j - 2] + 1) }
        row.append(value)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
