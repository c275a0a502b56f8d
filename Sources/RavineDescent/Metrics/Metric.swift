/// A measure of a trial that a sweep asks for by name, besides what every record holds. One number for each trial, not
/// a number where it does not exist.
package struct Metric: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Gradients that were computed on the way; looks at the gap alone do not count, nor does the gradient at the end.
    case gradientEvaluations = "gradient-evaluations"
    /// Multiplications and additions in matrix products: 2 d² for a gradient of a quadratic of d weights, 4 d B for
    /// one over B rows, of a net 2 for each weight and row and product; line searches, sweeps and solutions (d³/3)
    /// included.
    case flops
    /// The same over the steps that were done.
    case flopsPerStep = "flops-per-step"
    /// The same two until the gap first fell to 10^−i.
    case gradientEvaluationsTo = "gradient-evaluations-to"
    case flopsTo = "flops-to"
    /// The factor by which the error of the slowest mode shrinks a step: of a quadratic, where the method is the same
    /// linear map at every step. Not a number for any other method.
    case theoreticalRate = "theoretical-rate"
    /// The same from the Hessian at the end, for every model: how fast the trial would go on near a minimum. An
    /// estimate, of nets by ``LocalModel``; none where the way goes over directions that bend down.
    case localRate = "local-rate"
    /// The step size from which on the fastest mode of a quadratic grows, where the method is a linear map that takes a
    /// step size. Not a number for any other method.
    case largestStableStep = "largest-stable-step"
    /// The step at which the gap falls to 10^−i: the one at which it fell, or, beyond the end, the one that the Hessian
    /// at the end foretells (an estimate, see ``LocalModel``). None where the minimum in sight lies above, and beyond
    /// the next decade where the way is flat or bends down.
    case localStepsTo = "local-steps-to"
    /// The factor by which √gap shrank a step between the last rung that was hit and the one before it at an earlier
    /// step, from the gaps at those steps.
    case asymptoticRate = "asymptotic-rate"
    /// Mean |correlation| between the units of the last hidden layer, over the rows.
    case hiddenCorrelation = "hidden-correlation"
    /// Mean |cosine| between the incoming weights of the units of the first layer.
    case weightCorrelation = "weight-correlation"
    /// The largest difference between a weight into a unit of the first layer and that into its first unit.
    case unitSplit = "unit-split"
    /// The largest |W_(l+1)ᵀ W_(l+1) − W_l W_lᵀ| (Frobenius) over neighbouring layers.
    case balancedness
    /// Extreme eigenvalues of the Hessian at the end, and their ratio, over the directions that have an effect: of
    /// quadratics the smallest that is not zero. Of nets by Lanczos' method, to 1e-10 of the largest.
    case hessianMax = "hessian-max"
    case hessianMin = "hessian-min"
    case hessianCondition = "hessian-condition"
    /// Singular values above 1e-10 of the largest, of layer i's weight matrix.
    case numericalRank = "numerical-rank"
    /// Σσ²/σ_max².
    case stableRank = "layer-stable-rank"
    /// exp(−Σ p ln p), p = σ²/Σσ².
    case entropyRank = "layer-entropy-rank"
    /// Weight i in the natural order.
    case weight
    /// |w − w*| along the eigenvector of the i-th largest eigenvalue; quadratics.
    case modeError = "mode-error"
    /// The cosine of the angle between −g and the way to the nearest optimum; quadratics. 1: the gradient points there;
    /// never below 2√κ/(1 + κ) (Kantorovich).
    case gradientCosine = "gradient-cosine"
    /// The gap after i steps, or at the end where that came first.
    case gapAt = "gap-at"
  }

  package var kind: Kind
  /// Layer, weight, mode or step, from 1; 0 for kinds that have none.
  package var index: Int

  package init(kind: Kind, index: Int = 0) {
    self.kind = kind
    self.index = index
  }

  /// As a sweep file writes it: `hidden-correlation`, `weight-2`, `gap-at-1000`.
  package init?(name: String) {
    if let kind = Kind(rawValue: name), !kind.isIndexed {
      self.init(kind: kind)
      return
    }
    guard let dash = name.lastIndex(of: "-"), let kind = Kind(rawValue: String(name[..<dash])), kind.isIndexed,
      let index = Int(name[name.index(after: dash)...]), index >= 1, index <= kind.largestIndex
    else { return nil }
    self.init(kind: kind, index: index)
  }

  package var name: String { kind.isIndexed ? "\(kind.rawValue)-\(index)" : kind.rawValue }

  /// Its column in tables and exports.
  package var column: String { name.split(separator: "-").joined(separator: "_") }
}

extension Metric.Kind {
  /// Whether a number belongs to it.
  package var isIndexed: Bool {
    switch self {
    case .numericalRank, .stableRank, .entropyRank, .weight, .modeError, .gapAt, .gradientEvaluationsTo, .flopsTo,
      .localStepsTo:
      true
    default: false
    }
  }

  var largestIndex: Int {
    switch self {
    case .gradientEvaluationsTo, .flopsTo, .localStepsTo: Ladder.rungs.count
    default: 1 << 53
    }
  }

  /// One line for `ravine schema`.
  package var doc: String {
    switch self {
    case .gradientEvaluations: "gradients that were computed"
    case .flops:
      "multiplications and additions in products: 2 d^2 a gradient of a quadratic, 4 d B of a batch; solving d^3/3"
    case .flopsPerStep: "the same over the steps"
    case .gradientEvaluationsTo: "gradients computed until the gap first fell to 1e-N"
    case .flopsTo: "multiplications and additions until then"
    case .theoreticalRate: "factor by which the slowest mode of a quadratic shrinks in a step, by theory"
    case .localRate: "the same foretold by the Hessian at the end, an estimate"
    case .largestStableStep: "step size from which on a mode of a quadratic grows: 2/L, heavy ball 2 (1 + m)/L, ..."
    case .localStepsTo: "step at which the gap falls to 1e-N: beyond the end foretold by the Hessian there, an estimate"
    case .asymptoticRate:
      "factor by which the root of the gap shrank in a step between the last two rungs"
    case .hiddenCorrelation: "mean |correlation| between the units of the last hidden layer"
    case .weightCorrelation: "mean |cosine| between the weights into the units of the first layer"
    case .unitSplit: "largest difference of a weight from that of the first unit, first layer"
    case .balancedness: "Frobenius norm of W'W - WW' between neighbouring layers, the largest"
    case .hessianMax: "largest eigenvalue of the Hessian at the end"
    case .hessianMin: "smallest eigenvalue of the Hessian at the end; of quadratics the smallest that is not zero"
    case .hessianCondition: "their ratio"
    case .numericalRank: "singular values of layer N's weights above 1e-10 of the largest"
    case .stableRank: "sum of squared singular values over the largest one, layer N"
    case .entropyRank: "exponential of the entropy of the squared singular values, layer N"
    case .weight: "weight N at the end"
    case .modeError: "error along the eigenvector of the N-th largest eigenvalue"
    case .gradientCosine: "cosine of the angle between the negative gradient and the way to the optimum, at the end"
    case .gapAt: "the gap after N steps"
    }
  }
}

/// The metrics of consecutive trials: one row for each trial, one column for each metric.
package struct MetricTable: Equatable, Sendable {
  package var columns: Int
  /// Row-major.
  package var values: [Double]

  package init(columns: Int, values: [Double]) {
    self.columns = columns
    self.values = values
  }

  package static let none = MetricTable(columns: 0, values: [])

  package func row(_ index: Int) -> ArraySlice<Double> { values[(index * columns)..<((index + 1) * columns)] }
}
