/// What a running trial has to watch: its next rung, its end conditions and the hits so far.
struct LadderProgress<Scalar: LaneScalar> {
  private(set) var hits = Hits()
  let target: Scalar
  let divergence: Scalar
  let budget: UInt64
  /// Raw gaps are `scale` times the gap (1 on the modal path, Σ λ c² on the direct path).
  let scale: Scalar

  init(_ parameters: TrialParameters, scale: Double) {
    self.scale = Scalar(scale)
    target = Scalar(parameters.gap * scale)
    // A limit beyond the largest number of the type would take an overflow for a gap within it.
    divergence = min(Scalar(parameters.divergence * scale), .greatestFiniteMagnitude)
    budget = parameters.steps
  }

  private var nextRung: Scalar? {
    hits.count < Ladder.rungs.count ? Scalar(Ladder.rungs[hits.count]) * scale : nil
  }

  /// No event is due while low < raw gap ≤ `divergence`.
  var low: Scalar {
    guard let rung = nextRung else { return target }
    return max(rung, target)
  }

  /// The gap that a raw one is. Below zero it is rounding of zero or, where the trial has diverged, an overflow.
  func gap(_ raw: Scalar, _ status: TrialStatus? = nil) -> Double {
    if raw < 0 { return status == .diverged || raw < -1000 * scale ? .infinity : 0 }
    return Double(raw) / Double(scale)
  }

  /// Takes the raw gap after `step` steps and says how the trial ended there, or nil where it goes on.
  mutating func observe(_ raw: Scalar, at step: UInt64) -> TrialStatus? {
    // No gap is negative beyond its rounding: this one has overflown.
    if raw == -.infinity { return .diverged }
    while let rung = nextRung, raw <= rung { hits.append(step) }
    if raw <= target { return .converged }
    if !(raw <= divergence) { return .diverged }
    return step >= budget ? .budget : nil
  }

  /// The same for a raw gap whose evaluation rounds by up to `noise`: it counts as no smaller, so that no rung below is
  /// a hit; where the next one is below, nothing more can be seen.
  mutating func observe(_ raw: Scalar, noise: Scalar, at step: UInt64) -> TrialStatus? {
    guard raw > -.infinity, raw <= noise, raw <= scale else { return observe(raw, at: step) }
    return noise <= low ? observe(noise, at: step) : .floor
  }
}
