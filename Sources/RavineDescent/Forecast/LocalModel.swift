/// The quadratic that a loss is around the point that a trial reached, seen along its gradient g there: the measure
/// that g has of the spectrum of the Hessian, by Lanczos' method. Directions in which g has no part, as the many
/// without curvature of a net with more weights than targets, do not occur.
///
/// To second order descent goes on with f(t) = f(0) − Σ weight_i (1 − ρ_i^2t)/(2 θ_i), ρ_i the rate of the method at
/// curvature θ_i. A direction that bends down is taken as flat: it bends up again before the loss falls without end.
/// An estimate: exact for gradient descent on a quadratic, of nets by a factor of some units for the next decade.
struct LocalModel: Sendable {
  /// A direction: its curvature θ, slightly negative where it is flat, and the square of the gradient's part in it.
  private struct Mode: Sendable {
    var curvature: Double
    var weight: Double

    /// The loss that t steps shed. (1 − eˣ)/(2 θ) by its series where eˣ is near 1.
    func shed(_ t: UInt64, _ logarithm: Double) -> Double {
      let x = 2 * Double(t) * logarithm
      let share = x.magnitude < 1e-5 ? -x * (1 + x / 2 * (1 + x / 3)) : 1 - Elementary.exp(x)
      return weight * share / (2 * curvature)
    }
  }

  private let modes: [Mode]

  /// Vectors after which the measure is taken as it is.
  private static let longest = 120
  /// A share of the gradient, or of the largest curvature, below this is rounding.
  private static let rounding = 1e-12
  /// A model whose minimum is off the known one by a smaller share of the gap means that one.
  private static let fidelity = 0.1
  /// How far down flat directions are followed, as a share of the gap.
  private static let reach = 0.099

  /// nil where the gradient is zero or not finite, or the Hessian is zero along it.
  init?(gradient: [Double], product: ([Double]) -> [Double]) {
    guard let measure = Lanczos.measure(gradient, most: Self.longest, product: product) else { return nil }
    let largest = measure.reduce(0) { max($0, $1.node.magnitude) }
    let whole = measure.reduce(0) { $0 + $1.weight }
    guard largest > 0 else { return nil }
    modes = measure.compactMap { node, weight in
      if node > Self.rounding * largest { return Mode(curvature: node, weight: weight) }
      guard weight > Self.rounding * whole else { return nil }
      return Mode(curvature: -Self.rounding * largest, weight: weight)
    }
  }

  /// Around a minimum, at the point that lies `error` from it.
  init?(error: [Double], product: ([Double]) -> [Double]) { self.init(gradient: product(error), product: product) }

  /// The loss above the minimum in sight, as far as directions that bend up go.
  var total: Double { modes.reduce(0) { $0 + ($1.curvature > 0 ? $1.weight / (2 * $1.curvature) : 0) } }

  /// The rate of the slowest mode; nil where a direction is flat or bends down: no minimum is in sight.
  func rate(_ recurrence: Recurrence) -> Double? {
    guard !modes.isEmpty, modes.allSatisfy({ $0.curvature > 0 }) else { return nil }
    return modes.reduce(0) { max($0, recurrence.rate($1.curvature)) }
  }

  /// The least t at which a loss that is `gap` above the known minimum has fallen to `target` above it; nil where the
  /// minimum in sight lies above that, where the step is too long for a direction, beyond 2⁵³ steps, and, where a
  /// direction is flat, beyond the next decade.
  func steps(_ recurrence: Recurrence, from gap: Double, to target: Double) -> UInt64? {
    let isFlat = modes.contains { $0.curvature < 0 }
    guard !modes.isEmpty, !isFlat || target >= Self.reach * gap else { return nil }
    let logarithms = modes.map { Elementary.log(recurrence.rate($0.curvature)) }
    guard zip(modes, logarithms).allSatisfy({ $0.curvature < 0 || $1 < 0 }) else { return nil }
    var scale = 1.0
    if !isFlat {
      if (total - gap).magnitude <= Self.fidelity * gap { scale = gap / total }
    }
    func isReached(_ t: UInt64) -> Bool {
      var shed = 0.0
      for (mode, logarithm) in zip(modes, logarithms) { shed += mode.shed(t, logarithm) }
      return scale * shed >= gap - target
    }
    if isReached(0) { return 0 }
    var (low, high) = (UInt64(0), UInt64(1))
    while !isReached(high) {
      (low, high) = (high, 2 * high)
      guard high <= 1 << 53 else { return nil }
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if isReached(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
