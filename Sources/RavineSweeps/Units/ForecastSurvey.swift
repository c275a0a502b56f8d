import RavineDescent
import Synchronization

/// What the forecast says of a whole sweep before it runs: exact where every trial was forecast, else scaled up from
/// an even sample of problems and of trials within them.
package struct ForecastSurvey: Sendable {
  package let profile: CostProfile
  /// Whether every trial was forecast.
  package let isComplete: Bool
  package let surveyedTrials: Int
  package let surveyedProblems: Int
  /// Forecast numbers of trials by end, scaled to the sweep: converged, over budget, diverging.
  package let converged: Double
  package let overBudget: Double
  package let diverging: Double
  /// Trials of which nothing can be said before they run: nets, mini-batches, adaptive methods.
  package let unknown: Double
  /// Problems that cannot be prepared, with the reason, in problem order; their trials will fail.
  package let failures: [(problem: Int, error: DataError)]
  /// Sum of steps of all trials, scaled to the sweep.
  package let totalSteps: Double
  /// Largest forecast number of steps of one trial in the survey.
  package let longest: UInt64

  /// Sweeps up to this size are forecast trial by trial.
  package struct Limits: Sendable {
    package var problems = 1024
    package var trials = 262_144

    package init() {}
  }
}

extension ForecastSurvey {
  /// Surveys `plan` on up to `threads` threads. A pure function of the plan, the tables and the limits.
  package init(_ plan: Plan, tables: [String: Table], threads: Int, limits: Limits = Limits()) {
    let stretches = Self.stretches(plan, most: limits.problems)
    let perStretch = max(1, limits.trials / max(stretches.count, 1))
    let samples = Self.forecast(stretches, plan, tables, perStretch: perStretch, threads: threads)
    self.init(samples, plan: plan)
  }

  /// Every problem's stretch of ids, or an even choice of `most` of them.
  private static func stretches(_ plan: Plan, most: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var trial = 0
    while trial < plan.trialCount, result.count <= most {
      let stretch = plan.problemTrials(containing: trial)
      result.append(stretch)
      trial = stretch.upperBound
    }
    guard trial < plan.trialCount else { return result }
    // Ids stay below 2^40 and `most` below 2^20: the product fits.
    var chosen: [Range<Int>] = []
    for index in 0..<most {
      let stretch = plan.problemTrials(containing: index * plan.trialCount / most)
      if chosen.last != stretch { chosen.append(stretch) }
    }
    return chosen
  }

  /// The forecast of one sampled trial.
  struct Sample: Sendable {
    var trial: Int
    var end: Forecast
    var work: Double
  }

  /// The survey of one problem.
  struct ProblemSample: Sendable {
    var stretch: Range<Int>
    var trials: [Sample] = []
    var preparation = 0.0
    var failure: DataError?
  }

  private static func forecast(
    _ stretches: [Range<Int>], _ plan: Plan, _ tables: [String: Table], perStretch: Int, threads: Int
  ) -> [ProblemSample] {
    let results = Mutex([ProblemSample?](repeating: nil, count: stretches.count))
    let next = Atomic<Int>(0)
    Parallel.perform(stretches.count, threads: threads) {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < stretches.count else { return }
        let sample = survey(stretches[index], plan, tables, most: perStretch)
        results.withLock { $0[index] = sample }
      }
    }
    return results.withLock { $0.compactMap { $0 } }
  }

  private static func survey(
    _ stretch: Range<Int>, _ plan: Plan, _ tables: [String: Table], most: Int
  ) -> ProblemSample {
    var sample = ProblemSample(stretch: stretch)
    let problem: Problem
    do {
      problem = try Problem.prepare(plan.settings(of: stretch.lowerBound).problem, tables: tables)
    } catch {
      sample.failure = error
      return sample
    }
    let prepared = PreparedProblem(problem)
    let d = Double(problem.linear.count)
    let rows = Double(problem.card.samples)
    if let net = problem.net {
      // Some hundred products with the Hessian, of two gradients each, in plain loops.
      sample.preparation = 2000 * net.shape.flops(rows: net.rows.count) / 4
    } else {
      // Flops of QR and of about eight Jacobi sweeps, at three mode-steps a nanosecond-flop.
      sample.preparation = 2 * d * d * rows + 12 * d * d * d
    }
    let count = min(most, stretch.count)
    for index in 0..<count {
      let offset = count == stretch.count ? index : index * (stretch.count / count)
      let trial = stretch.lowerBound + offset
      let parameters = plan.parameters(of: trial)
      let end = prepared.forecastEnd(parameters)
      let work = Self.work(problem, parameters, end, metrics: plan.sweep.metrics)
      sample.trials.append(Sample(trial: trial, end: end, work: work))
    }
    return sample
  }

  /// In mode-steps; of a trial without a forecast as if it took a thousand steps.
  private static func work(
    _ problem: Problem, _ parameters: TrialParameters, _ end: Forecast, metrics: [Metric]
  ) -> Double {
    let isModal = parameters.isModal && problem.net == nil
    guard isModal else {
      let steps = end.kind == .none ? min(parameters.steps, 1000) : end.steps
      return overhead + Double(steps) * Training.flops(problem, parameters) / 4
    }
    let d = Double(problem.linear.count)
    let modes = Double(problem.eigenvalues.count)
    var perStep = parameters.engine == .direct ? d * d : modes
    var perTrial = overhead
    if Replay.isNeeded(for: metrics) {
      perStep += Replay.workPerStep(problem, parameters)
      // The weights from the modes, or H packed anew.
      perTrial += d * d
    }
    return perTrial + Double(end.steps) * perStep
  }

  /// Loading, forecasting and recording a trial, in mode-steps.
  private static var overhead: Double { 2000 }

  private init(_ problems: [ProblemSample], plan: Plan) {
    var segments: [CostProfile.Segment] = []
    var failures: [(problem: Int, error: DataError)] = []
    var tally = Tally()
    for (index, sample) in problems.enumerated() {
      let end = index + 1 < problems.count ? problems[index + 1].stretch.lowerBound : plan.trialCount
      if let failure = sample.failure {
        failures.append((plan.problem(of: sample.stretch.lowerBound), failure))
        segments.append(CostProfile.Segment(first: sample.stretch.lowerBound, perTrial: Self.overhead))
        continue
      }
      let preparation = sample.preparation / Double(sample.stretch.count)
      // A sampled problem stands for the unsampled ones after it: stretch its trials over their ids.
      let spread = Double(end - sample.stretch.lowerBound) / Double(sample.stretch.count)
      for (position, trial) in sample.trials.enumerated() {
        let following =
          position + 1 < sample.trials.count ? sample.trials[position + 1].trial : sample.stretch.upperBound
        let weight = Double(following - trial.trial) * spread
        tally.add(trial.end, weight: weight)
        let first = sample.stretch.lowerBound + Int(Double(trial.trial - sample.stretch.lowerBound) * spread)
        segments.append(CostProfile.Segment(first: first, perTrial: trial.work + preparation))
      }
    }
    let surveyed = problems.reduce(0) { $0 + $1.trials.count }
    self.failures = failures
    profile = CostProfile(segments: segments, trialCount: plan.trialCount)
    surveyedTrials = surveyed
    surveyedProblems = problems.count
    let failed = problems.reduce(0) { $0 + ($1.failure == nil ? 0 : $1.stretch.count) }
    isComplete = surveyed + failed == plan.trialCount
    converged = tally.converged
    overBudget = tally.overBudget
    diverging = tally.diverging
    unknown = tally.unknown
    totalSteps = tally.steps
    longest = tally.longest
  }

  private struct Tally {
    var converged = 0.0
    var overBudget = 0.0
    var diverging = 0.0
    var unknown = 0.0
    var steps = 0.0
    var longest: UInt64 = 0

    mutating func add(_ end: Forecast, weight: Double) {
      switch end.status {
      case _ where end.kind == .none: unknown += weight
      case .converged: converged += weight
      case .diverged: diverging += weight
      default: overBudget += weight
      }
      steps += Double(end.steps) * weight
      longest = max(longest, end.steps)
    }
  }
}
