extension Generator {
  /// d: number of features (columns, without a bias).
  package var features: Int {
    switch self {
    case .equicorrelated(let d, _), .autoregressive(let d, _), .factor(let d, _, _), .uncentred(let d, _),
      .geometric(let d, _), .power(let d, _), .hilbert(let d),
      .vandermonde(let d):
      d
    case .block(let sizes, _, _): sizes.reduce(0, Self.boundedSum)
    case .duplicated(let d, let copies), .nearDuplicated(let d, let copies, _): Self.boundedProduct(d, copies)
    case .spectrum(let eigenvalues): eigenvalues.count
    }
  }

  private static func boundedSum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }

  private static func boundedProduct(_ a: Int, _ b: Int) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max : product
  }

  /// E[x_j] of every feature.
  var mean: Double {
    if case .uncentred(_, let mean) = self { return mean }
    return 0
  }

  /// The eigenvalues of a diagonal H; nil for the other families.
  var diagonal: [Double]? {
    switch self {
    case .geometric(let d, let condition):
      (0..<d).map { d == 1 ? 1 : Elementary.pow(condition, -Double($0) / Double(d - 1)) }
    case .power(let d, let exponent): (1...max(d, 1)).map { Elementary.pow(Double($0), -exponent) }
    case .spectrum(let eigenvalues): eigenvalues
    default: nil
    }
  }

  /// H = E[x xᵀ], row-major d × d, exactly symmetric, each entry rounded once or twice.
  func secondMoment() -> [Double] {
    let d = features
    var entries = [Double](repeating: 0, count: d * d)
    if let diagonal {
      for i in 0..<d { entries[i * d + i] = diagonal[i] }
      return entries
    }
    let entry = momentEntry()
    for i in 0..<d {
      for j in 0...i {
        let value = entry(j, i)
        entries[i * d + j] = value
        entries[j * d + i] = value
      }
    }
    return entries
  }

  /// H_ij for i ≤ j of the families that are not diagonal.
  private func momentEntry() -> (Int, Int) -> Double {
    switch self {
    case .equicorrelated(_, let correlation): return { $0 == $1 ? 1 : correlation }
    case .autoregressive(let d, let correlation):
      var powers = [1.0]
      for _ in 1..<max(d, 2) { powers.append(powers[powers.count - 1] * correlation) }
      return { powers[$1 - $0] }
    case .block(let sizes, let within, let between):
      let block = sizes.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
      return { $0 == $1 ? 1 : (block[$0] == block[$1] ? within : between) }
    case .factor(let d, let from, let to):
      let loadings = Self.loadings(d, from, to)
      return { $0 == $1 ? 1 : loadings[$0] * loadings[$1] }
    case .uncentred(_, let mean): return { ($0 == $1 ? 1 : 0) + mean * mean }
    case .hilbert: return { 1 / Double($0 + $1 + 1) }
    case .vandermonde: return { ($0 + $1) % 2 == 0 ? 1 / Double($0 + $1 + 1) : 0 }
    case .duplicated(_, let copies): return { $0 / copies == $1 / copies ? 1 : 0 }
    case .nearDuplicated(_, let copies, let epsilon):
      return { i, j in
        guard i / copies == j / copies else { return 0 }
        return i == j && i % copies > 0 ? 1 + epsilon * epsilon : 1
      }
    case .geometric, .power, .spectrum: return { _, _ in 0 }
    }
  }

  /// l = linspace(from, to, d).
  static func loadings(_ d: Int, _ from: Double, _ to: Double) -> [Double] {
    (0..<d).map { d == 1 ? from : from + (to - from) * (Double($0) / Double(d - 1)) }
  }

  /// Throws unless the settings describe a distribution.
  func validate() throws(DataError) {
    if let problem = sizeProblem ?? rangeProblem { throw DataError("these data do not exist: \(problem)") }
  }

  private var sizeProblem: String? {
    switch self {
    case .duplicated(let d, let copies), .nearDuplicated(let d, let copies, _):
      if d < 1 || copies < 1 { return "`features` and `copies` must be at least 1" }
    case .block(let sizes, _, _):
      if sizes.isEmpty || sizes.contains(where: { $0 < 1 }) { return "`sizes` must be a list of numbers ≥ 1" }
    case .spectrum(let eigenvalues):
      if eigenvalues.isEmpty { return "`eigenvalues` is empty" }
    default:
      if features < 1 { return "`features` must be at least 1" }
    }
    return nil
  }

  private var rangeProblem: String? {
    switch self {
    case .equicorrelated(let d, let r):
      let lowest = d > 1 ? -1 / Double(d - 1) : -1
      return r >= lowest && r <= 1 ? nil : "the correlation \(r) of \(d) features must lie in [\(lowest), 1]"
    case .autoregressive(_, let r):
      return r.magnitude <= 1 ? nil : "the correlation \(r) must lie in [-1, 1]"
    case .block(_, let within, let between):
      return within.magnitude <= 1 && between.magnitude <= 1
        ? nil : "the correlations \(within) and \(between) must lie in [-1, 1]"
    case .factor(_, let from, let to):
      return from.magnitude <= 1 && to.magnitude <= 1 ? nil : "the loadings \(from) and \(to) must lie in [-1, 1]"
    case .uncentred(_, let mean): return mean.isFinite ? nil : "the mean \(mean) is not a finite number"
    case .geometric(_, let condition):
      return condition > 0 && condition.isFinite ? nil : "the condition number \(condition) must be positive and finite"
    case .power(_, let exponent): return exponent.isFinite ? nil : "the exponent \(exponent) is not a finite number"
    case .nearDuplicated(_, _, let epsilon):
      return epsilon.isFinite ? nil : "epsilon \(epsilon) is not a finite number"
    case .spectrum(let eigenvalues):
      let bad = eigenvalues.first { !($0 >= 0 && $0.isFinite) }
      return bad.map { "the eigenvalue \($0) must be finite and not negative" }
    case .hilbert, .vandermonde, .duplicated: return nil
    }
  }
}
