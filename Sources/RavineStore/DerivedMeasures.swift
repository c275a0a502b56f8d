import RavineDescent

/// What every table shows of a record besides its own fields.
extension TrialRecord {
  /// Steps measured minus steps forecast, where both ended in the same way and the step of that end says something:
  /// both converged, both diverged, or both at the step limit. Nil otherwise.
  package var forecastDifference: Int? {
    guard status == forecast.status, [.converged, .diverged, .budget].contains(status) else { return nil }
    return Int(clamping: steps) - Int(clamping: forecast.steps)
  }

  /// Whether anything was forecast.
  package var hasForecast: Bool { forecast.kind != .none }

  /// The rate per step ρ that the whole way had: gap = ρ^(2 steps), so ρ = gap^(1/(2 steps)). Nil where no step was
  /// done, or the gap is zero, infinite or not a number.
  package var measuredRate: Double? {
    guard steps > 0, gap > 0, gap.isFinite else { return nil }
    return Elementary.exp(Elementary.log(gap) / (2 * Double(steps)))
  }
}

extension TrialStatus {
  /// ``name`` without the cost of reflection, for tables of many rows.
  package var word: String {
    switch self {
    case .converged: "converged"
    case .budget: "budget"
    case .diverged: "diverged"
    case .floor: "floor"
    case .failed: "failed"
    case .cancelled: "cancelled"
    }
  }
}

extension ForecastKind {
  /// The word used in files and tables.
  package var word: String {
    switch self {
    case .none: "none"
    case .exact: "exact"
    case .estimate: "estimate"
    }
  }
}

extension CrossCheck {
  /// The word used in files and tables.
  package var word: String {
    switch self {
    case .none: "none"
    case .agreed: "agreed"
    case .differed: "differed"
    }
  }
}
