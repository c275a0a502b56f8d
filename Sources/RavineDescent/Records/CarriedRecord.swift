extension TrialRecord {
  /// What a sweep in which this trial is number `number`, with the step limit `limit`, would record of it; nil where
  /// only a measurement can tell. `self` is the record of trial `own` with `parameters`, measured on the same data.
  ///
  /// Two things depend on more than the trial: which trials are cross-checked is drawn by number, and where a trial was
  /// stopped depends on its limit. A trial that ended below both limits ends so under either; a forecast beyond a limit
  /// would be another one.
  ///
  /// - Parameter hasMetrics: whether measures besides the record are kept, which may depend on the limit.
  package func carried(
    from own: UInt64, _ parameters: TrialParameters, to number: UInt64, limit: UInt64, hasMetrics: Bool
  ) -> TrialRecord? {
    switch status {
    case .failed, .cancelled: return nil
    case .converged, .budget, .diverged, .floor: break
    }
    if limit != parameters.steps {
      let least = min(limit, parameters.steps)
      let isForecastBelow = forecast.kind == .exact && forecast.status != .budget && forecast.steps < least
      guard status != .budget, steps < least, !hasMetrics, forecast.kind == .none || isForecastBelow else {
        return nil
      }
    }
    var record = self
    let share = Measurement.usualCrossCheckShare
    guard CrossChecking.isSampled(number, share: share) else {
      record.crossCheck = .none
      return record
    }
    let isDrawn = parameters.isModal && parameters.engine != .direct && forecast.steps <= CrossChecking.longest
    let isKnown = CrossChecking.isSampled(own, share: share) && limit == parameters.steps
    return isKnown || !isDrawn ? record : nil
  }
}
