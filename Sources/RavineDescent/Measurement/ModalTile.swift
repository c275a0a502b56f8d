import RavineLanes

/// A trial ready for a modal lane.
struct ModalTrial {
  let form: ModalForm
  let recurrence: Recurrence
  let parameters: TrialParameters
}

/// One tile of modal lanes. A lane whose trial ended is refilled at once with the next one, at a block boundary, so a
/// trial's result does not depend on its lane, its neighbours or when it was loaded.
struct ModalTile<Scalar: LaneScalar>: ~Copyable {
  /// Every so many steps a lane's state is compared with its last snapshot: equal bits mean that round-off holds it.
  static var checkpoint: UInt64 { 65_536 }

  private struct Lane {
    var trial: Int
    var progress: LadderProgress<Scalar>
    var steps: UInt64
    var form: ModalForm
    var recurrence: Recurrence
  }

  private let kernels: KernelSet
  private let usesMomentum: Bool
  private let modes: Int
  private let stride: Int
  private let lanes: Int
  private let states: LaneMemory<Scalar>
  private let snapshot: LaneMemory<Scalar>
  private let coefficients: LaneMemory<Scalar>
  private let low: LaneMemory<Scalar>
  private let high: LaneMemory<Scalar>
  private let gaps: LaneMemory<Scalar>
  private var current: UnsafeMutablePointer<Scalar>
  private var other: UnsafeMutablePointer<Scalar>
  private var running: [Lane?]

  /// - `modes`: the most modes of any trial that will be loaded. `momentum`: two-term recurrences.
  init(kernels: KernelSet, modes: Int, momentum: Bool) {
    self.kernels = kernels
    usesMomentum = momentum
    self.modes = max(modes, 1)
    stride = momentum ? 2 : 1
    lanes = kernels.modalLanes
    let size = self.modes * stride * lanes
    states = LaneMemory(count: 2 * size)
    snapshot = LaneMemory(count: size)
    coefficients = LaneMemory(count: size)
    low = LaneMemory(count: lanes)
    high = LaneMemory(count: lanes)
    gaps = LaneMemory(count: stepsPerBlock * lanes)
    current = states.base
    other = states.base + size
    running = Array(repeating: nil, count: lanes)
    for lane in 0..<lanes { rest(lane) }
  }

  /// Runs trials from `next` until it gives none; `finish` gets each trial's record. Stops early where `isCancelled`.
  mutating func run(
    next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void, isCancelled: () -> Bool
  ) {
    for lane in 0..<lanes { refill(lane, next: next, finish: finish) }
    while let blocks = blocksToRun(), !isCancelled() {
      let done =
        usesMomentum
        ? kernels.momentum(
          modes, blocks, current, other, coefficients.base, low.base, high.base, gaps.base)
        : kernels.gradientDescent(
          modes, blocks, current, other, coefficients.base, low.base, high.base, gaps.base)
      // After an odd number of blocks the last one wrote `other`; its predecessor stays readable in either case.
      if done % 2 == 1 { swap(&current, &other) }
      for lane in 0..<lanes { settle(lane, blocks: done, next: next, finish: finish) }
    }
  }

  /// Blocks until the first lane reaches its budget or checkpoint; nil where no lane runs.
  private func blocksToRun() -> Int? {
    var steps = UInt64.max
    for case .some(let lane) in running {
      let toCheckpoint = Self.checkpoint - lane.steps % Self.checkpoint
      steps = min(steps, lane.progress.budget - lane.steps, toCheckpoint)
    }
    guard steps < .max else { return nil }
    return Int((steps + UInt64(stepsPerBlock) - 1) / UInt64(stepsPerBlock))
  }

  /// Books the blocks just run to one lane: its events were all in the last block.
  private mutating func settle(
    _ index: Int, blocks: Int, next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void
  ) {
    guard var lane = running[index] else { return }
    let before = lane.steps + UInt64((blocks - 1) * stepsPerBlock)
    for s in 0..<stepsPerBlock {
      let step = before + UInt64(s) + 1
      let gap = gaps.base[s * lanes + index]
      if gap > low.base[index], gap <= high.base[index], step < lane.progress.budget { continue }
      if let status = lane.progress.observe(gap, at: step) {
        finish(lane.trial, record(lane, index, status: status, gap: gap, step: step, inBlock: s + 1))
        refill(index, next: next, finish: finish)
        return
      }
      low.base[index] = lane.progress.low
    }
    lane.steps = before + UInt64(stepsPerBlock)
    if lane.steps % Self.checkpoint == 0, rests(index, lane) {
      let gap = gaps.base[(stepsPerBlock - 1) * lanes + index]
      finish(
        lane.trial, record(lane, index, status: .floor, gap: gap, step: lane.steps, inBlock: stepsPerBlock))
      refill(index, next: next, finish: finish)
      return
    }
    running[index] = lane
  }

  /// The record of a lane that ended `inBlock` steps into the last block, from the state before that block.
  private func record(
    _ lane: Lane, _ index: Int, status: TrialStatus, gap: Scalar, step: UInt64, inBlock: Int
  ) -> TrialRecord {
    let norms = lane.form.norms { mode in
      let at = mode * stride * lanes + index
      var u = other[at]
      guard usesMomentum else {
        for _ in 0..<inBlock { u = Scalar.drive.addingProduct(coefficients.base[at], u) }
        return Double(u)
      }
      var last = other[at + lanes]
      for _ in 0..<inBlock {
        let drag = Scalar.drive.addingProduct(coefficients.base[at + lanes], last)
        (u, last) = (drag.addingProduct(coefficients.base[at], u), u)
      }
      return Double(u)
    }
    return TrialRecord(
      status: status, steps: step, gap: Double(gap), distance: norms.distance, gradientNorm: norms.gradient,
      hits: lane.progress.hits)
  }

  /// Loads trials until one really runs; a trial that ends at its start is finished here.
  private mutating func refill(
    _ index: Int, next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void
  ) {
    rest(index)
    while let (id, trial) = next() {
      if let record = StartEnd.record(trial.form, trial.parameters) {
        finish(id, record)
        continue
      }
      load(index, id, trial)
      return
    }
  }

  private mutating func load(_ index: Int, _ id: Int, _ trial: ModalTrial) {
    let progress = LadderProgress<Scalar>(trial.parameters, scale: 1)
    low.base[index] = progress.low
    high.base[index] = progress.divergence
    var at = index
    for (lambda, u) in zip(trial.form.eigenvalues, trial.form.start) {
      let (p, q) = trial.recurrence.coefficients(lambda)
      current[at] = Scalar(u)
      coefficients.base[at] = Scalar(p)
      at += lanes
      if usesMomentum {
        current[at] = Scalar(u)
        coefficients.base[at] = -Scalar(q)
        at += lanes
      }
    }
    running[index] = Lane(
      trial: id, progress: progress, steps: 0, form: trial.form, recurrence: trial.recurrence)
    takeSnapshot(index)
  }

  /// An idle lane: no state, no events.
  private mutating func rest(_ index: Int) {
    running[index] = nil
    low.base[index] = -.infinity
    high.base[index] = .infinity
    for row in 0..<(modes * stride) {
      current[row * lanes + index] = 0
      coefficients.base[row * lanes + index] = 0
    }
  }

  private func takeSnapshot(_ index: Int) {
    for row in 0..<(modes * stride) { snapshot.base[row * lanes + index] = current[row * lanes + index] }
  }

  /// Whether the lane's state has the same bits as at its last checkpoint; takes the new snapshot.
  private func rests(_ index: Int, _ lane: Lane) -> Bool {
    for row in 0..<(lane.form.eigenvalues.count * stride)
    where snapshot.base[row * lanes + index] != current[row * lanes + index] {
      takeSnapshot(index)
      return false
    }
    return true
  }
}

/// Trials that end before their first step.
enum StartEnd {
  /// A start at the optimum has converged (every rung hit at step 0); a budget of 0 is used up.
  static func record(_ form: ModalForm, _ parameters: TrialParameters) -> TrialRecord? {
    if form.scale == 0 || form.eigenvalues.isEmpty {
      var hits = Hits()
      for _ in Ladder.rungs { hits.append(0) }
      return TrialRecord(
        status: .converged, steps: 0, gap: 0, distance: form.restingSquare.squareRoot(), gradientNorm: 0, hits: hits)
    }
    guard parameters.steps == 0 else { return nil }
    let norms = form.norms { form.start[$0] }
    return TrialRecord(
      status: .budget, steps: 0, gap: 1, distance: norms.distance, gradientNorm: norms.gradient)
  }
}
