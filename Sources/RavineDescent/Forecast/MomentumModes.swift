/// Two-term recurrences u(t+1) = p u(t) − q u(t−1) in a form that is accurate for oscillating, critically damped and
/// overdamped modes alike and jumps any power of two of steps ahead.
///
/// With α = p/2, σ = q − α², x = u(t) and y = α u(t) − u(t+1), one step is x′ = α x − y, y′ = σ x + α y: the matrix
/// M = α + J with J² = −σ. So Mⁿ = C + S J with C₂ₙ = Cₙ² − σ Sₙ² and S₂ₙ = 2 Cₙ Sₙ. The roots of z² − p z + q are
/// α ± √−σ: a complex pair of modulus √q where σ > 0, else real. With r the larger modulus, |Cₙ| ≤ rⁿ and
/// |Sₙ| ≤ rⁿ min(n/r, 1/√|σ|); nothing here cancels where the two roots are nearly equal.
///
/// Only u² matters, so a mode with p < 0 is taken as (−1)ᵗ u, which has −p: α ≥ 0 for all.
struct MomentumModes {
  /// σ, and what its double lacks.
  let sigma: UnsafeMutablePointer<Lanes>
  let sigmaRest: UnsafeMutablePointer<Lanes>
  /// 1/√|σ|, the bound of Sₙ/rⁿ; at most 1e150.
  let turn: UnsafeMutablePointer<Lanes>
  /// The longest block, in steps, in which an oscillating mode turns by less than π; infinite for real roots.
  let reach: UnsafeMutablePointer<Lanes>
  /// √gap(t) ≤ max(r)ᵗ (start + min(t · slope, swing)).
  private(set) var start = 0.0
  private(set) var slope = 0.0
  private(set) var swing = 0.0
  /// A bound of √gap at all times; infinite where a root may lie outside the unit circle.
  private(set) var bound = Double.infinity

  /// Groups of four numbers wanted for each group of modes.
  static let memory = 4

  /// Prepares the modes; writes the first powers into `powers` and the state at t = 0 into `x` and `y`.
  init(
    _ modes: TrialModes, _ powers: MomentumPowers, x: UnsafeMutablePointer<Lanes>, y: UnsafeMutablePointer<Lanes>,
    in memory: UnsafeMutablePointer<Lanes>
  ) {
    let groups = modes.groups
    sigma = memory
    sigmaRest = memory + groups
    turn = memory + 2 * groups
    reach = memory + 3 * groups
    let tiny = Lanes(repeating: 1e-150)
    var sums = (start: Lanes.zero, slope: Lanes.zero, swing: Lanes.zero, peak: Lanes.zero)
    var fastest = Lanes.zero
    for i in 0..<groups {
      let flips = modes.p[i] .< 0
      let alpha = 0.5 * modes.p[i].replacing(with: -modes.p[i], where: flips)
      let q = modes.q[i].replacing(with: -modes.q[i], where: flips)
      let exact = DoubleDouble(modes.q[i]) - DoubleDouble.product(alpha, alpha)
      let oscillates = exact.high .> 0
      let rate = powers.begin(i, alpha: alpha, q: modes.q[i], sigma: exact, oscillates: oscillates)
      let root = exact.high.replacing(with: -exact.high, where: .!oscillates).roots
      sigma[i] = exact.high
      sigmaRest[i] = exact.low
      turn[i] = 1 / root.replacing(with: tiny, where: root .< tiny)
      // θ < π/2 is at most tan θ = √σ/α and at most (π/2) sin θ; the block may turn by π.
      let turns = (3.1415926 * alpha).replacing(with: 2 * rate, where: 2 * rate .> 3.1415926 * alpha) * turn[i]
      reach[i] = Lanes(repeating: .infinity).replacing(with: 0.999_999 * turns, where: oscillates)
      x[i] = modes.start[i]
      y[i] = (q - alpha) * modes.start[i]
      let slope = y[i] / rate.replacing(with: tiny, where: rate .< tiny)
      let swing = y[i] * turn[i]
      let rest = 1 - rate
      let sum = 1 / rest.replacing(with: tiny, where: rest .< tiny)
      let peak = y[i] * turn[i].replacing(with: sum, where: sum .< turn[i])
      sums.start += x[i] * x[i]
      sums.slope += slope * slope
      sums.swing += swing * swing
      sums.peak += peak * peak
      fastest.replace(with: rate, where: rate .> fastest)
    }
    start = sums.start.sum().squareRoot()
    slope = sums.slope.sum().squareRoot()
    swing = sums.swing.sum().squareRoot()
    if fastest.max() <= 1 { bound = start + sums.peak.sum().squareRoot() }
  }

  /// A bound of √gap(t) / max(r)ᵗ.
  func size(at time: Double) -> Double { start + min(time * slope, swing) }
}

/// The powers M^(2^k) of the modes' matrices, level k after level, made when they are first wanted.
struct MomentumPowers {
  private let groups: Int
  private let accurate: Bool
  /// Level after level: C, S, then the block factors min(rⁿ, 1) and min(r⁻ⁿ, 1), each rounded down a little.
  private let table: UnsafeMutablePointer<Lanes>
  /// Of the highest level: rⁿ, and what the doubles of C, S and rⁿ lack.
  private let top: UnsafeMutablePointer<Lanes>
  /// max(r)ⁿ of each level.
  private let fastest: UnsafeMutablePointer<Double>
  private var highest = 0
  /// The highest level that stays a number.
  private var ceiling = 63
  private static let margin = 1 - 0x1p-31

  /// Groups of four numbers wanted for each group of modes, with budgets of `levels` bits.
  static func memory(_ levels: Int) -> Int { 4 * levels + 4 + 8 }

  /// `memory` has room for at least two groups of modes, even if there is one.
  init(groups: Int, accurate: Bool, in memory: UnsafeMutablePointer<Lanes>) {
    self.groups = groups
    self.accurate = accurate
    fastest = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: Double.self)
    top = memory + 16
    table = memory + 16 + 4 * groups
    for level in 0..<64 { fastest[level] = 0 }
  }

  /// C, S and the two block factors of a level, each `groups` long.
  @inline(__always)
  func level(_ level: Int) -> UnsafeMutablePointer<Lanes> { table + 4 * level * groups }

  /// max(r)^(2^`level`).
  func growth(_ level: Int) -> Double { fastest[level] }

  /// Writes n = 1 of group `i` and gives r.
  @inline(__always)
  func begin(
    _ i: Int, alpha: Lanes, q: Lanes, sigma: DoubleDouble, oscillates: SIMDMask<Lanes.MaskStorage>
  ) -> Lanes {
    var rate: DoubleDouble
    if accurate {
      let modulus = DoubleDouble(q).root
      rate = DoubleDouble(alpha) + (-sigma).root
      rate.high.replace(with: modulus.high, where: oscillates)
      rate.low.replace(with: modulus.low, where: oscillates)
    } else {
      let root = sigma.high.replacing(with: 0, where: oscillates)
      let modulus = q.replacing(with: 0, where: .!oscillates)
      rate = DoubleDouble((alpha + (-root).roots).replacing(with: modulus.roots, where: oscillates))
    }
    let to = table + i
    to[0] = alpha
    to[groups] = Lanes(repeating: 1)
    top[i + groups] = .zero
    top[i + 2 * groups] = .zero
    finish(i, rate, to)
    return rate.high
  }

  /// Writes the block factors of group `i` from rⁿ.
  @inline(__always)
  private func finish(_ i: Int, _ rate: DoubleDouble, _ to: UnsafeMutablePointer<Lanes>) {
    let one = Lanes(repeating: 1)
    top[i] = rate.high
    top[i + 3 * groups] = rate.low
    let grows = rate.high .> one
    to[2 * groups] = rate.high.replacing(with: one, where: grows) * Self.margin
    to[3 * groups] = (one / rate.high.replacing(with: one, where: .!grows)) * Self.margin
  }

  /// Notes the largest rate of level 0.
  mutating func start() { note(0) }

  private mutating func note(_ level: Int) {
    var largest = Lanes.zero
    for i in 0..<groups { largest.replace(with: top[i], where: top[i] .> largest) }
    fastest[level] = largest.max()
    if fastest[level] > 1e140 { ceiling = level }
  }

  /// Sees to it that the levels up to `level` are there; false where they would overflow.
  mutating func extend(to level: Int, _ modes: MomentumModes) -> Bool {
    while highest < level {
      guard highest < ceiling else { return false }
      if accurate { squareAccurately(modes) } else { square(modes) }
      highest += 1
      note(highest)
    }
    return true
  }

  private func square(_ modes: MomentumModes) {
    let from = self.level(highest)
    let to = self.level(highest + 1)
    for i in 0..<groups {
      let c = from[i]
      let s = from[i + groups]
      to[i] = c * c - modes.sigma[i] * s * s
      to[i + groups] = 2 * c * s
      finish(i, DoubleDouble(top[i] * top[i]), to + i)
    }
  }

  private func squareAccurately(_ modes: MomentumModes) {
    let from = self.level(highest)
    let to = self.level(highest + 1)
    for i in 0..<groups {
      let cosine = DoubleDouble(from[i], low: top[i + groups])
      let sine = DoubleDouble(from[i + groups], low: top[i + 2 * groups])
      let sigma = DoubleDouble(modes.sigma[i], low: modes.sigmaRest[i])
      let c = cosine.squared - sigma * sine.squared
      let s = (cosine * sine).doubled
      to[i] = c.high
      to[i + groups] = s.high
      top[i + groups] = c.low
      top[i + 2 * groups] = s.low
      finish(i, DoubleDouble(top[i], low: top[i + 3 * groups]).squared, to + i)
    }
  }
}
