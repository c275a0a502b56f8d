/// The comparison of a modal trial with its run on the direct path.
enum CrossChecking {
  /// Trials whose forecast is longer than this are not sampled: one direct run would outlast the rest of its unit.
  static let longest: UInt64 = 1_000_000

  /// Whether trial `id` is in the seeded sample of about `share` of all trials. A pure function of the id.
  static func isSampled(_ id: UInt64, share: Double) -> Bool {
    // SplitMix64's finaliser (Steele, Lea, Flood 2014) spreads consecutive ids evenly.
    var z = id &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    z ^= z >> 31
    return Double(z >> 11) * 0x1p-53 < share
  }

  /// Compares the first hits of every rung that both paths reached.
  ///
  /// The direct path works with H rounded (λ off by up to d ε L, so the gap by 8 d ε t/(1 − m) after t steps) and
  /// with a gap evaluated to 2 ε √d L |w*| |e|, |e|² ≤ raw/ℓ. Between two rungs the gap falls by ln 10 in Δt steps, so
  /// a relative error δ of the gap moves a hit by up to δ Δt / ln 10 steps; one step more is always allowed.
  static func compare(
    modal: TrialRecord, direct: TrialRecord, problem: Problem, parameters: TrialParameters
  ) -> CrossCheck {
    let card = problem.card
    let epsilon = parameters.precision == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
    let d = Double(problem.linear.count)
    let m = parameters.resolved(lambdaMin: card.lambdaMin, lambdaMax: card.lambdaMax).momentum
    var size = 0.0
    for w in problem.optimum { size += w * w }
    var raw = 0.0
    for (lambda, c) in zip(problem.eigenvalues, problem.startError) { raw += lambda * c * c }
    var last: UInt64 = 0
    for rung in 0..<min(modal.hits.count, direct.hits.count) {
      let a = modal.hits[rung]
      let b = direct.hits[rung]
      let drift = 8 * d * epsilon * Double(a) / (1 - m)
      let noise =
        2 * epsilon * d.squareRoot() * card.lambdaMax
        * (size / (card.lambdaMin * raw * Ladder.rungs[rung])).squareRoot()
      let slack = 1 + (drift + noise) * Double(a - last + 1) / 2.302585092994046
      if abs(Double(a) - Double(b)) > slack { return .differed }
      last = a
    }
    // A modal hit that the direct path missed must be below the round-off floor there.
    let missed = modal.hits.count > direct.hits.count
    return missed && direct.status == .budget && direct.steps > modal.steps + 1 ? .differed : .agreed
  }
}
