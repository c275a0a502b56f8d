import RavineLanes

/// A function for ``ReferenceTraining``: f − f* and ∇f in the plainest form.
struct ReferenceObjective<Scalar: NetScalar> {
  var gradient: ([Scalar]) -> (gap: Double, gradient: [Scalar])
  var batchGradient: ([Scalar], [Int]) -> [Scalar]
  var noise: ([Scalar], Double) -> Double
  var rows: Int

  /// A net above its floor.
  init(_ problem: NetProblem) {
    let net = ReferenceNet<Scalar>(shape: problem.shape, l2: problem.l2, rows: problem.rows)
    let floor = problem.floor
    gradient = { w in
      let (loss, gradient) = net.evaluate(w)
      return (loss - floor, gradient)
    }
    batchGradient = { net.evaluate($0, batch: $1).gradient }
    noise = { _, value in floor == 0 ? 0 : 4 * Double(Scalar.ulpOfOne) * (value + floor).magnitude }
    rows = problem.rows.count
  }

  /// A quadratic; `rows` where gradients come from batches.
  init(_ problem: Problem, rows: NetRows?) {
    let d = problem.linear.count
    let hessian = problem.hessian.map { Scalar($0) }
    let linear = problem.linear.map { Scalar($0) }
    let optimum = problem.optimum.map { Scalar($0) }
    let net = rows.map { ReferenceNet<Scalar>(shape: problem.rowShape, l2: problem.settings.l2, rows: $0) }
    gradient = { w in
      var gradient = linear.map { -$0 }
      for j in 0..<d { for k in 0..<d { gradient[j] = gradient[j].addingProduct(w[k], hessian[j * d + k]) } }
      var gap: Scalar = 0
      for j in 0..<d { gap = gap.addingProduct(w[j] - optimum[j], gradient[j]) }
      return (Double(gap) * 0.5, gradient)
    }
    batchGradient = { w, batch in net?.evaluate(w, batch: batch).gradient ?? [] }
    noise = { w, _ in
      var size = 0.0
      var error = 0.0
      for j in 0..<d {
        let e = Double(w[j]) - problem.optimum[j]
        size += problem.optimum[j] * problem.optimum[j]
        error += e * e
      }
      return Double(Scalar.ulpOfOne) * Double(d).squareRoot() * problem.card.lambdaMax * (size * error).squareRoot()
    }
    self.rows = rows?.count ?? 0
  }
}

/// The judge of ``ElementwiseTrial``: the same descent at one lane, in natural order, in the plainest form.
enum ReferenceTraining {
  static func run<Scalar: NetScalar>(
    _ objective: ReferenceObjective<Scalar>, _ parameters: TrialParameters, step: Double, momentum: Double,
    start: [Double], seed: UInt64
  ) -> TrialOutcome {
    var w = start.map { Scalar($0) }
    var state = ReferenceUpdate<Scalar>(parameters, step: step, momentum: momentum, start: w)
    var (raw, g) = objective.gradient(w)
    if let status = ElementwiseTrial<NetObjective<Scalar>>.startStatus(raw, parameters) {
      let hits = ElementwiseTrial<NetObjective<Scalar>>.startHits(raw)
      let record = TrialRecord(status: status, steps: 0, gap: raw == 0 ? 0 : 1, hits: hits)
      return TrialOutcome(record: record, weights: w.map { Double($0) }, gradient: g.map { Double($0) })
    }
    var progress = LadderProgress<Double>(parameters, scale: raw)
    var batches = BatchOrder(parameters.batch, rows: objective.rows, seed: seed)
    let isBatch = parameters.batch.size > 0
    let epoch = isBatch ? BatchOrder.epoch(parameters.batch, rows: objective.rows) : 1
    let every = parameters.every > 0 ? parameters.every : epoch
    var snapshot = (w.map { _ in Scalar(0) }, w.map { _ in Scalar(0) })
    var t: UInt64 = 0
    while true {
      if isBatch { g = objective.batchGradient(w, batches.next()) }
      state.update(&w, g, t)
      t += 1
      guard !isBatch || t % every == 0 || t >= parameters.steps else { continue }
      let tested = parameters.method == .nesterov ? state.first : w
      raw = objective.gradient(tested).gap
      if !isBatch { g = objective.gradient(w).gradient }
      var status: TrialStatus?
      if !(raw > progress.low && raw <= progress.divergence) || t >= progress.budget {
        status = progress.observe(raw, noise: objective.noise(tested, raw), at: t)
      }
      let mayRest = !isBatch && parameters.schedule.isConstant && parameters.method != .adam
      if status == nil, t % 4096 == 0, mayRest {
        if snapshot == (w, state.first) { status = .floor }
        snapshot = (w, state.first)
      }
      guard let status else { continue }
      return TrialOutcome(
        record: TrialRecord(status: status, steps: t, gap: progress.gap(raw, status), hits: progress.hits),
        weights: tested.map { Double($0) }, gradient: objective.gradient(tested).gradient.map { Double($0) })
    }
  }
}

/// One update of one trial's weights.
struct ReferenceUpdate<Scalar: NetScalar> {
  private let parameters: TrialParameters
  private let step: Double
  private let momentum: Double
  private(set) var first: [Scalar]
  private var second: [Scalar]
  private var powers = (1.0, 1.0)

  init(_ parameters: TrialParameters, step: Double, momentum: Double, start: [Scalar]) {
    self.parameters = parameters
    self.step = step
    self.momentum = momentum
    first = parameters.method == .nesterov ? start : start.map { _ in 0 }
    second = start.map { _ in 0 }
  }

  mutating func update(_ w: inout [Scalar], _ g: [Scalar], _ t: UInt64) {
    let isConstant = parameters.schedule.isConstant
    let eta = Scalar(isConstant ? step : step * parameters.schedule.factor(t))
    let m = Scalar(momentum)
    let (decay, stabiliser) = parameters.adaptive
    let rho = Scalar(decay)
    let epsilon = Scalar(stabiliser)
    powers = (powers.0 * momentum, powers.1 * decay)
    let c1 = Scalar(1 / (1 - powers.0))
    let c2 = Scalar(1 / (1 - powers.1))
    for i in w.indices {
      switch parameters.method {
      case .heavyBall:
        first[i] = g[i].addingProduct(m, first[i])
        w[i] = w[i].addingProduct(-eta, first[i])
      case .nesterov:
        let next = w[i].addingProduct(-eta, g[i])
        w[i] = next.addingProduct(m, next - first[i])
        first[i] = next
      case .nesterovLookahead:
        first[i] = g[i].addingProduct(m, first[i])
        w[i] = w[i].addingProduct(-eta, g[i].addingProduct(m, first[i]))
      case .adaGrad:
        first[i] = first[i].addingProduct(g[i], g[i])
        w[i] = w[i].addingProduct(-eta, g[i] / (first[i].squareRoot() + epsilon))
      case .rmsProp:
        first[i] = (Scalar(1 - decay) * (g[i] * g[i])).addingProduct(rho, first[i])
        w[i] = w[i].addingProduct(-eta, g[i] / (first[i].squareRoot() + epsilon))
      case .adam:
        first[i] = (Scalar(1 - momentum) * g[i]).addingProduct(m, first[i])
        second[i] = (Scalar(1 - decay) * (g[i] * g[i])).addingProduct(rho, second[i])
        w[i] = w[i].addingProduct(-eta, (first[i] * c1) / ((second[i] * c2).squareRoot() + epsilon))
      default:
        w[i] = w[i].addingProduct(-eta, g[i])
      }
    }
  }
}
