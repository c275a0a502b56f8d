/// A problem made ready for the kernel: the quadratic f(w) = f* + ½ (w − w*)ᵀ H (w − w*), its spectrum and its start.
///
/// H = XᵀX/n + l2 · diag(1, …, 1, 0 for the bias); d = number of columns with the bias.
package struct Problem: Sendable {
  package var settings: ProblemSettings
  package var card: ProblemCard
  /// Names of the columns (without the bias), for reports.
  package var featureNames: [String]

  /// Non-zero eigenvalues λ of H, ascending. Zero ones are counted in `card.nullDimension`.
  package var eigenvalues: [Double]
  /// Coordinates of w₀ − w* in the eigenvectors of `eigenvalues` (same order and count).
  package var startError: [Double]
  /// Row i is the unit eigenvector of `eigenvalues[i]`, d entries; row-major, count × d.
  package var eigenvectors: [Double]

  /// H, row-major d × d, exactly symmetric.
  package var hessian: [Double]
  /// Xᵀy/n, d entries: the gradient is H w − `linear`.
  package var linear: [Double]
  /// The minimum-norm optimum w*, d entries.
  package var optimum: [Double]
  /// w₀, d entries.
  package var start: [Double]
  /// The net, where the model is no quadratic; spectrum, Hessian and optimum are empty then.
  package var net: NetProblem?
  /// The rows of the data, made again when mini-batches ask for them.
  var rowStore = RowStore { nil }

  package init(
    settings: ProblemSettings, card: ProblemCard, featureNames: [String], eigenvalues: [Double],
    startError: [Double], eigenvectors: [Double], hessian: [Double], linear: [Double], optimum: [Double],
    start: [Double]
  ) {
    self.settings = settings
    self.card = card
    self.featureNames = featureNames
    self.eigenvalues = eigenvalues
    self.startError = startError
    self.eigenvectors = eigenvectors
    self.hessian = hessian
    self.linear = linear
    self.optimum = optimum
    self.start = start
  }
}

/// The spectrum of a problem in a few numbers; stored once per problem. Plain old data.
package struct ProblemCard: Equatable, Sendable {
  /// d, with the bias column.
  package var dimension: UInt32
  /// n; 0 for a population-exact problem.
  package var samples: UInt64
  /// Number of zero eigenvalues.
  package var nullDimension: UInt32
  package var lambdaMax: Double
  /// Smallest non-zero eigenvalue.
  package var lambdaMin: Double
  /// Σλ/λ_max.
  package var stableRank: Double
  /// exp(−Σ p ln p), p = λ/Σλ.
  package var entropyRank: Double
  package var lossAtStart: Double
  package var lossAtOptimum: Double
  /// κ = λ_max/λ_min over non-zero eigenvalues.
  package var condition: Double { lambdaMax / lambdaMin }

  package init(
    dimension: UInt32, samples: UInt64, nullDimension: UInt32, lambdaMax: Double, lambdaMin: Double,
    stableRank: Double, entropyRank: Double, lossAtStart: Double, lossAtOptimum: Double
  ) {
    self.dimension = dimension
    self.samples = samples
    self.nullDimension = nullDimension
    self.lambdaMax = lambdaMax
    self.lambdaMin = lambdaMin
    self.stableRank = stableRank
    self.entropyRank = entropyRank
    self.lossAtStart = lossAtStart
    self.lossAtOptimum = lossAtOptimum
  }
}

/// A numeric table read from a file: row-major values.
package struct Table: Hashable, Sendable {
  /// Header names, or nil where the file has none.
  package var names: [String]?
  package var rows: Int
  package var columns: Int
  /// `rows` × `columns`, row-major; every value finite.
  package var values: [Double]

  package init(names: [String]?, rows: Int, columns: Int, values: [Double]) {
    self.names = names
    self.rows = rows
    self.columns = columns
    self.values = values
  }
}
