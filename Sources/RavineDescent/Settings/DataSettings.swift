/// How many rows a generated data set has.
package enum Samples: Hashable, Sendable {
  /// No rows are drawn: the second moment H = E[x xᵀ] is used as it is (population-exact).
  case exact
  /// `n` rows are drawn from N(0, H), or N(μ, ·) for `uncentred`.
  case drawn(Int)
}

/// The true weights w* of a generated data set; index i counts from 0, d = number of features.
package enum Target: Hashable, Sendable {
  /// w*_i = 1.
  case ones
  /// w*_i = (−1)^i.
  case alternating
  /// w* = e_0.
  case first
  /// w*_i = (i + 1) / d.
  case ramp
  /// w*_i = 1 / (i + 1).
  case harmonic
  /// w*_i = cos(i + 1).
  case cosine
  /// w*_i standard normal, keyed by the problem's seed.
  case random
}

/// A family of input distributions, given by its second moment H (d × d).
package enum Generator: Hashable, Sendable {
  /// H = (1 − ρ) I + ρ 11ᵀ.
  case equicorrelated(features: Int, correlation: Double)
  /// H_ij = ρ^|i−j|.
  case autoregressive(features: Int, correlation: Double)
  /// 1 on the diagonal, `within` inside a block, `between` elsewhere. d = sum of sizes.
  case block(sizes: [Int], within: Double, between: Double)
  /// l = linspace(from, to, d), H = diag(1 − l²) + l lᵀ.
  case factor(features: Int, from: Double, to: Double)
  /// Unit variance, mean μ in every column: H = I + μ² 11ᵀ.
  case uncentred(features: Int, mean: Double)
  /// Diagonal, λ_i = κ^(−i/(d−1)), i = 0 … d−1.
  case geometric(features: Int, condition: Double)
  /// Diagonal, λ_i = i^(−α), i = 1 … d.
  case power(features: Int, exponent: Double)
  /// H_ij = 1 / (i + j − 1), i, j = 1 … d.
  case hilbert(features: Int)
  /// x_j = t^j, j = 0 … d−1, t uniform on [−1, 1]: H_ij = 1/(i + j + 1) where i + j is even, else 0 (i, j from 0).
  case vandermonde(features: Int)
  /// H = I_d ⊗ 11ᵀ (`copies` × `copies`): every feature stands `copies` times. Columns: d · copies.
  case duplicated(features: Int, copies: Int)
  /// Each feature z stands `copies` times; copy j > 0 is z + ε ζ_j with its own standard normal ζ_j.
  case nearDuplicated(features: Int, copies: Int, epsilon: Double)
  /// Diagonal with the given eigenvalues (each ≥ 0).
  case spectrum(eigenvalues: [Double])
}

/// Where the inputs X (n × d) and targets y come from.
package enum DataSettings: Hashable, Sendable {
  /// y = X w* + `noise` · ε, ε standard normal (no noise when population-exact).
  case generated(Generator, samples: Samples, target: Target, noise: Double)
  /// A CSV or NPY file, named as in the sweep file. `targetColumn` is a header name or a 0-based number; nil = last.
  case file(name: String, targetColumn: String?, header: HeaderRule)
  /// Rows written in the sweep file itself.
  case rows(inputs: [[Double]], targets: [Double])
}

/// Whether the first line of a CSV file names its columns.
package enum HeaderRule: Hashable, Sendable { case detect, present, absent }

/// What is done to the inputs before training. The bias column is never touched.
package enum Preprocessing: String, Hashable, Sendable, CaseIterable {
  case none
  /// Subtract column means.
  case centre
  /// Centre, then divide by the standard deviation (see ``ProblemSettings/ddof``); a constant column stays 0.
  case standardise
  /// Centre, rotate to principal axes, largest variance first.
  case pca
  /// Centre, rotate to principal axes, divide by sqrt(eigenvalue); null directions are dropped to 0.
  case whitenPCA = "whiten-pca"
  /// `whitenPCA` rotated back: X C^(−1/2).
  case whitenZCA = "whiten-zca"
  /// X L^(−T) with C = L Lᵀ.
  case whitenCholesky = "whiten-cholesky"

  /// Whether it finds the principal axes, so that some of them can be dropped.
  package var hasComponents: Bool { self == .pca || self == .whitenPCA || self == .whitenZCA }
}
