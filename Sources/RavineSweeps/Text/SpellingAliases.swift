import RavineDescent

/// The names that other programs use for our settings.
extension Spelling {
  /// Full setting paths or top-level keys for the names that other programs use, also misspelt.
  static func alias(for word: String) -> String? {
    let folded = fold(word)
    if let exact = aliases.first(where: { $0.words.contains(folded) }) { return exact.meaning }
    let long = aliases.flatMap(\.words).filter { $0.count >= 5 }
    guard let near = nearest(to: word, among: long) else { return nil }
    return aliases.first { $0.words.contains(near) }?.meaning
  }

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
    ("components", ["n-components", "num-components", "pcs", "principal-components"]),
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
