import RavineLanes

/// A trial ready for a modal lane. Plain old data; the problem's ``ModalForm`` must outlive it.
struct ModalTrial {
  let shape: ModalShape
  let recurrence: Recurrence
  let parameters: TrialParameters
}

/// One tile of modal lanes. A lane whose trial ended is refilled at once with the next one, at a block boundary, so a
/// trial's result does not depend on its lane, its neighbours or when it was loaded.
struct ModalTile<Scalar: LaneScalar>: ~Copyable {
  /// Every so many steps a lane's state is compared with its last snapshot: equal bits mean that round-off holds it.
  static var checkpoint: UInt64 { 65_536 }
  /// Lane steps after which the caller is asked again whether to go on.
  private static var patience: UInt64 { 1 << 17 }

  private struct Lane {
    var trial: Int
    var progress: LadderProgress<Scalar>
    var shape: ModalShape
    /// The tile's clock when the trial was loaded.
    var born: UInt64
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
  /// What runs in each lane; meaningless in idle ones.
  private let running: UnsafeMutablePointer<Lane>
  /// The clock at which a lane has to be looked at without an event: budget or checkpoint; .max in idle lanes.
  private let due: UnsafeMutablePointer<UInt64>
  private var busy = 0
  /// Steps that the tile has done.
  private var clock: UInt64 = 0

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
    gaps = LaneMemory(count: (stepsPerBlock + 1) * lanes)
    replayed = LaneMemory(count: size)
    current = states.base
    other = states.base + size
    running = .allocate(capacity: lanes)
    due = .allocate(capacity: lanes)
    for lane in 0..<lanes { rest(lane) }
  }

  deinit {
    running.deallocate()
    due.deallocate()
  }

  /// Runs trials from `next` until it gives none; `finish` gets each trial's record. `goesOn` gets the
  /// steps of all lanes since it was last asked, and stops the tile early by saying no.
  mutating func run(
    next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void, goesOn: (UInt64) -> Bool
  ) {
    for lane in 0..<lanes where refill(lane, next: next, finish: finish) { busy += 1 }
    var stepped: UInt64 = 0
    while busy > 0 {
      if stepped >= Self.patience {
        guard goesOn(stepped) else { return }
        stepped = 0
      }
      let blocks = blocksToRun()
      let done =
        usesMomentum
        ? kernels.momentum(
          modes, blocks, current, other, coefficients.base, low.base, high.base, gaps.base)
        : kernels.gradientDescent(
          modes, blocks, current, other, coefficients.base, low.base, high.base, gaps.base)
      // After an odd number of blocks the last one wrote `other`; its predecessor stays readable in either case.
      if done % 2 == 1 { swap(&current, &other) }
      let steps = UInt64(done * stepsPerBlock)
      clock += steps
      stepped += steps * UInt64(busy)
      let quiet = gaps.base + stepsPerBlock * lanes
      for lane in 0..<lanes where quiet[lane] == 0 || due[lane] <= clock {
        settle(lane, next: next, finish: finish)
      }
    }
    _ = goesOn(stepped)
  }

  /// Blocks until the first lane has to be looked at.
  private func blocksToRun() -> Int {
    var least = due[0]
    for lane in 1..<lanes { least = min(least, due[lane]) }
    return Int((least - clock + UInt64(stepsPerBlock) - 1) / UInt64(stepsPerBlock))
  }

  /// Books the block just run to a lane with an event, which was in the last block, or with a due date.
  private mutating func settle(
    _ index: Int, next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void
  ) {
    guard due[index] < .max else { return }
    if end(index, finish: finish) {
      if !refill(index, next: next, finish: finish) { busy -= 1 }
    } else {
      due[index] = nextDue(index)
    }
  }

  private func nextDue(_ index: Int) -> UInt64 {
    let born = running[index].born
    let budget = running[index].progress.budget
    let checkpoint = (clock - born) / Self.checkpoint * Self.checkpoint + Self.checkpoint
    return born + min(budget, checkpoint)
  }

  /// Goes through the lane's last block step by step; true where its trial ended there and was handed over.
  private mutating func end(_ index: Int, finish: (Int, TrialRecord) -> Void) -> Bool {
    let after = clock - running[index].born
    var step = after - UInt64(stepsPerBlock)
    let budget = running[index].progress.budget
    for s in 0..<stepsPerBlock {
      step += 1
      let gap = gaps.base[s * lanes + index]
      if gap > low.base[index], gap <= high.base[index], step < budget { continue }
      guard let status = running[index].progress.observe(gap, at: step) else {
        low.base[index] = running[index].progress.low
        continue
      }
      hand(index, status, gap: gap, step: step, inBlock: s + 1, to: finish)
      return true
    }
    guard after % Self.checkpoint == 0, rests(index) else { return false }
    let gap = gaps.base[(stepsPerBlock - 1) * lanes + index]
    hand(index, .floor, gap: gap, step: after, inBlock: stepsPerBlock, to: finish)
    return true
  }

  /// Hands over the record of a lane that ended `inBlock` steps into the last block.
  private func hand(
    _ index: Int, _ status: TrialStatus, gap: Scalar, step: UInt64, inBlock: Int,
    to finish: (Int, TrialRecord) -> Void
  ) {
    var state = current
    if inBlock < stepsPerBlock {
      kernels.replay(modes, inBlock, usesMomentum, other, coefficients.base, replayed.base)
      state = replayed.base
    }
    let norms = running[index].shape.norms { Double(state[$0 * stride * lanes + index]) }
    finish(
      running[index].trial,
      TrialRecord(
        status: status, steps: step, gap: Double(ownGap(index, gap, state)), distance: norms.distance,
        gradientNorm: norms.gradient, hits: running[index].progress.hits))
  }

  /// The gap without the drive of the padding, which shows only where nothing but the drive is left of the modes.
  private func ownGap(_ index: Int, _ gap: Scalar, _ state: UnsafeMutablePointer<Scalar>) -> Scalar {
    let count = running[index].shape.count
    guard count < modes, gap <= Scalar.drive else { return gap }
    var own: Scalar = 0
    for mode in 0..<count {
      let u = state[mode * stride * lanes + index]
      own = own.addingProduct(u, u)
    }
    return own
  }

  /// Loads trials until one really runs; a trial that ends at its start is finished here. False: none was left.
  private mutating func refill(
    _ index: Int, next: () -> (trial: Int, ModalTrial)?, finish: (Int, TrialRecord) -> Void
  ) -> Bool {
    while let (id, trial) = next() {
      if let record = StartEnd.record(trial.shape, trial.parameters) {
        finish(id, record)
        continue
      }
      load(index, id, trial)
      return true
    }
    rest(index)
    return false
  }

  private mutating func load(_ index: Int, _ id: Int, _ trial: ModalTrial) {
    let progress = LadderProgress<Scalar>(trial.parameters, scale: 1)
    low.base[index] = progress.low
    high.base[index] = progress.divergence
    let shape = trial.shape
    var at = index
    for mode in 0..<shape.count {
      let u = Scalar(shape.start[mode])
      let (p, q) = trial.recurrence.coefficients(shape.eigenvalues[mode])
      current[at] = u
      coefficients.base[at] = Scalar(p)
      at += lanes
      if usesMomentum {
        current[at] = u
        coefficients.base[at] = -Scalar(q)
        at += lanes
      }
    }
    clear(index, from: shape.count * stride)
    running[index] = Lane(trial: id, progress: progress, shape: shape, born: clock)
    due[index] = nextDue(index)
    if progress.budget >= Self.checkpoint { takeSnapshot(index) }
  }

  /// An idle lane: no state, no events.
  private mutating func rest(_ index: Int) {
    due[index] = .max
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
    let rows = running[index].shape.count * stride
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
  static func record(_ shape: ModalShape, _ parameters: TrialParameters) -> TrialRecord? {
    if shape.scale == 0 || shape.count == 0 {
      var hits = Hits()
      for _ in Ladder.rungs { hits.append(0) }
      return TrialRecord(
        status: .converged, steps: 0, gap: 0, distance: shape.restingSquare.squareRoot(), gradientNorm: 0, hits: hits)
    }
    guard parameters.steps == 0 else { return nil }
    let norms = shape.norms { shape.start[$0] }
    return TrialRecord(
      status: .budget, steps: 0, gap: 1, distance: norms.distance, gradientNorm: norms.gradient)
  }
}
