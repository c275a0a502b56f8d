/// The recurrence of a trial. `w` weights, g gradient, η step, m momentum. Raw values are stored and sent.
package enum Method: UInt8, Hashable, Sendable, CaseIterable {
  /// w ← w − η g(w).
  case gradientDescent = 0
  /// v ← m v + g(w); w ← w − η v; v₀ = 0 (Polyak).
  case heavyBall = 1
  /// w′ = u − η g(u); u = w′ + m (w′ − w); u₀ = w₀. The gap is measured at w′.
  case nesterov = 2
  /// The same iteration, measured at the point u at which gradients are taken: v ← m v + g(w); w ← w − η (g + m v).
  case nesterovLookahead = 3
  /// s ← s + g²; w ← w − η g/(√s + ε) (Duchi, Hazan, Singer 2011).
  case adaGrad = 4
  /// s ← ρ s + (1 − ρ) g²; w ← w − η g/(√s + ε) (Tieleman, Hinton 2012).
  case rmsProp = 5
  /// v ← β₁ v + (1 − β₁) g; s ← β₂ s + (1 − β₂) g²; w ← w − η v̂/(√ŝ + ε), v̂ = v/(1 − β₁ᵗ) (Kingma, Ba 2015).
  case adam = 6
  /// One sweep a step: each coordinate in turn goes to its own minimum (Gauss-Seidel). Quadratics only.
  case coordinateDescent = 7
  /// All coordinates go to their own minima at once (Jacobi). Quadratics only.
  case simultaneousCoordinates = 8
  /// Hestenes, Stiefel 1952 on quadratics; Polak-Ribière⁺ with a line search elsewhere.
  case conjugateGradient = 9
  /// Gradient descent with the step that minimises f along −g.
  case exactLineSearch = 10
  /// w ← w − η |diag(H)|⁻¹ g, H the Hessian at the current point; weights without curvature rest.
  case diagonalNewton = 11
  /// w ← w − η H⁺ g, H the Hessian at the current point.
  case newton = 12
  /// Limited-memory BFGS (Nocedal 1980), ten pairs, with a line search.
  case lbfgs = 13
  /// w ← w − η g/|g|: every step is η long, whatever the slope.
  case normalisedGradientDescent = 14
  /// w ← w − s g, s the first of η, ρη, ρ²η … with f(w − s g) ≤ f(w) − c s |g|² (Armijo 1966).
  case backtracking = 15

  /// Whether the method commutes with rotations and is a two-term recurrence on a quadratic.
  package var hasRecurrence: Bool { rawValue <= Method.nesterov.rawValue }

  /// Whether it updates weights element by element from one gradient.
  package var isElementwise: Bool { rawValue <= Method.adam.rawValue }

  /// Whether it chooses its own steps.
  package var findsItsStep: Bool {
    switch self {
    case .coordinateDescent, .simultaneousCoordinates, .conjugateGradient, .exactLineSearch, .lbfgs: true
    default: false
    }
  }

  /// Whether it exists on quadratics only.
  package var needsQuadratic: Bool { self == .coordinateDescent || self == .simultaneousCoordinates }
}

/// How the step size changes: η_t = η · factor(t), t = 0 at the first step. Plain old data.
package struct Schedule: Hashable, Sendable {
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case constant = 0
    /// 1/(1 + t/period).
    case inverseTime = 1
    /// rate^(t/period).
    case exponential = 2
    /// rate^⌊t/period⌋.
    case step = 3
    /// ½ (1 + cos(π t/period)) up to `period`, then 0 (Loshchilov, Hutter 2017, one cycle).
    case cosine = 4
  }

  package var kind = Kind.constant
  /// In steps; > 0.
  package var period: Double = 1
  package var rate: Double = 1
  /// The first `warmUp` steps are also multiplied by (t + 1)/warmUp.
  package var warmUp: UInt64 = 0

  package init() {}

  package var isConstant: Bool { kind == .constant && warmUp == 0 }

  /// The factor at step t ≥ 0.
  package func factor(_ t: UInt64) -> Double {
    let warm = t < warmUp ? Double(t + 1) / Double(warmUp) : 1
    let phase = Double(t) / period
    switch kind {
    case .constant: return warm
    case .inverseTime: return warm / (1 + phase)
    case .exponential: return warm * Elementary.pow(rate, phase)
    case .step: return warm * Elementary.pow(rate, phase.rounded(.down))
    case .cosine: return phase >= 1 ? 0 : warm * 0.5 * (1 + Elementary.cos(phase * 3.141592653589793))
    }
  }
}

/// Which rows a gradient is the mean over. Plain old data.
package struct Batch: Hashable, Sendable {
  package enum Sampling: UInt8, Hashable, Sendable, CaseIterable {
    /// A new random order of all rows every epoch, cut into batches; the last one of an epoch may be smaller.
    case withoutReplacement = 0
    /// Every row of every batch drawn anew from all rows.
    case withReplacement = 1
    /// New rows from the distribution itself, every step.
    case fresh = 2
  }

  /// Rows of one gradient; 0: all rows.
  package var size: UInt32 = 0
  package var sampling = Sampling.withoutReplacement

  package init() {}
}
