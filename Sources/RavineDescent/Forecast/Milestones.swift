/// What a forecast trial still has to reach, and what it has reached.
struct Milestones {
  /// The stop rule's gap, as the kernel compares it in the trial's precision.
  let end: Double
  /// A gap above this has diverged; finite.
  let divergence: Double
  let budget: UInt64
  /// The largest gap not reached yet; nil when all are. The rungs below the end count too, for the end's own step.
  private(set) var target: Double?
  private(set) var converged = false
  private(set) var hits = Hits()
  private let rungs: Int
  private let rounds: Bool

  /// - Parameter ladder: Whether the rungs are wanted, not only the end.
  init(_ parameters: TrialParameters, ladder: Bool) {
    rounds = parameters.precision == .float32
    end = rounds ? Double(Float(parameters.gap)) : parameters.gap
    let largest = rounds ? Double(Float.greatestFiniteMagnitude) : Double.greatestFiniteMagnitude
    divergence = min(rounds ? Double(Float(parameters.divergence)) : parameters.divergence, largest)
    budget = parameters.steps
    rungs = ladder ? Ladder.rungs.count : 0
    aim()
  }

  /// The smallest gap that will ever be asked for.
  var least: Double { rungs > 0 ? min(end, Ladder.rungs[rungs - 1]) : end }

  private var rung: Double? {
    guard hits.count < rungs else { return nil }
    return rounds ? Double(Float(Ladder.rungs[hits.count])) : Ladder.rungs[hits.count]
  }

  private mutating func aim() {
    if let rung { target = converged ? rung : max(rung, end) } else { target = converged ? nil : end }
  }

  /// Notes that the target was reached after `step` steps.
  mutating func reach(at step: UInt64) {
    if let rung, converged || rung >= end { hits.append(step) } else { converged = true }
    aim()
  }

  func ending(_ status: TrialStatus, _ steps: UInt64, exact: Bool = true) -> LadderForecast {
    ending(Forecast(status: status, steps: steps, kind: exact ? .exact : .estimate))
  }

  func ending(_ end: Forecast) -> LadderForecast { LadderForecast(end: end, hits: hits) }
}

/// Thrown where rounding hides an answer and the search has to be done again with more accurate powers.
struct LacksAccuracy: Error {}
