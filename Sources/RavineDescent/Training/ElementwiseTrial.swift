import RavineLanes

/// A trial whose method updates weights element by element: one trial on one core, weights in lanes, the gap tested at
/// its tested point after every step (or every `every` steps).
struct ElementwiseTrial<Target: Objective & ~Copyable>: ~Copyable {
  private var objective: Target
  private let parameters: TrialParameters
  private let numbers: UpdateNumbers
  private let rule: UpdateRule
  private let memory: LaneMemory<Target.Scalar>
  private let seed: UInt64
  /// Steps between looks at the gap.
  private let every: UInt64
  private let freshRows: (@Sendable (UInt64) -> NetRows)?
  private var wanted: WantedSteps
  private var outcome: TrialOutcome
  /// Whether `gradient` is that of all rows at the point that was tested last.
  private var isGradientThere: Bool

  private var weights: UnsafeMutablePointer<Target.Scalar> { memory.base }
  private var gradient: UnsafeMutablePointer<Target.Scalar> { memory.base + objective.count }
  private var first: UnsafeMutablePointer<Target.Scalar> { memory.base + 2 * objective.count }
  private var second: UnsafeMutablePointer<Target.Scalar> { memory.base + 3 * objective.count }
  private var snapshot: UnsafeMutablePointer<Target.Scalar> { memory.base + 4 * objective.count }

  init(
    _ objective: consuming Target, _ parameters: TrialParameters, step: Double, momentum: Double, start: [Double],
    seed: UInt64, freshRows: (@Sendable (UInt64) -> NetRows)?, wanted: WantedSteps = WantedSteps()
  ) {
    self.wanted = wanted
    self.parameters = parameters
    self.seed = seed
    self.freshRows = freshRows
    numbers = UpdateNumbers(
      step: step, momentum: momentum, decay: parameters.adaptive.decay, epsilon: parameters.adaptive.epsilon)
    rule = UpdateRule(rawValue: Int(parameters.method.rawValue)) ?? .gradientDescent
    let epoch = parameters.batch.size > 0 ? BatchOrder.epoch(parameters.batch, rows: objective.rows) : 1
    every = parameters.every > 0 ? parameters.every : epoch
    memory = LaneMemory(count: 6 * objective.count)
    objective.write(start, to: memory.base)
    objective.write(start, to: memory.base + 2 * objective.count)
    if rule != .nesterov { (memory.base + 2 * objective.count).update(repeating: 0, count: objective.count) }
    outcome = TrialOutcome(record: TrialRecord(status: .budget), weights: [], gradient: [])
    isGradientThere = parameters.batch.size == 0
    self.objective = objective
  }

  /// Runs to the end; nil where `goesOn` said no.
  consuming func run(goesOn: (UInt64) -> Bool) -> TrialOutcome? {
    // Mini-batches need no gradient of all rows to begin with.
    var raw = parameters.batch.size > 0 ? objective.value(weights) : objective.gradient(weights, into: gradient)
    if let status = Self.startStatus(raw, parameters) {
      return finished(status, step: 0, gap: raw == 0 ? 0 : 1, hits: Self.startHits(raw))
    }
    var progress = LadderProgress<Double>(parameters, scale: raw)
    var batches = BatchOrder(parameters.batch, rows: objective.rows, seed: seed)
    var upcoming = parameters.batch.size > 0 && freshRows == nil ? batches.next() : []
    var powers = (1.0, 1.0)
    var step: UInt64 = 0
    var reported: UInt64 = 0
    let pace = pace
    while true {
      let update = update(step, &powers)
      if parameters.batch.size > 0 {
        descend(step, &batches, &upcoming, update)
      } else {
        update.apply(objective.kernels, objective.count, at: 0, gradient)
      }
      step += 1
      let isWanted = wanted.holds(step)
      if parameters.batch.size == 0 || step % every == 0 || step >= parameters.steps {
        raw = look(step)
        if isWanted { outcome.curve.append(CurvePoint(step: step, gap: progress.gap(raw))) }
        if let status = judge(raw, step, &progress) {
          return finished(status, step: step, gap: progress.gap(raw, status), hits: progress.hits)
        }
      } else if isWanted {
        // For the curve alone: no metric changes when a trial ends.
        let passing = objective.value(rule == .nesterov ? first : weights)
        outcome.curve.append(CurvePoint(step: step, gap: progress.gap(passing)))
      }
      if step - reported >= pace {
        guard goesOn(step - reported) else { return nil }
        reported = step
      }
    }
  }

  /// A start below the minimum lies there but for rounding, of the loss or of the minimum.
  static func startStatus(_ raw: Double, _ parameters: TrialParameters) -> TrialStatus? {
    if raw == 0 { return .converged }
    if raw < 0, raw > -.infinity { return .floor }
    if !(raw > 0 && raw < .infinity) { return .diverged }
    return parameters.steps == 0 ? .budget : nil
  }

  static func startHits(_ raw: Double) -> Hits {
    var hits = Hits()
    if raw == 0 { for _ in Ladder.rungs { hits.append(0) } }
    return hits
  }

  /// Steps between reports: some milliseconds.
  private var pace: UInt64 {
    let rows = parameters.batch.size > 0 ? Int(parameters.batch.size) : nil
    return max(1, UInt64(min(1e8 / max(objective.flops(rows: rows), 1), 65_536)))
  }

  /// One step on the batch `upcoming`, which becomes the next one, if there is any; or on fresh rows.
  private mutating func descend(
    _ step: UInt64, _ batches: inout BatchOrder, _ upcoming: inout [Int], _ update: WeightUpdate<Target.Scalar>
  ) {
    if let freshRows {
      objective.descend(batch: .fresh(freshRows(step)), gradient: gradient, update)
      count(gradients: 1, rows: Int(parameters.batch.size))
    } else {
      let rows = upcoming
      upcoming = step + 1 < parameters.steps ? batches.next() : []
      objective.descend(batch: .rows(rows, upcoming: upcoming), gradient: gradient, update)
      count(gradients: 1, rows: rows.count)
    }
  }

  /// The update of `step`; `powers` are those of Adam's decays, which it takes on.
  private func update(_ step: UInt64, _ powers: inout (Double, Double)) -> WeightUpdate<Target.Scalar> {
    var numbers = numbers
    if !parameters.schedule.isConstant { numbers.step *= parameters.schedule.factor(step) }
    if rule == .adam {
      powers = (powers.0 * numbers.momentum, powers.1 * numbers.decay)
      numbers.firstCorrection = 1 / (1 - powers.0)
      numbers.secondCorrection = 1 / (1 - powers.1)
    }
    return WeightUpdate(rule: rule, numbers: numbers, weights: weights, first: first, second: second)
  }

  /// f − f* at the tested point after `step`; with full batches the gradient for the next step comes with it, and after
  /// the last mini-batch the one that is recorded.
  private mutating func look(_ step: UInt64) -> Double {
    let isBatch = parameters.batch.size > 0
    let tested = rule == .nesterov ? first : weights
    isGradientThere = isBatch ? step >= parameters.steps : rule != .nesterov
    let raw = isGradientThere ? objective.gradient(tested, into: gradient) : objective.value(tested)
    guard !isBatch else { return raw }
    if !isGradientThere { _ = objective.gradient(weights, into: gradient) }
    count(gradients: 1, rows: nil)
    return raw
  }

  private mutating func judge(
    _ raw: Double, _ step: UInt64, _ progress: inout LadderProgress<Double>
  ) -> TrialStatus? {
    var status: TrialStatus?
    if !(raw > progress.low && raw <= progress.divergence) || step >= progress.budget {
      let tested = rule == .nesterov ? first : weights
      status = progress.observe(raw, noise: objective.noise(tested, value: raw), at: step)
      while outcome.costs.count < progress.hits.count {
        outcome.costs.append(RungCost(gap: progress.gap(raw), gradients: outcome.gradients, flops: outcome.flops))
      }
    }
    if status == nil, step % 4096 == 0, rests() { status = .floor }
    return status
  }

  /// Whether weights and first memory have the same bits as 4,096 steps ago; takes the new snapshot.
  private func rests() -> Bool {
    guard parameters.batch.size == 0, parameters.schedule.isConstant, rule != .adam else { return false }
    var same = true
    for i in 0..<objective.count {
      if snapshot[i] != weights[i] || snapshot[objective.count + i] != first[i] { same = false }
      snapshot[i] = weights[i]
      snapshot[objective.count + i] = first[i]
    }
    return same
  }

  private mutating func count(gradients: UInt64, rows: Int?) {
    outcome.gradients += gradients
    outcome.flops += objective.flops(rows: rows)
  }

  private consuming func finished(
    _ status: TrialStatus, step: UInt64, gap: Double, hits: Hits
  ) -> TrialOutcome {
    let tested = rule == .nesterov && step > 0 ? first : weights
    if !isGradientThere { _ = objective.gradient(tested, into: gradient) }
    outcome.weights = objective.read(tested)
    outcome.gradient = objective.read(gradient)
    outcome.record = TrialRecord(status: status, steps: step, gap: gap, hits: hits)
    return outcome
  }
}
