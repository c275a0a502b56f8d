import RavineLanes

/// One trial between two steps, on the lane kernels.
protocol ReplayedState: ~Copyable {
  /// Goes on by so many steps.
  mutating func advance(_ steps: Int)
  /// The gap here, summed up in the order of the trial's lane.
  var gap: Double { get }
}

/// A modal trial, its modes side by side in the lanes: none sees another.
struct ModalReplay<Scalar: NetScalar>: ReplayedState, ~Copyable {
  private let kernels: KernelSet
  private let usesMomentum: Bool
  private let count: Int
  /// Whole rows of lanes.
  private let rows: Int
  private let stride: Int
  private let coefficients: LaneMemory<Scalar>
  private let states: LaneMemory<Scalar>
  private var current: UnsafeMutablePointer<Scalar>
  private var other: UnsafeMutablePointer<Scalar>

  init(_ shape: ModalShape, _ parameters: TrialParameters, _ kernels: KernelSet) {
    self.kernels = kernels
    usesMomentum = parameters.method != .gradientDescent
    count = shape.count
    rows = (count + kernels.modalLanes - 1) / kernels.modalLanes
    stride = usesMomentum ? 2 : 1
    let size = rows * stride * kernels.modalLanes
    coefficients = LaneMemory(count: size)
    states = LaneMemory(count: 2 * size)
    current = states.base
    other = states.base + size
    let recurrence = Recurrence(parameters, lambdaMin: shape.lambdaMin, lambdaMax: shape.lambdaMax)
    for mode in 0..<count {
      let at = place(mode)
      let (p, q) = recurrence.coefficients(shape.eigenvalues[mode])
      current[at] = Scalar(shape.start[mode])
      coefficients.base[at] = Scalar(p)
      guard usesMomentum else { continue }
      current[at + kernels.modalLanes] = Scalar(shape.start[mode])
      coefficients.base[at + kernels.modalLanes] = -Scalar(q)
    }
  }

  private func place(_ mode: Int) -> Int {
    mode / kernels.modalLanes * stride * kernels.modalLanes + mode % kernels.modalLanes
  }

  mutating func advance(_ steps: Int) {
    kernels.replay(rows, steps, usesMomentum, current, coefficients.base, other)
    swap(&current, &other)
  }

  func u(_ mode: Int) -> Scalar { current[place(mode)] }

  /// Σ u², modes in order.
  var gap: Double {
    var gap: Scalar = 0
    for mode in 0..<count { gap = gap.addingProduct(u(mode), u(mode)) }
    return Double(gap)
  }
}

/// A direct trial, weights side by side in the lanes.
struct DirectReplay<Scalar: NetScalar>: ReplayedState, ~Copyable {
  private let objective: QuadraticObjective<Scalar>
  private let progress: LadderProgress<Scalar>
  private let optimum: [Scalar]
  private let isNesterov: Bool
  private let numbers: UpdateNumbers
  private let memory: LaneMemory<Scalar>

  private var w: UnsafeMutablePointer<Scalar> { memory.base }
  private var g: UnsafeMutablePointer<Scalar> { memory.base + objective.count }
  /// v of the heavy ball, w₋₁ of Nesterov's method.
  private var first: UnsafeMutablePointer<Scalar> { memory.base + 2 * objective.count }
  /// g₋₁.
  private var second: UnsafeMutablePointer<Scalar> { memory.base + 3 * objective.count }
  private var scratch: UnsafeMutablePointer<Scalar> { memory.base + 4 * objective.count }

  /// `scale`: what raw gaps are divided by.
  init(_ problem: Problem, _ parameters: TrialParameters, scale: Double, _ kernels: NetKernelSet) {
    objective = QuadraticObjective(problem, kernels: kernels)
    progress = LadderProgress(parameters, scale: scale)
    optimum = problem.optimum.map { Scalar($0) }
    isNesterov = parameters.method == .nesterov
    let resolved = parameters.resolved(lambdaMin: problem.card.lambdaMin, lambdaMax: problem.card.lambdaMax)
    numbers = UpdateNumbers(step: resolved.step, momentum: resolved.momentum)
    memory = LaneMemory(count: 5 * objective.count)
    objective.write(problem.start, to: memory.base)
    objective.multiply(w, into: g)
    guard isNesterov else { return }
    first.update(from: w, count: objective.count)
    second.update(from: g, count: objective.count)
  }

  mutating func advance(_ steps: Int) {
    for _ in 0..<steps {
      if isNesterov { nesterov() } else { heavyBall() }
      objective.multiply(w, into: g)
    }
  }

  private func heavyBall() {
    withUnsafePointer(to: numbers) {
      objective.kernels.update(UpdateRule.heavyBall.rawValue, $0, objective.count, w, g, first, second)
    }
  }

  /// w′ = w + m (w − w₋₁) − η (g + m (g − g₋₁)).
  private func nesterov() {
    extrapolate(g, second)
    extrapolate(w, first)
    objective.kernels.add(-numbers.step, objective.count, g, w)
  }

  /// x ← x + m (x − x₋₁), x₋₁ ← x.
  private func extrapolate(_ x: UnsafeMutablePointer<Scalar>, _ last: UnsafeMutablePointer<Scalar>) {
    for i in 0..<objective.count {
      scratch[i] = x[i] - last[i]
      last[i] = x[i]
    }
    objective.kernels.add(numbers.momentum, objective.count, scratch, x)
  }

  var weights: [Double] { objective.read(w) }

  /// (w − w*)ᵀ g: even rows in order, then odd rows in order, then their sum.
  var gap: Double {
    var sums: (even: Scalar, odd: Scalar) = (0, 0)
    for r in optimum.indices {
      if r % 2 == 0 {
        sums.even = sums.even.addingProduct(w[r] - optimum[r], g[r])
      } else {
        sums.odd = sums.odd.addingProduct(w[r] - optimum[r], g[r])
      }
    }
    return progress.gap(sums.even.addingProduct(1, sums.odd))
  }
}
