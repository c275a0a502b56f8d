/// Methods that choose their steps from more than one gradient. They are yardsticks, in float64 only: nothing about
/// them is fast.
struct ReferenceMethod {
  private let function: SmoothFunction
  private let method: Method
  private let step: Double
  private let schedule: Schedule
  private var w: [Double]
  private var gap: Double
  private var g: [Double]
  private var direction: [Double] = []
  private var lastWeights: [Double] = []
  private var lastGradient: [Double] = []
  private var pairs = SecantPairs(most: Self.memory)
  private var restart = true
  private var gradients: UInt64 = 1
  private var hessians: UInt64 = 0
  private var costs: [RungCost] = []

  /// Pairs of L-BFGS.
  static let memory = 10

  init(_ function: SmoothFunction, _ parameters: TrialParameters, step: Double, start: [Double]) {
    self.function = function
    self.step = step
    method = parameters.method
    schedule = parameters.schedule
    w = start
    (gap, g) = function.gradient(start)
  }

  /// Runs to the end; nil where `goesOn` said no.
  mutating func run(
    _ parameters: TrialParameters, wanted: WantedSteps = WantedSteps(), goesOn: (UInt64) -> Bool
  ) -> TrialOutcome? {
    var wanted = wanted
    var curve: [CurvePoint] = []
    let scale = gap
    if let status = ElementwiseTrial<NetObjective<Double>>.startStatus(gap, parameters) {
      let hits = ElementwiseTrial<NetObjective<Double>>.startHits(gap)
      return outcome(TrialRecord(status: status, steps: 0, gap: gap == 0 ? 0 : 1, hits: hits), curve)
    }
    var progress = LadderProgress<Double>(parameters, scale: scale)
    var t: UInt64 = 0
    while true {
      let last = w
      move(t)
      (gap, g) = function.gradient(w)
      gradients += 1
      t += 1
      if wanted.holds(t) { curve.append(CurvePoint(step: t, gap: gap / scale)) }
      var status: TrialStatus?
      if !(gap > progress.low && gap <= progress.divergence) || t >= progress.budget {
        let noise = function.noise(w, gap)
        // No gap is negative beyond its rounding: what is was computed from weights far away.
        let isBroken = gap < 0 && !(gap >= -(noise + 1e-12 * scale) && noise < .infinity)
        // Exactly 0, or below it by no more than rounding: these methods can land on the minimum itself.
        status = isBroken ? .diverged : progress.observe(gap, noise: gap > 0 ? noise : gap, at: t)
        while costs.count < progress.hits.count { costs.append(RungCost(gradients: gradients, flops: flops)) }
      }
      // Its own step is gone: nothing will ever change again.
      if status == nil, w == last { status = .floor }
      if let status {
        // Below zero by its own rounding is zero.
        let shown = status == .converged ? max(gap, 0) : gap
        return outcome(TrialRecord(status: status, steps: t, gap: shown / scale, hits: progress.hits), curve)
      }
      if !goesOn(1) { return nil }
    }
  }

  private func outcome(_ record: TrialRecord, _ curve: [CurvePoint]) -> TrialOutcome {
    TrialOutcome(
      record: record, weights: w, gradient: g, gradients: gradients,
      flops: flops, curve: curve, costs: costs)
  }

  private var flops: Double { Double(gradients) * function.flops + Double(hessians) * function.hessianFlops }

  private mutating func hessian() -> [Double] {
    hessians += 1
    return function.hessian(w)
  }

  private mutating func move(_ t: UInt64) {
    switch method {
    case .coordinateDescent: sweep()
    case .simultaneousCoordinates: jacobi()
    case .conjugateGradient: conjugate()
    case .exactLineSearch: advance(along: Vectors.negated(g))
    case .diagonalNewton: diagonalNewton(step * schedule.factor(t))
    case .newton: newton(step * schedule.factor(t))
    case .lbfgs: lbfgs()
    default: w = Vectors.add(w, -step * schedule.factor(t), g)
    }
  }

  // MARK: - Coordinates

  private mutating func sweep() {
    let d = w.count
    let hessian = hessian()
    var g = g
    for i in 0..<d where hessian[i * d + i] > 0 {
      let change = -g[i] / hessian[i * d + i]
      w[i] += change
      for j in 0..<d { g[j] = g[j].addingProduct(hessian[j * d + i], change) }
    }
  }

  private mutating func jacobi() {
    let d = w.count
    let hessian = hessian()
    for i in 0..<d where hessian[i * d + i] > 0 { w[i] -= g[i] / hessian[i * d + i] }
  }

  private mutating func diagonalNewton(_ eta: Double) {
    let d = w.count
    let hessian = hessian()
    for i in 0..<d where hessian[i * d + i] != 0 { w[i] -= eta * g[i] / hessian[i * d + i].magnitude }
  }

  private mutating func newton(_ eta: Double) {
    let direction = DenseSolve.positiveSemidefinite(hessian(), g)
    w = Vectors.add(w, -eta, direction)
  }

  // MARK: - Directions

  private mutating func conjugate() {
    let size = Vectors.dot(g, g)
    if restart || lastGradient.isEmpty {
      direction = Vectors.negated(g)
      restart = false
    } else {
      let before = Vectors.dot(lastGradient, lastGradient)
      // On a quadratic this is Fletcher-Reeves in exact arithmetic; elsewhere never below zero.
      let top = function.isQuadratic ? size : max(0, size - Vectors.dot(g, lastGradient))
      direction = Vectors.add(Vectors.negated(g), before > 0 ? top / before : 0, direction)
    }
    if Vectors.dot(direction, g) >= 0 { direction = Vectors.negated(g) }
    lastGradient = g
    advance(along: direction)
  }

  private mutating func lbfgs() {
    if !lastGradient.isEmpty {
      pairs.add(s: Vectors.add(w, -1, lastWeights), y: Vectors.add(g, -1, lastGradient))
    }
    (lastWeights, lastGradient) = (w, g)
    advance(along: pairs.direction(g))
  }

  /// To the minimum along `direction`: exact on a quadratic; elsewhere the slope's zero, found to a thousandth of the
  /// first slope by doubling and the regula falsi (Illinois).
  private mutating func advance(along direction: [Double]) {
    let slope = Vectors.dot(direction, g)
    guard slope < 0 else { return }
    if function.isQuadratic {
      let curvature = Vectors.dot(direction, function.curvature(w, direction))
      if curvature > 0 { w = Vectors.add(w, -slope / curvature, direction) }
      return
    }
    var low = (at: 0.0, slope: slope)
    var high = (at: 1.0, slope: slope)
    for _ in 0..<60 {
      high.slope = self.slope(high.at, direction)
      guard high.slope < -1e-3 * slope.magnitude else { break }
      low = high
      high.at *= 2
    }
    var at = high.at
    var value = high.slope
    for _ in 0..<60 where !(value.magnitude <= 1e-3 * slope.magnitude) {
      // Slopes of very different size would hold the regula falsi at one end for ever: then the middle, in octaves.
      let isFair = value.isFinite && high.slope.isFinite && high.slope.magnitude < 1e3 * slope.magnitude
      let middle = low.at > 0 ? (low.at * high.at).squareRoot() : high.at / 16
      at = isFair ? (low.at * high.slope - high.at * low.slope) / (high.slope - low.slope) : middle
      value = self.slope(at, direction)
      if value > 0 || !value.isFinite {
        high = (at, value)
        low.slope *= 0.5
      } else {
        low = (at, value)
        high.slope *= 0.5
      }
    }
    // Where none was found: as far as it surely went down.
    w = Vectors.add(w, value.magnitude <= 1e-3 * slope.magnitude ? at : low.at, direction)
  }

  /// Infinite where the function is above its value at w: behind the first minimum there may be others.
  private mutating func slope(_ at: Double, _ direction: [Double]) -> Double {
    gradients += 1
    let there = function.gradient(Vectors.add(w, at, direction))
    let rounding = function.noise(w, gap) + 1e-9 * gap.magnitude
    return there.gap <= gap + rounding ? Vectors.dot(direction, there.gradient) : .infinity
  }
}

/// Small dense systems.
enum DenseSolve {
  /// x with H x = g for positive semidefinite H, by Cholesky with symmetric pivoting; directions without curvature stay
  /// at zero. Where H is indefinite, H + μI with the least power of ten μ that makes it positive.
  static func positiveSemidefinite(_ h: [Double], _ g: [Double]) -> [Double] {
    let d = g.count
    var size = 0.0
    for i in 0..<d { size = max(size, h[i * d + i].magnitude) }
    var shift = 0.0
    for _ in 0..<40 {
      if let x = attempt(h, g, shift, size) { return x }
      shift = shift == 0 ? 1e-12 * size : 10 * shift
    }
    return g
  }

  private static func attempt(_ h: [Double], _ g: [Double], _ shift: Double, _ size: Double) -> [Double]? {
    let d = g.count
    var a = h
    for i in 0..<d { a[i * d + i] += shift }
    var order = Array(0..<d)
    let tiny = 4 * Double(d) * Double.ulpOfOne * size
    var rank = d
    for k in 0..<d {
      let pivot = (k..<d).reduce(k) { a[order[$1] * d + order[$1]] > a[order[$0] * d + order[$0]] ? $1 : $0 }
      order.swapAt(k, pivot)
      let p = order[k]
      let value = a[p * d + p]
      guard value > tiny else {
        // What is left must be round-off; anything clearly negative is a direction of negative curvature.
        for i in k..<d where a[order[i] * d + order[i]] < -10 * tiny { return nil }
        rank = k
        break
      }
      for i in (k + 1)..<max(d, k + 1) {
        let row = order[i]
        let factor = a[row * d + p] / value
        for j in (k + 1)..<d { a[row * d + order[j]] -= factor * a[p * d + order[j]] }
        a[row * d + p] = factor
      }
    }
    return substitute(a, order, rank, g)
  }

  private static func substitute(_ a: [Double], _ order: [Int], _ rank: Int, _ g: [Double]) -> [Double] {
    let d = g.count
    var y = (0..<rank).map { g[order[$0]] }
    for i in 0..<rank { for k in 0..<i { y[i] -= a[order[i] * d + order[k]] * y[k] } }
    for i in 0..<rank { y[i] /= a[order[i] * d + order[i]] }
    for i in stride(from: rank - 1, through: 0, by: -1) {
      for k in (i + 1)..<max(rank, i + 1) { y[i] -= a[order[k] * d + order[i]] * y[k] }
    }
    var x = [Double](repeating: 0, count: d)
    for i in 0..<rank { x[order[i]] = y[i] }
    return x
  }
}
