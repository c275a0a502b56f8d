/// Methods that choose their steps from more than one gradient. They are yardsticks, in float64 only: nothing about
/// them is fast.
struct ReferenceMethod {
  private let function: SmoothFunction
  private let method: Method
  private let step: Double
  private let schedule: Schedule
  private let shrink: Double
  private let sufficientDecrease: Double
  private var w: [Double]
  private var gap: Double
  private var g: [Double]
  private var direction: [Double] = []
  private var lastWeights: [Double] = []
  private var lastGradient: [Double] = []
  private var pairs = SecantPairs(most: Self.memory)
  private var gradients: UInt64 = 0
  private var hessians: UInt64 = 0
  /// Multiplications and additions besides those of gradients and Hessians.
  private var products = 0.0
  /// Value and gradient at the new w, where the way there already took them.
  private var arrival: (gap: Double, gradient: [Double])?
  private var costs: [RungCost] = []

  /// Pairs of L-BFGS.
  static let memory = 10

  init(_ function: SmoothFunction, _ parameters: TrialParameters, step: Double, start: [Double]) {
    self.function = function
    self.step = step
    method = parameters.method
    schedule = parameters.schedule
    shrink = parameters.shrink
    sufficientDecrease = parameters.sufficientDecrease
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
      look()
      t += 1
      if wanted.holds(t) { curve.append(CurvePoint(step: t, gap: progress.gap(gap))) }
      var status: TrialStatus?
      let noise = function.noise(w, gap)
      if !(gap > progress.low && gap <= progress.divergence && gap > noise) || t >= progress.budget {
        // No gap is negative beyond its rounding: what is was computed from weights far away.
        let isBroken = gap < 0 && !(gap >= -(noise + 1e-12 * scale) && noise < .infinity)
        // On a quadratic these methods can land on the minimum itself, where 0 is no rounding.
        let rounds = !function.isQuadratic || gap > 0
        status = isBroken ? .diverged : progress.observe(gap, noise: rounds ? noise : gap, at: t)
        while costs.count < progress.hits.count {
          costs.append(RungCost(gap: progress.gap(gap), gradients: gradients, flops: flops))
        }
      }
      // Its own step is gone: nothing will ever change again. Above its start it has lost its way.
      if status == nil, w == last { status = gap <= scale ? .floor : .diverged }
      if let status {
        return outcome(
          TrialRecord(status: status, steps: t, gap: progress.gap(gap, status), hits: progress.hits), curve)
      }
      if !goesOn(1) { return nil }
    }
  }

  private func outcome(_ record: TrialRecord, _ curve: [CurvePoint]) -> TrialOutcome {
    TrialOutcome(
      record: record, weights: w, gradient: g, gradients: gradients,
      flops: flops, curve: curve, costs: costs)
  }

  private var flops: Double {
    Double(gradients) * function.flops + Double(hessians) * function.hessianFlops + products
  }

  /// 2 d²: a product with a matrix.
  private var square: Double { 2 * Double(w.count) * Double(w.count) }

  private mutating func hessian() -> [Double] {
    hessians += 1
    return function.hessian(w)
  }

  /// Value and gradient at w.
  private mutating func look() {
    if let arrival {
      (gap, g) = arrival
      self.arrival = nil
    } else {
      (gap, g) = function.gradient(w)
      gradients += 1
    }
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
    case .normalisedGradientDescent: normalised(step * schedule.factor(t))
    case .backtracking: backtrack()
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
    products += square
  }

  private mutating func jacobi() {
    let d = w.count
    let hessian = hessian()
    for i in 0..<d where hessian[i * d + i] > 0 { w[i] -= g[i] / hessian[i * d + i] }
  }

  private mutating func diagonalNewton(_ eta: Double) {
    hessians += 1
    let diagonal = function.diagonal(w)
    for i in w.indices where diagonal[i] != 0 { w[i] -= eta * g[i] / diagonal[i].magnitude }
  }

  private mutating func newton(_ eta: Double) {
    if let inverse = function.inverse {
      // H is the same at every point: solved for once.
      products += hessians == 0 ? DenseSolve.flops(w.count) : square
      hessians = 1
      w = Vectors.add(w, -eta, inverse(g))
    } else {
      products += DenseSolve.flops(w.count)
      w = Vectors.add(w, -eta, DenseSolve.positiveSemidefinite(hessian(), g))
    }
  }

  // MARK: - Along the gradient

  private mutating func normalised(_ eta: Double) {
    let size = Vectors.dot(g, g).squareRoot()
    if size > 0 { w = Vectors.add(w, -eta / size, g) }
  }

  /// Rests where no step that still moves w lowers f enough.
  private mutating func backtrack() {
    guard g.allSatisfy(\.isFinite) else { return }
    var length = step
    while length >= .leastNormalMagnitude {
      let move = g.map { length * $0 }
      let next = Vectors.add(w, -1, move)
      guard next != w else { return }
      let there = function.gradient(next)
      gradients += 1
      if there.gap <= gap - sufficientDecrease * Vectors.dot(move, g) {
        (w, arrival) = (next, there)
        return
      }
      length *= shrink
    }
  }

  // MARK: - Directions

  private mutating func conjugate() {
    let size = Vectors.dot(g, g)
    if lastGradient.isEmpty {
      direction = Vectors.negated(g)
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
      products += square
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
