/// First hits of two-term recurrences, whose gap goes up and down.
///
/// Over a block of steps in which a mode turns by less than π without changing its sign, |u| is at least the smaller of
/// its ends, each taken with the block's decay. Blocks over which these bounds add up to more than the next target are
/// skipped and the next is twice as long; else the block is halved, down to runs of 16 steps, which are iterated and
/// looked at one by one. Rounding is bounded in norm: √gap is a norm of the modes' states and off by at most `slack`.
struct MomentumSearch {
  /// Powers made in plain doubles serve up to here: their error grows with t.
  private static let plainLimit: UInt64 = 1 << 20
  /// A run has 2^4 steps.
  private static let runLevel = 4
  private static let runLength = 16
  /// Rounding of a run: each step adds at most 6 units of the largest |u|, which n steps carry on at most n-fold.
  private static let runRoundings = 3.0 * 16 * 16

  private let modes: TrialModes
  private let recurrence: MomentumModes
  private var powers: MomentumPowers
  private var milestones: Milestones
  private let accurate: Bool
  private let workLimit: Int
  private let staysBounded: Bool
  private var time: UInt64 = 0
  /// The time as a number, for bounds.
  private var clock = 0.0
  private var x: UnsafeMutablePointer<Lanes>
  private var y: UnsafeMutablePointer<Lanes>
  private var nextX: UnsafeMutablePointer<Lanes>
  private var nextY: UnsafeMutablePointer<Lanes>
  /// Gap of each step of a run, in two parts.
  private let gaps: UnsafeMutablePointer<SIMD2<Double>>
  /// max(r)ᵗ.
  private var growth = 1.0
  private var roundings = 4.0
  /// Groups of four evaluated so far.
  private var work = 0

  /// Groups of four numbers wanted for each of at least two groups of modes, with budgets of `levels` bits.
  static func memory(_ levels: Int) -> Int {
    4 + MomentumModes.memory + MomentumPowers.memory(max(levels, runLevel + 1)) + runLength / 4
  }

  /// - Parameter workLimit: Mode evaluations after which the rest is estimated.
  init(
    _ modes: TrialModes, _ milestones: Milestones, _ workLimit: Int, accurate: Bool,
    in memory: UnsafeMutablePointer<Lanes>
  ) {
    let groups = modes.groups
    self.modes = modes
    self.milestones = milestones
    self.accurate = accurate
    self.workLimit = workLimit
    gaps = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: SIMD2<Double>.self)
    x = memory + Self.runLength / 2
    y = x + groups
    nextX = y + groups
    nextY = nextX + groups
    let rest = nextY + groups
    powers = MomentumPowers(groups: groups, accurate: accurate, in: rest + MomentumModes.memory * groups)
    recurrence = MomentumModes(modes, powers, x: x, y: y, in: rest)
    powers.start()
    staysBounded = 16 * recurrence.bound * recurrence.bound <= milestones.divergence
  }

  mutating func run() throws(LacksAccuracy) -> LadderForecast {
    var level = Self.runLevel
    var patience = 1
    if let end = try look() { return milestones.ending(end) }
    while let target = milestones.target {
      if 4 * work > workLimit { return estimate() }
      if !accurate, time > Self.plainLimit { throw LacksAccuracy() }
      while level > Self.runLevel, !fits(level) { level -= 1 }
      if fits(level), powers.extend(to: level, recurrence) {
        let lower = advance(level)
        if isAbove(target, lower, level), staysBounded || isBelowDivergence(level) {
          accept(level)
          if fits(level + 1), powers.extend(to: level + 1, recurrence) { level += 1 }
          patience = 1
          continue
        }
        if level > Self.runLevel {
          level -= 1
          continue
        }
      }
      for _ in 0..<patience {
        if let end = try look() { return milestones.ending(end) }
      }
      patience = min(2 * patience, 4)
    }
    return milestones.ending(.converged, time)
  }

  private func fits(_ level: Int) -> Bool { level <= 62 && milestones.budget - time >= 1 << UInt64(level) }

  // MARK: Single steps

  /// Iterates a run of steps and looks at each; the trial's end, if it comes.
  private mutating func look() throws(LacksAccuracy) -> Forecast? {
    let jumps = powers.extend(to: Self.runLevel, recurrence)
    // Where the growth over a run is beyond all numbers, so is the bound: each step is then looked at exactly.
    let slack = jumps ? slack(Self.runLevel, more: Self.runRoundings) : .infinity
    let root = (milestones.target ?? 0).squareRoot() + slack
    let low = root * root * (1 + summation)
    let count = min(milestones.budget - time, UInt64(Self.runLength))
    if iterate(above: low) {
      let high = milestones.divergence * (1 - summation)
      for step in 0..<Int(count) {
        let gap = gaps[step].sum()
        if gap > low, staysBounded || gap + 4 * slack * (slack + high.squareRoot()) < high { continue }
        if let end = try look(at: time + UInt64(step) + 1, gap, slack) { return end }
      }
    }
    if count < Self.runLength { return Forecast(status: .budget, steps: milestones.budget) }
    if jumps {
      step(Self.runLevel)
    } else {
      for _ in 0..<Self.runLength { step(0) }
    }
    return time == milestones.budget ? Forecast(status: .budget, steps: time) : nil
  }

  /// Looks closely at one step.
  private mutating func look(
    at step: UInt64, _ gap: Double, _ slack: Double
  ) throws(LacksAccuracy) -> Forecast? {
    while let target = milestones.target, try isAtMost(target, gap, slack, step) { milestones.reach(at: step) }
    if milestones.converged { return Forecast(status: .converged, steps: step) }
    if try !isAtMost(milestones.divergence, gap, slack, step) { return Forecast(status: .diverged, steps: step) }
    return nil
  }

  /// Writes the gaps of the next run of steps. False where some of the modes already keep them all above `low`, and
  /// the rest were left out.
  private mutating func iterate(above low: Double) -> Bool {
    for step in 0..<Self.runLength { gaps[step] = .zero }
    var group = 0
    while group < modes.groups {
      // Two at a time hide each other's latency.
      let two = group + 1 < modes.groups
      if two { iterate(group, group + 1) } else { iterate(group) }
      group += two ? 2 : 1
      guard staysBounded, group < modes.groups else { continue }
      var least = gaps[0].sum()
      for step in 1..<Self.runLength {
        let gap = gaps[step].sum()
        if gap < least { least = gap }
      }
      if least > low {
        work += 4 * group
        return false
      }
    }
    work += 4 * modes.groups
    return true
  }

  @inline(__always)
  private func iterate(_ i: Int) {
    var (a, b) = chains(i)
    for step in 0..<Self.runLength { gaps[step] += a.step() + b.step() }
  }

  @inline(__always)
  private func iterate(_ i: Int, _ j: Int) {
    var (a, b) = chains(i)
    var (c, d) = chains(j)
    for step in 0..<Self.runLength { gaps[step] += (a.step() + b.step()) + (c.step() + d.step()) }
  }

  /// Two modes each: on the oldest processors the compiler makes poor code of four.
  private struct Chain {
    let p: SIMD2<Double>
    let q: SIMD2<Double>
    var u: SIMD2<Double>
    var last: SIMD2<Double>

    /// Moves one step on and gives the square of the state before.
    @inline(__always)
    mutating func step() -> SIMD2<Double> {
      let square = u * u
      (u, last) = (p * u - q * last, u)
      return square
    }
  }

  /// The modes of group `i`, about to take the first step of a run.
  @inline(__always)
  private func chains(_ i: Int) -> (Chain, Chain) {
    let alpha = powers.level(0)[i]
    let p = alpha + alpha
    let q = modes.q[i]
    let last = x[i]
    let u = alpha * last - y[i]
    return (
      Chain(p: p.lowHalf, q: q.lowHalf, u: u.lowHalf, last: last.lowHalf),
      Chain(p: p.highHalf, q: q.highHalf, u: u.highHalf, last: last.highHalf)
    )
  }

  // MARK: Blocks

  /// Puts the state 2^`level` steps ahead into `nextX`, `nextY`; gives a lower bound of the gap over the whole block,
  /// both ends included.
  @inline(__always)
  private mutating func advance(_ level: Int) -> Double {
    let groups = modes.groups
    let power = powers.level(level)
    let length = Lanes(repeating: Double.power(ofTwo: level))
    var lower = Lanes.zero
    for i in 0..<groups {
      let c = power[i]
      let s = power[i + groups]
      let u = c * x[i] - s * y[i]
      nextX[i] = u
      nextY[i] = c * y[i] + recurrence.sigma[i] * s * x[i]
      let first = power[i + 2 * groups] * x[i]
      let last: Lanes
      var certain: SIMDMask<Lanes.MaskStorage>
      if i < modes.leading {
        last = power[i + 3 * groups] * u
        certain = (x[i] * u .> 0) .& (recurrence.reach[i] .> length)
      } else {
        // Roots of opposite sign, a > 0 > b with a ≥ |b|: |u| ≥ aʲ (|A| − |B|) for the parts A, B of u along them, and
        // |A| − |B|, where positive, is the smaller of |A + B| = |x| and |A − B| = |y|/√−σ.
        last = power[i + 2 * groups] * (y[i] * recurrence.turn[i])
        certain = first * last .< 0
      }
      let least = (first * first).replacing(with: last * last, where: last * last .< first * first)
      lower += Lanes.zero.replacing(with: least, where: certain)
    }
    work += groups
    return lower.sum()
  }

  private mutating func step(_ level: Int) {
    _ = advance(level)
    accept(level)
  }

  private mutating func accept(_ level: Int) {
    swap(&x, &nextX)
    swap(&y, &nextY)
    time += 1 << UInt64(level)
    clock += Double.power(ofTwo: level)
    roundings += cost(level)
    growth *= powers.growth(level)
  }

  private func cost(_ level: Int) -> Double {
    let jump = Double.power(ofTwo: level)
    return accurate ? 2 + jump * 0x1p-46 : jump
  }

  // MARK: Comparing

  /// What √gap can be off by, anywhere in the block of 2^`level` steps, after `more` roundings in it.
  private func slack(_ level: Int, more: Double = 0) -> Double {
    let end = clock + Double.power(ofTwo: level)
    let size = growth * max(powers.growth(level), 1) * recurrence.size(at: end)
    return 0x1p-49 * (roundings + cost(level) + more) * size
  }

  /// Relative error of a sum over the modes.
  private var summation: Double { Double(modes.groups + 16) * 0x1p-53 }

  private func isAbove(_ limit: Double, _ lower: Double, _ level: Int) -> Bool {
    let root = limit.squareRoot() + slack(level)
    return lower * (1 - summation) > root * root
  }

  /// Whether `gap`, that of `step`, is at most `limit`.
  private mutating func isAtMost(
    _ limit: Double, _ gap: Double, _ slack: Double, _ step: UInt64
  ) throws(LacksAccuracy) -> Bool {
    let root = limit.squareRoot()
    if gap * (1 - summation) > (root + slack) * (root + slack) { return false }
    if slack < root, gap * (1 + summation) < (root - slack) * (root - slack) { return true }
    guard accurate else { throw LacksAccuracy() }
    work += 16 * modes.groups * (UInt64.bitWidth - step.leadingZeroBitCount)
    return modes.exactGap(at: step).isAtMost(limit)
  }

  /// Whether an upper bound of the gap over the block of 2^`level` steps stays below the divergence limit.
  private func isBelowDivergence(_ level: Int) -> Bool {
    let length = Lanes(repeating: Double.power(ofTwo: level))
    let factor = powers.level(level) + 3 * modes.groups
    var upper = Lanes.zero
    for i in 0..<modes.groups {
      let turn = recurrence.turn[i]
      let y = y[i].replacing(with: -y[i], where: y[i] .< 0)
      let x = x[i].replacing(with: -x[i], where: x[i] .< 0)
      let most = (x + y * turn.replacing(with: length, where: length .< turn)) / factor[i]
      upper += most * most
    }
    let root = upper.sum().squareRoot() * (1 + 0x1p-30) + slack(level)
    return root * root <= milestones.divergence
  }
}

// MARK: - The estimate

extension MomentumSearch {
  /// Goes on from the last certain step with envelopes instead of gaps: half the amplitude's square for a mode that
  /// oscillates, the gap itself for one that does not.
  private mutating func estimate() -> LadderForecast {
    while let target = milestones.target {
      let found = lift(to: target)
      guard found.time <= milestones.budget else {
        return milestones.ending(.budget, milestones.budget, exact: false)
      }
      if found.energy > target { return milestones.ending(.diverged, found.time, exact: false) }
      milestones.reach(at: found.time)
      if milestones.converged { return milestones.ending(.converged, found.time, exact: false) }
    }
    return milestones.ending(.converged, time, exact: false)
  }

  /// The first step from here on at which the envelope is at most `target` or above the divergence limit, taking it
  /// to stay between them before. Past the budget where there is none.
  private mutating func lift(to target: Double) -> (time: UInt64, energy: Double) {
    var level = 0
    var energy = 0.0
    while fits(level) {
      energy = envelope(level)
      guard energy > target, energy <= milestones.divergence else { break }
      accept(level)
      if fits(level + 1), powers.extend(to: level + 1, recurrence) { level += 1 }
    }
    while level > 0 {
      level -= 1
      guard fits(level) else { continue }
      let ahead = envelope(level)
      if ahead > target, ahead <= milestones.divergence { accept(level) } else { energy = ahead }
    }
    return (time + 1, energy)
  }

  private mutating func envelope(_ level: Int) -> Double {
    _ = advance(level)
    var sum = Lanes.zero
    for i in 0..<modes.groups {
      let square = nextX[i] * nextX[i]
      let swing = nextY[i] * recurrence.turn[i]
      // Nearly equal roots turn too slowly for an average over their turns to mean anything.
      let averages = (recurrence.reach[i] .< .infinity) .& (recurrence.turn[i] .< 1e5)
      sum += square.replacing(with: 0.5 * (square + swing * swing), where: averages)
    }
    return sum.sum()
  }
}
