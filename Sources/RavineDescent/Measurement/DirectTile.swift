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
  /// Lane steps after which the caller is asked again whether to go on.
  private static var patience: UInt64 { 1 << 14 }

  private struct Lane {
    var trial: Int
    var progress: LadderProgress<Scalar>
    /// The tile's clock when the trial was loaded.
    var born: UInt64
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
  /// What runs in each lane; meaningless in idle ones.
  private let running: UnsafeMutablePointer<Lane>
  /// The clock at which a lane has to be looked at without an event: budget or checkpoint; .max in idle lanes.
  private let due: UnsafeMutablePointer<UInt64>
  private var busy = 0
  /// Steps that the tile has done.
  private var clock: UInt64 = 0

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
    running = .allocate(capacity: lanes)
    due = .allocate(capacity: lanes)
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

  deinit {
    running.deallocate()
    due.deallocate()
  }

  /// As ``ModalTile/run(next:finish:goesOn:)``.
  mutating func run(
    next: () -> (trial: Int, DirectTrial)?, finish: (Int, TrialRecord) -> Void, goesOn: (UInt64) -> Bool
  ) {
    for lane in 0..<lanes where refill(lane, next: next, finish: finish) { busy += 1 }
    var stepped: UInt64 = 0
    while busy > 0 {
      if stepped >= Self.patience {
        guard goesOn(stepped) else { return }
        stepped = 0
      }
      let done = kernels.direct(
        rows, stepsToRun(), nesterov, hessian.base, linear, optimum, weights, gradient, memory, step, momentum, low,
        high, gaps)
      clock += UInt64(done)
      stepped += UInt64(done * busy)
      for lane in 0..<lanes {
        let raw = gaps[lane]
        let isQuiet = raw > low[lane] && raw <= high[lane] && clock < due[lane]
        if !isQuiet { settle(lane, next: next, finish: finish) }
      }
    }
    _ = goesOn(stepped)
  }

  /// Steps until the first lane has to be looked at.
  private func stepsToRun() -> Int {
    var least = due[0]
    for lane in 1..<lanes { least = min(least, due[lane]) }
    return Int(least - clock)
  }

  private func nextDue(_ index: Int) -> UInt64 {
    let steps = clock - running[index].born
    return running[index].born
      + min(running[index].progress.budget, steps / Self.checkpoint * Self.checkpoint + Self.checkpoint)
  }

  /// Looks at a lane with an event or a due date after the step just done.
  private mutating func settle(
    _ index: Int, next: () -> (trial: Int, DirectTrial)?, finish: (Int, TrialRecord) -> Void
  ) {
    guard due[index] < .max else { return }
    let steps = clock - running[index].born
    let raw = gaps[index]
    var status: TrialStatus?
    if !(raw > low[index] && raw <= high[index]) || steps >= running[index].progress.budget {
      status = running[index].progress.observe(raw, noise: noise(index), at: steps)
      low[index] = running[index].progress.low
    }
    if status == nil, steps % Self.checkpoint == 0, rests(index) { status = .floor }
    guard let status else {
      due[index] = nextDue(index)
      return
    }
    finish(running[index].trial, record(index, status, steps, raw: raw))
    if !refill(index, next: next, finish: finish) { busy -= 1 }
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

  private func record(_ index: Int, _ status: TrialStatus, _ steps: UInt64, raw: Scalar) -> TrialRecord {
    var distance = 0.0
    var norm = 0.0
    for r in 0..<rows {
      let e = Double(weights[r * lanes + index]) - problem.optimum[r]
      let g = Double(gradient[r * lanes + index])
      distance += e * e
      norm += g * g
    }
    return TrialRecord(
      status: status, steps: steps, gap: running[index].progress.gap(raw, status),
      distance: distance.squareRoot(), gradientNorm: norm.squareRoot(), hits: running[index].progress.hits)
  }

  /// Loads trials until one really runs; a trial that ends at its start is finished here. False: none was left.
  private mutating func refill(
    _ index: Int, next: () -> (trial: Int, DirectTrial)?, finish: (Int, TrialRecord) -> Void
  ) -> Bool {
    rest(index)
    while let (id, trial) = next() {
      if let record = StartEnd.record(form.shape, trial.parameters) {
        finish(id, record)
        continue
      }
      load(index, id, trial)
      return true
    }
    return false
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
    running[index] = Lane(trial: id, progress: progress, born: clock)
    due[index] = nextDue(index)
    _ = rests(index)
  }

  /// An idle lane stands still at its start.
  private mutating func rest(_ index: Int) {
    due[index] = .max
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
