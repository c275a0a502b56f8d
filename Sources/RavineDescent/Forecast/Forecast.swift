/// What a trial will do, before it is run.
package struct LadderForecast: Equatable, Sendable {
  /// How and when it ends. `floor` is not forecast: exact arithmetic has no round-off to stop it.
  package var end: Forecast
  /// First hits of the ladder up to and including the end step.
  package var hits: Hits
  /// False where the work limit was reached and the rest is an estimate from the modes' envelopes.
  package var exact: Bool { end.kind == .exact }

  package init(end: Forecast, hits: Hits) {
    self.end = end
    self.hits = hits
  }

  /// No forecast exists.
  package static let unknown = LadderForecast(end: .unknown, hits: Hits())
}

/// Forecasts trials of one problem: what exact arithmetic makes of the kernel's own coefficients and start, so that a
/// difference from a measurement is round-off and nothing else.
///
/// Gradient descent takes about 2 log₂ t evaluations of gap(t), however large the budget; two-term methods skip whole
/// blocks of steps in which a lower bound of the gap shows that nothing is reached. The answer is exact to the step:
/// where double precision cannot tell, the comparison is made with 100 bits. Gaps below 10^−290 are not resolved.
package struct Forecaster: Sendable {
  private let form: ModalForm
  /// Mode evaluations after which a two-term forecast is estimated: some milliseconds.
  private let workLimit: Int

  package init(_ problem: Problem) {
    self.init(ModalForm(problem))
  }

  /// - Parameters:
  ///   - form: The modal form of the problem.
  ///   - workLimit: Evaluations of a mode after which a two-term forecast is estimated.
  package init(_ form: ModalForm, workLimit: Int = 8_000_000) {
    self.workLimit = workLimit
    self.form = form
  }

  /// Smallest and largest eigenvalue.
  var extremes: (least: Double, largest: Double) {
    withExtendedLifetime(form) { (form.shape.lambdaMin, form.shape.lambdaMax) }
  }

  /// End and ladder of a trial.
  ///
  /// A start at the optimum has converged with every rung hit at step 0. A step whose coefficients are not numbers
  /// diverges at step 1.
  package func forecast(_ parameters: TrialParameters) -> LadderForecast {
    answer(parameters, Milestones(parameters, ladder: true))
  }

  /// The end of a trial alone; several times faster than with the ladder.
  package func end(_ parameters: TrialParameters) -> Forecast {
    answer(parameters, Milestones(parameters, ladder: false)).end
  }

  private func answer(_ parameters: TrialParameters, _ milestones: Milestones) -> LadderForecast {
    defer { withExtendedLifetime(form) {} }
    let shape = form.shape
    // A net has no spectrum of its own.
    guard !shape.lambdaMin.isNaN else { return .unknown }
    if shape.scale == 0 || shape.count == 0 {
      var hits = Hits()
      for _ in Ladder.rungs { hits.append(0) }
      return LadderForecast(end: Forecast(status: .converged, steps: 0), hits: hits)
    }
    guard parameters.steps > 0 else { return milestones.ending(.budget, 0) }
    guard parameters.isModal else {
      var stepped = SteppedForecast(shape, parameters)
      return stepped?.run(milestones) ?? .unknown
    }
    let recurrence = Recurrence(parameters, lambdaMin: shape.lambdaMin, lambdaMax: shape.lambdaMax)
    let capacity = TrialModes.capacity(shape.count)
    let levels = UInt64.bitWidth - parameters.steps.leadingZeroBitCount
    let momentum = recurrence.momentum != 0
    let perMode = 3 + (momentum ? MomentumSearch.memory(levels) : GeometricSearch.memory(levels))
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: capacity * perMode)
    defer { memory.deallocate() }
    let modes = TrialModes(shape, recurrence, in: memory)
    if modes.isBroken { return milestones.ending(.diverged, 1) }
    let rest = memory + 3 * capacity
    for accurate in [false, true] {
      do throws(LacksAccuracy) {
        if modes.hasMomentum {
          var search = MomentumSearch(modes, milestones, workLimit, accurate: accurate, in: rest)
          return try search.run()
        }
        var search = GeometricSearch(modes, milestones, accurate: accurate, in: rest)
        return try search.run()
      } catch {
        continue
      }
    }
    return .unknown
  }
}

extension Problem {
  /// What a trial of this problem will do. For many trials of one problem keep a ``Forecaster``.
  package func forecast(_ parameters: TrialParameters) -> LadderForecast { Forecaster(self).forecast(parameters) }

  /// How and when a trial of this problem will end; faster than ``forecast(_:)``.
  package func forecastEnd(_ parameters: TrialParameters) -> Forecast { Forecaster(self).end(parameters) }
}
