/// Finds the word that was probably meant.
enum Spelling {
  /// The number of insertions, deletions, substitutions and swaps of neighbours that turn one word into the other
  /// (optimal string alignment); stops counting above `limit`.
  static func distance(_ left: String, _ right: String, limit: Int = 2) -> Int {
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
  static func nearest(to word: String, among candidates: [String]) -> String? {
    let folded = fold(word)
    if let same = candidates.first(where: { fold($0) == folded }) { return same }
    let limit = word.unicodeScalars.count <= 3 ? 1 : 2
    let ranked = candidates.map { (word: $0, distance: distance(folded, fold($0), limit: limit)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit else { return nil }
    return best.word
  }

  /// Full setting paths or top-level keys for the names that other programs use, also misspelt.
  static func alias(for word: String) -> String? {
    let folded = fold(word)
    if let exact = aliases.first(where: { $0.words.contains(folded) }) { return exact.meaning }
    let long = aliases.flatMap(\.words).filter { $0.count >= 5 }
    guard let near = nearest(to: word, among: long) else { return nil }
    return aliases.first { $0.words.contains(near) }?.meaning
  }

  private static func fold(_ word: String) -> String { word.lowercased().replacing("_", with: "-") }

  private static let aliases: [(meaning: String, words: [String])] = [
    ("optimizer.step", ["lr", "learning-rate", "step-size", "stepsize", "eta", "alpha", "rate"]),
    ("optimizer.momentum", ["beta", "mom", "beta1", "momentum-coefficient"]),
    ("optimizer", ["optimiser", "method", "solver", "algorithm"]),
    ("data.correlation", ["rho", "corr", "r", "correlations"]),
    ("data.samples", ["n", "n-samples", "rows", "observations", "num-samples"]),
    ("data.features", ["d", "p", "dim", "dimension", "dimensions", "n-features", "num-features"]),
    ("data.condition", ["kappa", "cond", "condition-number"]),
    ("data.target-column", ["target", "label", "y", "target-col"]),
    ("data.eigenvalues", ["lambda", "lambdas", "eigs"]),
    ("data.mean", ["mu"]),
    ("data.epsilon", ["eps"]),
    ("stop.gap", ["tol", "tolerance", "threshold"]),
    ("stop.steps", ["max-iter", "max-steps", "iterations", "epochs", "max-iterations", "budget"]),
    ("model.l2", ["ridge", "weight-decay", "regularisation", "regularization", "penalty"]),
    ("seed", ["random-state", "seeds", "rng"]),
    ("precision", ["dtype", "float"]),
    ("bias", ["intercept", "fit-intercept"]),
    ("preprocessing", ["preprocess", "scaling", "normalise", "normalize", "transform"]),
    ("start", ["init", "initial", "w0"]),
    ("axes", ["grid", "sweep", "parameters", "params", "axis"]),
    ("question", ["description", "about"]),
    ("data", ["dataset"]),
    ("ravine", ["version"]),
    ("linear", ["linspace", "lin"]),
    ("log", ["logspace", "geometric", "geomspace"]),
    ("count", ["num", "points", "size"]),
    ("by", ["stride", "increment"]),
  ]
}
