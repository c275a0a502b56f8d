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
    var form: ModalForm
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
  /// Room for one replayed state.
  private let replayed: LaneMemory<Scalar>
  private var current: UnsafeMutablePointer<Scalar>
  private var other: UnsafeMutablePointer<Scalar>
  private var running: [Lane?]
  // What every event has to look at in every lane, apart from the rest: steps done, and the step limit (0: idle).
  private var steps: [UInt64]
  private var budgets: [UInt64]

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
    replayed = LaneMemory(count: self.modes * lanes)
    current = states.base
    other = states.base + size
    running = Array(repeating: nil, count: lanes)
    steps = Array(repeating: 0, count: lanes)
    budgets = Array(repeating: 0, count: lanes)
    for lane in 0..<lanes { rest(lane) }
  }

  /// Runs trials from `next` until it gives none; `finish` gets each trial's record. `goesOn` gets the
  /// steps of all lanes since it was last asked, and stops the tile early by saying no.
  mutating func run(
    next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void, goesOn: (UInt64) -> Bool
  ) {
    for lane in 0..<lanes { refill(lane, next: next, finish: finish) }
    var stepped: UInt64 = 0
    while let blocks = blocksToRun(), goesOn(stepped) {
      let done =
        usesMomentum
        ? kernels.momentum(
          modes, blocks, current, other, coefficients.base, low.base, high.base, gaps.base)
        : kernels.gradientDescent(
          modes, blocks, current, other, coefficients.base, low.base, high.base, gaps.base)
      // After an odd number of blocks the last one wrote `other`; its predecessor stays readable in either case.
      if done % 2 == 1 { swap(&current, &other) }
      stepped = UInt64(done * stepsPerBlock) * runningLanes
      for lane in 0..<lanes { settle(lane, blocks: done, next: next, finish: finish) }
    }
  }

  private var runningLanes: UInt64 {
    var count: UInt64 = 0
    for lane in 0..<lanes where budgets[lane] > 0 { count += 1 }
    return count
  }

  /// Blocks until the first lane reaches its budget or checkpoint; nil where no lane runs.
  private func blocksToRun() -> Int? {
    var left = UInt64.max
    for lane in 0..<lanes where budgets[lane] > 0 {
      left = min(left, budgets[lane] - steps[lane], Self.checkpoint - steps[lane] % Self.checkpoint)
    }
    guard left < .max else { return nil }
    return Int((left + UInt64(stepsPerBlock) - 1) / UInt64(stepsPerBlock))
  }

  /// Books the blocks just run to one lane: its events were all in the last block.
  private mutating func settle(
    _ index: Int, blocks: Int, next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void
  ) {
    guard budgets[index] > 0 else { return }
    let before = steps[index] + UInt64((blocks - 1) * stepsPerBlock)
    let after = before + UInt64(stepsPerBlock)
    steps[index] = after
    if after < budgets[index], after % Self.checkpoint != 0, isQuiet(index) { return }
    if end(index, before: before, finish: finish) { refill(index, next: next, finish: finish) }
  }

  /// Whether no gap of the lane's last block is an event.
  private func isQuiet(_ index: Int) -> Bool {
    let (least, most) = (low.base[index], high.base[index])
    var gap = gaps.base + index
    for _ in 0..<stepsPerBlock {
      if !(gap.pointee > least && gap.pointee <= most) { return false }
      gap += lanes
    }
    return true
  }

  /// Goes through the lane's last block step by step; true where its trial ended there and was handed over.
  private mutating func end(_ index: Int, before: UInt64, finish: (Int, TrialRecord) -> Void) -> Bool {
    for s in 0..<stepsPerBlock {
      let step = before + UInt64(s) + 1
      let gap = gaps.base[s * lanes + index]
      if gap > low.base[index], gap <= high.base[index], step < budgets[index] { continue }
      guard let status = running[index]?.progress.observe(gap, at: step) else {
        low.base[index] = running[index]?.progress.low ?? -.infinity
        continue
      }
      hand(index, status, gap: gap, step: step, inBlock: s + 1, to: finish)
      return true
    }
    guard steps[index] % Self.checkpoint == 0, rests(index) else { return false }
    let gap = gaps.base[(stepsPerBlock - 1) * lanes + index]
    hand(index, .floor, gap: gap, step: steps[index], inBlock: stepsPerBlock, to: finish)
    return true
  }

  /// Hands over the record of a lane that ended `inBlock` steps into the last block.
  private func hand(
    _ index: Int, _ status: TrialStatus, gap: Scalar, step: UInt64, inBlock: Int,
    to finish: (Int, TrialRecord) -> Void
  ) {
    guard let lane = running[index] else { return }
    let (state, stride): (UnsafeMutablePointer<Scalar>, Int)
    if inBlock == stepsPerBlock {
      (state, stride) = (current, self.stride)
    } else {
      kernels.replay(modes, inBlock, usesMomentum, other, coefficients.base, replayed.base)
      (state, stride) = (replayed.base, 1)
    }
    let norms = lane.form.norms { Double(state[$0 * stride * lanes + index]) }
    finish(
      lane.trial,
      TrialRecord(
        status: status, steps: step, gap: Double(gap), distance: norms.distance, gradientNorm: norms.gradient,
        hits: lane.progress.hits))
  }

  /// Loads trials until one really runs; a trial that ends at its start is finished here.
  private mutating func refill(
    _ index: Int, next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void
  ) {
    while let (id, trial) = next() {
      if let record = StartEnd.record(trial.form, trial.parameters) {
        finish(id, record)
        continue
      }
      load(index, id, trial)
      return
    }
    rest(index)
  }

  private mutating func load(_ index: Int, _ id: Int, _ trial: ModalTrial) {
    let progress = LadderProgress<Scalar>(trial.parameters, scale: 1)
    low.base[index] = progress.low
    high.base[index] = progress.divergence
    // Out of the shared object once, not once for every mode.
    let eigenvalues = trial.form.eigenvalues
    let start = trial.form.start
    let count = eigenvalues.count
    var at = index
    for mode in 0..<count {
      let u = Scalar(start[mode])
      let (p, q) = trial.recurrence.coefficients(eigenvalues[mode])
      current[at] = u
      coefficients.base[at] = Scalar(p)
      at += lanes
      if usesMomentum {
        current[at] = u
        coefficients.base[at] = -Scalar(q)
        at += lanes
      }
    }
    clear(index, from: count * stride)
    running[index] = Lane(trial: id, progress: progress, form: trial.form)
    steps[index] = 0
    budgets[index] = progress.budget
    if progress.budget >= Self.checkpoint { takeSnapshot(index) }
  }

  /// An idle lane: no state, no events.
  private mutating func rest(_ index: Int) {
    running[index] = nil
    steps[index] = 0
    budgets[index] = 0
    low.base[index] = -.infinity
    high.base[index] = .infinity
    clear(index, from: 0)
  }

  /// Empties the lane's rows from `first` on.
  private func clear(_ index: Int, from first: Int) {
    for row in first..<max(first, modes * stride) {
      current[row * lanes + index] = 0
      coefficients.base[row * lanes + index] = 0
    }
  }

  private func takeSnapshot(_ index: Int) {
    for row in 0..<(modes * stride) { snapshot.base[row * lanes + index] = current[row * lanes + index] }
  }

  /// Whether the lane's state has the same bits as at its last checkpoint; takes the new snapshot.
  private func rests(_ index: Int) -> Bool {
    let rows = (running[index]?.form.eigenvalues.count ?? 0) * stride
    for row in 0..<rows where snapshot.base[row * lanes + index] != current[row * lanes + index] {
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
