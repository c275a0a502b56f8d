/// How a trial ended, with all that its metrics are computed from.
package struct TrialOutcome: Sendable {
  package var record: TrialRecord
  /// w and ∇f at the end, in the natural order.
  package var weights: [Double]
  package var gradient: [Double]
  /// Gradients that were computed.
  package var gradients: UInt64
  /// Multiplications and additions in products.
  package var flops: Double
  /// The gap after each step that was wanted, ascending.
  package var curve: [CurvePoint]
  /// What had been computed when each rung of the ladder was first hit.
  package var costs: [RungCost]

  package init(
    record: TrialRecord, weights: [Double], gradient: [Double], gradients: UInt64 = 0, flops: Double = 0,
    curve: [CurvePoint] = [], costs: [RungCost] = []
  ) {
    self.record = record
    self.weights = weights
    self.gradient = gradient
    self.gradients = gradients
    self.flops = flops
    self.curve = curve
    self.costs = costs
  }
}

/// A first hit: the gap there, and the work of the trial up to it.
package struct RungCost: Equatable, Sendable {
  package var gap: Double
  package var gradients: UInt64
  package var flops: Double

  package init(gap: Double, gradients: UInt64, flops: Double) {
    self.gap = gap
    self.gradients = gradients
    self.flops = flops
  }
}

/// One point of a curve.
package struct CurvePoint: Equatable, Sendable {
  package var step: UInt64
  package var gap: Double

  package init(step: UInt64, gap: Double) {
    self.step = step
    self.gap = gap
  }
}
