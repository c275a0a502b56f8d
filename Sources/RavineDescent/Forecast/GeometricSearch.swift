/// First hits of one-term recurrences, u(t) = pᵗ u(0).
///
/// gap(t) = Σ u(0)² p^(2t) is convex in t, so the steps at which it is at most some value form an interval: its first
/// step is found on the falling side, the divergence on the rising side. Any jump ahead is a product of p^(2^k). log
/// gap is convex too, so the secant through two earlier points never leads past the hit while the gap falls: a few
/// secants come close, binary lifting ends the search. Modes that have died out are left aside on the way.
struct GeometricSearch {
  private let modes: TrialModes
  private var milestones: Milestones
  private let accurate: Bool
  /// p^(2^k), level after level.
  private let powers: UnsafeMutablePointer<Lanes>
  /// What p^(2^k) of the highest level lacks; accurate searches only.
  private let rests: UnsafeMutablePointer<Lanes>
  private var highest = 0
  /// The highest level that stays a number.
  private var ceiling = 63
  /// Some |p| > 1: the gap may rise again.
  private let grows: Bool

  private var time: UInt64 = 0
  private var state: UnsafeMutablePointer<Lanes>
  /// Groups still followed; the others sum to less than rounding can tell at any target.
  private var active: Int
  private let negligible: Double
  /// Bound of the relative error of `state`, in roundings.
  private var roundings = 0.0

  /// The candidate: the state `ahead` steps after `time`.
  private var next: UnsafeMutablePointer<Lanes>
  private var ahead: UInt64 = 0
  private var nextRoundings = 0.0

  /// The present point and an earlier one, for secants.
  private var point = (time: 0.0, gap: 1.0)
  private var earlier = (time: 0.0, gap: 1.0)

  /// Groups of four numbers wanted for each group of modes, with budgets of `levels` bits.
  static func memory(_ levels: Int) -> Int { levels + 4 }

  init(_ modes: TrialModes, _ milestones: Milestones, accurate: Bool, in memory: UnsafeMutablePointer<Lanes>) {
    let groups = modes.groups
    self.modes = modes
    self.milestones = milestones
    self.accurate = accurate
    state = memory
    next = memory + groups
    rests = memory + 2 * groups
    powers = memory + 3 * groups
    active = groups
    negligible = milestones.least * 0x1p-70
    var largest = Lanes.zero
    for i in 0..<groups {
      state[i] = modes.start[i]
      powers[i] = modes.p[i]
      rests[i] = .zero
      let square = modes.p[i] * modes.p[i]
      largest.replace(with: square, where: square .> largest)
    }
    grows = largest.max() > 1
  }

  mutating func run() throws(LacksAccuracy) -> LadderForecast {
    // Without this a gap that falls from above the divergence limit would pass for a healthy one.
    if milestones.divergence < 1.001, let end = try single() { return milestones.ending(end) }
    while let target = milestones.target {
      guard try fall(to: target) else { return milestones.ending(.budget, milestones.budget) }
      let gap = jump(1)
      guard try isAtMost(target, gap) else { break }
      try collect(gap)
      if milestones.converged { return milestones.ending(.converged, time + 1) }
      accept(gap)
    }
    guard try rise(to: milestones.divergence) else { return milestones.ending(.budget, milestones.budget) }
    return milestones.ending(.diverged, time + 1)
  }

  /// Looks at the next step alone; its end, if the trial ends there.
  private mutating func single() throws(LacksAccuracy) -> Forecast? {
    let gap = jump(1)
    try collect(gap)
    if milestones.converged { return Forecast(status: .converged, steps: 1) }
    if try !isAtMost(milestones.divergence, gap) { return Forecast(status: .diverged, steps: 1) }
    accept(gap)
    return nil
  }

  /// Notes every target that the candidate has reached.
  private mutating func collect(_ gap: Double) throws(LacksAccuracy) {
    while let target = milestones.target, try isAtMost(target, gap) { milestones.reach(at: time + ahead) }
  }

  // MARK: Searching

  /// Moves to the last time at which the gap is above `limit` and still falls. False where the budget comes first.
  private mutating func fall(to limit: Double) throws(LacksAccuracy) -> Bool {
    var room = milestones.budget - time
    if time == 0 {
      try lift(stride: 2, &room, limit, rising: false)
    }
    while let steps = secant(to: limit, room) {
      let gap = jump(steps)
      if try isOver(limit, gap) {
        room = steps - 1
        break
      }
      accept(gap)
      room -= steps
    }
    try lift(stride: 1, &room, limit, rising: false)
    try descend(&room, limit, rising: false)
    return time < milestones.budget
  }

  /// Moves to the last time before the gap is above `limit`, past its minimum. False where the budget comes first.
  private mutating func rise(to limit: Double) throws(LacksAccuracy) -> Bool {
    var room = milestones.budget - time
    try lift(stride: 1, &room, limit, rising: true)
    try descend(&room, limit, rising: true)
    return time < milestones.budget
  }

  /// Jumps ahead by 1, 2^`stride`, 4^`stride` … steps until one leads too far. `room`: steps ahead not known to.
  private mutating func lift(
    stride: Int, _ room: inout UInt64, _ limit: Double, rising: Bool
  ) throws(LacksAccuracy) {
    var level = 0
    while room >> UInt64(level) != 0 {
      let gap = jump(1 << UInt64(level))
      if try isOver(limit, gap, rising) {
        room = 1 << UInt64(level) - 1
        return
      }
      room -= ahead
      accept(gap)
      if room >> UInt64(level + stride) != 0, extend(to: level + stride) { level += stride }
    }
  }

  /// Jumps as far as it does not lead too far: the last part of the search.
  private mutating func descend(_ room: inout UInt64, _ limit: Double, rising: Bool) throws(LacksAccuracy) {
    var level = min(UInt64.bitWidth - room.leadingZeroBitCount, highest + 1)
    while level > 0 {
      level -= 1
      guard room >> UInt64(level) != 0 else { continue }
      let gap = jump(1 << UInt64(level))
      if try isOver(limit, gap, rising) {
        room = 1 << UInt64(level) - 1
      } else {
        room -= ahead
        accept(gap)
      }
    }
  }

  /// How many steps the secant through the two points allows, if they are many.
  private mutating func secant(to limit: Double, _ room: UInt64) -> UInt64? {
    guard earlier.time < point.time, point.gap < earlier.gap, limit > 0 else { return nil }
    let slope = Elementary.log(earlier.gap / point.gap) / (point.time - earlier.time)
    let steps = Elementary.log(point.gap / limit) / slope
    guard steps >= 8, steps < 0x1p62 else { return nil }
    let whole = min(UInt64(steps), room)
    let level = UInt64.bitWidth - 1 - whole.leadingZeroBitCount
    guard whole >= 8, extend(to: level) else { return nil }
    return whole
  }

  // MARK: Stepping

  /// Sees to it that the powers up to `level` are there; false where they would overflow.
  private mutating func extend(to level: Int) -> Bool {
    while highest < level {
      guard highest < ceiling else { return false }
      let groups = modes.groups
      let from = powers + highest * groups
      let to = from + groups
      for i in 0..<active {
        if accurate {
          let square = DoubleDouble(from[i], low: rests[i]).squared
          to[i] = square.high
          rests[i] = square.low
        } else {
          to[i] = from[i] * from[i]
        }
      }
      highest += 1
      if grows, (0..<active).contains(where: { to[$0].max() > 1e140 }) { ceiling = highest }
    }
    return true
  }

  /// Makes the state `steps` ahead the candidate and gives its gap. The powers must be there.
  @inline(__always)
  private mutating func jump(_ steps: UInt64) -> Double {
    let groups = modes.groups
    var left = steps
    nextRoundings = roundings
    var from = state
    while left & (left - 1) != 0 {
      let level = left.trailingZeroBitCount
      let power = powers + level * groups
      for i in 0..<active { next[i] = from[i] * power[i] }
      nextRoundings += cost(level)
      from = next
      left &= left - 1
    }
    let level = left.trailingZeroBitCount
    let power = powers + level * groups
    var sum = Lanes.zero
    for i in 0..<active {
      let u = from[i] * power[i]
      next[i] = u
      sum += u * u
    }
    nextRoundings += cost(level)
    ahead = steps
    return sum.sum()
  }

  /// Roundings that one multiplication by the powers of `level` adds: repeated squaring doubles the error each time.
  private func cost(_ level: Int) -> Double {
    let jump = Double.power(ofTwo: level)
    return accurate ? 2 + jump * 0x1p-46 : jump
  }

  /// Moves to the candidate, whose gap is `gap`.
  private mutating func accept(_ gap: Double) {
    swap(&state, &next)
    time += ahead
    roundings = nextRoundings
    // Points too close together would make a poor secant.
    if ahead >= 8 || time < 8 { earlier = point }
    point = (Double(time), gap)
    while active > 1, isNegligible(active - 1) { active -= 1 }
  }

  private func isNegligible(_ group: Int) -> Bool {
    let p = modes.p[group]
    let u = state[group]
    return (u * u).max() <= negligible && (p * p).max() <= 1
  }

  // MARK: Comparing

  /// Whether the candidate lies past what is looked for: the gap is at most `limit` or no longer falls, or, `rising`,
  /// it is above `limit`.
  private func isOver(_ limit: Double, _ gap: Double, _ rising: Bool = false) throws(LacksAccuracy) -> Bool {
    if rising { return try !isAtMost(limit, gap) }
    if try isAtMost(limit, gap) { return true }
    // A falling gap is at most gap(0) = 1.
    if !grows || gap > 2 { return grows && gap > 2 }
    return try stopsFalling()
  }

  private func isAtMost(_ limit: Double, _ gap: Double) throws(LacksAccuracy) -> Bool {
    guard gap <= .greatestFiniteMagnitude else { return false }
    let error = gap * relativeError + limit * 0x1p-56
    if gap - error > limit { return false }
    if gap + error <= limit { return true }
    guard accurate else { throw LacksAccuracy() }
    return modes.exactGap(at: time + ahead).isAtMost(limit)
  }

  private var relativeError: Double { (2 * nextRoundings + Double(modes.groups) + 16) * 0x1p-53 }

  /// Whether the gap one step after the candidate is no smaller than at it.
  private func stopsFalling() throws(LacksAccuracy) -> Bool {
    var slope = Lanes.zero
    var size = Lanes.zero
    for i in 0..<active {
      let p = modes.p[i]
      let part = next[i] * next[i] * ((p - 1) * (p + 1))
      slope += part
      size += part.replacing(with: -part, where: part .< 0)
    }
    let error = size.sum() * (relativeError + 0x1p-50) + negligible * 0x1p14
    let sum = slope.sum()
    if sum > error { return true }
    if sum < -error { return false }
    guard accurate else { throw LacksAccuracy() }
    let candidate = time + ahead
    let change = modes.exactGap(at: candidate + 1) - modes.exactGap(at: candidate)
    return !(change.high[0] < 0)
  }
}

extension DoubleDouble {
  /// Whether lane 0 is at most `limit`; an overflowed number is not.
  func isAtMost(_ limit: Double) -> Bool { high[0] < limit || (high[0] == limit && low[0] <= 0) }
}
