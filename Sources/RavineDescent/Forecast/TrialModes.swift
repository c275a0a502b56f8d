/// The moving modes of one trial, four side by side, in borrowed memory: p, q and u(0) of each.
///
/// Modes with q ≥ 0 come first, then, from a fresh group of four, those with q < 0. Padding rests: p = q = u = 0.
struct TrialModes {
  let p: UnsafeMutablePointer<Lanes>
  let q: UnsafeMutablePointer<Lanes>
  let start: UnsafeMutablePointer<Lanes>
  /// Groups of four whose q ≥ 0.
  private(set) var leading = 0
  /// All groups of four.
  private(set) var groups = 0
  /// Some q ≠ 0: the recurrence has two terms.
  private(set) var hasMomentum = false
  /// Some coefficient or start is not a number: nothing can be forecast.
  private(set) var isBroken = false

  /// How many groups of four `modes` modes can fill.
  static func capacity(_ modes: Int) -> Int { (modes + 3) / 4 + 1 }

  /// - Parameter memory: Room for 3 · `capacity(shape.count)` groups.
  init(_ shape: ModalShape, _ recurrence: Recurrence, in memory: UnsafeMutablePointer<Lanes>) {
    let capacity = Self.capacity(shape.count)
    p = memory
    q = memory + capacity
    start = memory + 2 * capacity
    groups = fill(shape, recurrence, from: 0, alternating: false)
    leading = groups
    if hasMomentum, recurrence.method == .nesterov {
      groups = fill(shape, recurrence, from: groups, alternating: true)
    }
  }

  /// Writes the modes whose q is negative (or not) from group `first` on and gives the group after the last.
  private mutating func fill(
    _ shape: ModalShape, _ recurrence: Recurrence, from first: Int, alternating: Bool
  ) -> Int {
    let rounds = recurrence.precision == .float32
    let p = UnsafeMutableRawPointer(p).assumingMemoryBound(to: Double.self)
    let q = UnsafeMutableRawPointer(q).assumingMemoryBound(to: Double.self)
    let start = UnsafeMutableRawPointer(start).assumingMemoryBound(to: Double.self)
    var index = 4 * first
    let count = shape.count
    // From both ends of the spectrum inwards: the slow modes first, so that the last groups die out first.
    for k in 0..<count {
      let i = k % 2 == 0 ? k / 2 : count - 1 - k / 2
      let u = rounds ? Double(Float(shape.start[i])) : shape.start[i]
      let mode = recurrence.coefficients(shape.eigenvalues[i])
      hasMomentum = hasMomentum || mode.q != 0
      isBroken = isBroken || !(mode.p - mode.p + mode.q - mode.q + u - u == 0)
      guard u != 0, (mode.q < 0) == alternating else { continue }
      p[index] = mode.p
      q[index] = mode.q
      start[index] = u
      index += 1
    }
    while index % 4 != 0 {
      p[index] = 0
      q[index] = 0
      start[index] = 0
      index += 1
    }
    return index / 4
  }

  /// gap(t) = Σ u(t)², to about 100 significant bits at any t that matters: every mode raised to the power t by
  /// repeated squaring. Not finite where it overflows. Costs some 300 log₂ t operations a mode.
  func exactGap(at time: UInt64) -> DoubleDouble {
    var sum = DoubleDouble(.zero)
    for i in 0..<groups { sum = sum + (hasMomentum ? twoTerm(i, time) : oneTerm(i, time)).squared }
    return sum.total
  }

  /// u(t) = pᵗ u(0).
  private func oneTerm(_ group: Int, _ time: UInt64) -> DoubleDouble {
    var power = DoubleDouble(p[group])
    var state = DoubleDouble(start[group])
    var left = time
    while left != 0 {
      if left & 1 != 0 { state = state * power }
      left >>= 1
      if left != 0 { power = power.squared }
    }
    return state
  }

  /// u(t) = C u(0) − S y(0); see ``MomentumModes`` for the algebra.
  private func twoTerm(_ group: Int, _ time: UInt64) -> DoubleDouble {
    let half = p[group] * 0.5
    let sigma = DoubleDouble(q[group]) - DoubleDouble.product(half, half)
    var cosine = DoubleDouble(half)
    var sine = DoubleDouble(Lanes(repeating: 1))
    var x = DoubleDouble(start[group])
    var y = (DoubleDouble(q[group]) - DoubleDouble(half)) * x
    var left = time
    while left != 0 {
      if left & 1 != 0 {
        let turned = cosine * x - sine * y
        y = cosine * y + sigma * sine * x
        x = turned
      }
      left >>= 1
      if left != 0 {
        let both = cosine * sine
        cosine = cosine.squared - sigma * sine.squared
        sine = both.doubled
      }
    }
    return x
  }
}
