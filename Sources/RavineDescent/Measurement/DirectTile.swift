import RavineLanes

/// A trial ready for a direct lane; all trials of a tile share the problem.
struct DirectTrial {
  let step: Double
  let momentum: Double
  let parameters: TrialParameters
}

/// One tile of direct lanes: the weights themselves, one matrix product for all lanes in every step.
struct DirectTile<Scalar: LaneScalar>: ~Copyable {
  /// As ``ModalTile/checkpoint``.
  static var checkpoint: UInt64 { 4096 }

  private struct Lane {
    var trial: Int
    var progress: LadderProgress<Scalar>
    var steps: UInt64
  }

  private let kernels: KernelSet
  private let problem: Problem
  private let form: ModalForm
  private let nesterov: Bool
  private let rows: Int
  private let padded: Int
  private let lanes: Int
  private let hessian: LaneMemory<Scalar>
  private let vectors: LaneMemory<Scalar>
  private let states: LaneMemory<Scalar>
  private let settings: LaneMemory<Scalar>
  private var running: [Lane?]

  // Views into the memories above, each `padded` (vectors) or `padded` × lanes (states) or `lanes` (settings) long.
  private var linear: UnsafeMutablePointer<Scalar> { vectors.base }
  private var optimum: UnsafeMutablePointer<Scalar> { vectors.base + padded }
  private var start: UnsafeMutablePointer<Scalar> { vectors.base + 2 * padded }
  private var startGradient: UnsafeMutablePointer<Scalar> { vectors.base + 3 * padded }
  private var weights: UnsafeMutablePointer<Scalar> { states.base }
  private var gradient: UnsafeMutablePointer<Scalar> { states.base + padded * lanes }
  private var memory: UnsafeMutablePointer<Scalar> { states.base + 2 * padded * lanes }
  private var snapshot: UnsafeMutablePointer<Scalar> { states.base + 4 * padded * lanes }
  private var step: UnsafeMutablePointer<Scalar> { settings.base }
  private var momentum: UnsafeMutablePointer<Scalar> { settings.base + lanes }
  private var low: UnsafeMutablePointer<Scalar> { settings.base + 2 * lanes }
  private var high: UnsafeMutablePointer<Scalar> { settings.base + 3 * lanes }
  private var gaps: UnsafeMutablePointer<Scalar> { settings.base + 4 * lanes }

  init(kernels: KernelSet, problem: Problem, form: ModalForm, nesterov: Bool) {
    self.kernels = kernels
    self.problem = problem
    self.form = form
    self.nesterov = nesterov
    rows = problem.linear.count
    let panel = kernels.directRows
    padded = (rows + panel - 1) / panel * panel
    lanes = kernels.directLanes
    hessian = LaneMemory(count: padded * rows)
    vectors = LaneMemory(count: 4 * padded)
    states = LaneMemory(count: 6 * padded * lanes)
    settings = LaneMemory(count: 5 * lanes)
    running = Array(repeating: nil, count: lanes)
    for r in 0..<rows {
      for k in 0..<rows {
        hessian.base[(r / panel * rows + k) * panel + r % panel] = Scalar(problem.hessian[r * rows + k])
      }
      linear[r] = Scalar(problem.linear[r])
      optimum[r] = Scalar(problem.optimum[r])
      start[r] = Scalar(problem.start[r])
    }
    for r in 0..<rows {
      startGradient[r] = DirectGradient.row(r, rows, -linear[r], { Scalar(problem.hessian[r * rows + $0]) }, start)
    }
    for lane in 0..<lanes { rest(lane) }
  }

  /// As ``ModalTile/run(next:finish:goesOn:)``.
  mutating func run(
    next: () -> (trial: Int, DirectTrial)?, finish: (Int, TrialRecord) -> Void, goesOn: (UInt64) -> Bool
  ) {
    for lane in 0..<lanes { refill(lane, next: next, finish: finish) }
    var stepped: UInt64 = 0
    while let steps = stepsToRun(), goesOn(stepped) {
      let done = kernels.direct(
        rows, steps, nesterov, hessian.base, linear, optimum, weights, gradient, memory, step, momentum, low, high,
        gaps)
      stepped = UInt64(done * running.count { $0 != nil })
      for lane in 0..<lanes { settle(lane, steps: done, next: next, finish: finish) }
    }
  }

  private func stepsToRun() -> Int? {
    var steps = UInt64.max
    for case .some(let lane) in running {
      steps = min(steps, lane.progress.budget - lane.steps, Self.checkpoint - lane.steps % Self.checkpoint)
    }
    return steps < .max ? Int(steps) : nil
  }

  private mutating func settle(
    _ index: Int, steps: Int, next: () -> (trial: Int, DirectTrial)?, finish: (Int, TrialRecord) -> Void
  ) {
    guard var lane = running[index] else { return }
    lane.steps += UInt64(steps)
    let raw = gaps[index]
    var status: TrialStatus?
    if !(raw > low[index] && raw <= high[index]) || lane.steps >= lane.progress.budget {
      // A gap under the rounding noise of its own evaluation is no hit.
      status = raw <= low[index] && raw <= noise(index) ? .floor : lane.progress.observe(raw, at: lane.steps)
      low[index] = lane.progress.low
    }
    if status == nil, lane.steps % Self.checkpoint == 0, rests(index) { status = .floor }
    guard let status else {
      running[index] = lane
      return
    }
    finish(lane.trial, record(index, lane, status: status, raw: raw))
    refill(index, next: next, finish: finish)
  }

  /// Bound of the rounding error of (w − w*)ᵀ g: 2 ε √d · λ_max |w*| |w − w*|.
  private func noise(_ index: Int) -> Scalar {
    var size = 0.0
    var error = 0.0
    for r in 0..<rows {
      size += problem.optimum[r] * problem.optimum[r]
      let e = Double(weights[r * lanes + index]) - problem.optimum[r]
      error += e * e
    }
    let unit = 2 * Double(Scalar.ulpOfOne) * Double(rows).squareRoot()
    return Scalar(unit * problem.card.lambdaMax * (size * error).squareRoot())
  }

  private func record(_ index: Int, _ lane: Lane, status: TrialStatus, raw: Scalar) -> TrialRecord {
    var distance = 0.0
    var norm = 0.0
    for r in 0..<rows {
      let e = Double(weights[r * lanes + index]) - problem.optimum[r]
      let g = Double(gradient[r * lanes + index])
      distance += e * e
      norm += g * g
    }
    return TrialRecord(
      status: status, steps: lane.steps, gap: Double(raw) / Double(lane.progress.scale),
      distance: distance.squareRoot(), gradientNorm: norm.squareRoot(), hits: lane.progress.hits)
  }

  private mutating func refill(
    _ index: Int, next: () -> (trial: Int, DirectTrial)?, finish: (Int, TrialRecord) -> Void
  ) {
    rest(index)
    while let (id, trial) = next() {
      if let record = StartEnd.record(form.shape, trial.parameters) {
        finish(id, record)
        continue
      }
      load(index, id, trial)
      return
    }
  }

  private mutating func load(_ index: Int, _ id: Int, _ trial: DirectTrial) {
    let progress = LadderProgress<Scalar>(trial.parameters, scale: form.shape.scale * form.shape.scale)
    step[index] = Scalar(trial.step)
    momentum[index] = Scalar(trial.momentum)
    low[index] = progress.low
    high[index] = progress.divergence
    for r in 0..<rows {
      let at = r * lanes + index
      weights[at] = start[r]
      gradient[at] = startGradient[r]
      if nesterov {
        memory[at] = start[r]
        memory[padded * lanes + at] = startGradient[r]
      }
    }
    running[index] = Lane(trial: id, progress: progress, steps: 0)
    _ = rests(index)
  }

  /// An idle lane stands still at its start.
  private mutating func rest(_ index: Int) {
    running[index] = nil
    step[index] = 0
    momentum[index] = 0
    low[index] = -.infinity
    high[index] = .infinity
    for row in 0..<(4 * padded) { states.base[row * lanes + index] = 0 }
  }

  /// Whether weights and memory have the same bits as at the last checkpoint; takes the new snapshot.
  private func rests(_ index: Int) -> Bool {
    var same = true
    for row in 0..<padded {
      let at = row * lanes + index
      if snapshot[at] != weights[at] || snapshot[padded * lanes + at] != memory[at] { same = false }
      snapshot[at] = weights[at]
      snapshot[padded * lanes + at] = memory[at]
    }
    return same
  }
}

/// The gradient of one row in the kernel's order.
enum DirectGradient {
  /// −c_r + Σ_k H[r][k] w[k], k ascending, fused.
  static func row<Scalar: LaneScalar>(
    _ r: Int, _ rows: Int, _ negativeLinear: Scalar, _ hessian: (Int) -> Scalar, _ w: UnsafeMutablePointer<Scalar>
  ) -> Scalar {
    var sum = negativeLinear
    for k in 0..<rows { sum = sum.addingProduct(hessian(k), w[k]) }
    return sum
  }
}
