import RavineLanes

/// Computes metrics of one trial from how it ended.
struct MetricValues {
  let prepared: PreparedProblem
  let parameters: TrialParameters
  let outcome: TrialOutcome

  private var problem: Problem { prepared.problem }

  /// Of nets; both cost many products with the Hessian.
  private lazy var extremes = netExtremes
  private lazy var model = localModel
  /// By layer, from 1.
  private var ranks: [Int: MatrixRanks] = [:]

  init(prepared: PreparedProblem, parameters: TrialParameters, outcome: TrialOutcome) {
    self.prepared = prepared
    self.parameters = parameters
    self.outcome = outcome
  }

  mutating func value(_ metric: Metric) -> Double {
    let steps = Double(outcome.record.steps)
    switch metric.kind {
    case .gradientEvaluations: return Double(outcome.gradients)
    case .flops: return outcome.flops
    case .flopsPerStep: return steps > 0 ? outcome.flops / steps : .nan
    case .theoreticalRate: return prepared.theoreticalRate(parameters) ?? .nan
    case .largestStableStep: return prepared.largestStableStep(parameters) ?? .nan
    case .gradientEvaluationsTo: return cost(metric.index).map { Double($0.gradients) } ?? .nan
    case .flopsTo: return cost(metric.index)?.flops ?? .nan
    case .localRate: return localRate ?? .nan
    case .localStepsTo: return localSteps(to: metric.index).map { Double($0) } ?? .nan
    case .asymptoticRate: return asymptoticRate
    case .hiddenCorrelation: return hiddenCorrelation
    case .weightCorrelation: return layers.first.map { RowStatistics.meanAbsoluteCosine($0) } ?? .nan
    case .unitSplit: return layers.first.map { RowStatistics.split($0) } ?? .nan
    case .balancedness: return balancedness
    case .hessianMax: return curvature.largest
    case .hessianMin: return curvature.smallest
    case .hessianCondition: return curvature.largest / curvature.smallest
    case .numericalRank, .stableRank, .entropyRank: return rank(metric)
    case .weight: return metric.index <= outcome.weights.count ? outcome.weights[metric.index - 1] : .nan
    case .modeError: return modeError(metric.index)
    case .gradientCosine: return gradientCosine
    case .gapAt: return gap(at: UInt64(metric.index))
    }
  }

  private var asymptoticRate: Double {
    let hits = outcome.record.hits
    let last = hits.count - 1
    guard last > 0, outcome.costs.count == hits.count, let before = (0..<last).last(where: { hits[$0] < hits[last] })
    else { return .nan }
    let ratio = outcome.costs[last].gap / outcome.costs[before].gap
    return Elementary.exp(0.5 * Elementary.log(ratio) / Double(hits[last] - hits[before]))
  }

  /// What rung `number`, from 1, took.
  private func cost(_ number: Int) -> RungCost? {
    outcome.costs.indices.contains(number - 1) ? outcome.costs[number - 1] : nil
  }

  private func gap(at step: UInt64) -> Double {
    if step >= outcome.record.steps { return outcome.record.gap }
    return outcome.curve.first { $0.step == step }?.gap ?? .nan
  }

  private func modeError(_ index: Int) -> Double {
    let d = problem.optimum.count
    let modes = problem.eigenvalues.count
    guard problem.net == nil, outcome.weights.count == d, index <= modes else { return .nan }
    var error = 0.0
    for j in 0..<d {
      error += (outcome.weights[j] - problem.optimum[j]) * problem.eigenvectors[(modes - index) * d + j]
    }
    return error.magnitude
  }

  /// The error along each eigenvector of H, ascending by eigenvalue, null directions left out; nil for nets.
  private var modeErrors: [Double]? {
    let d = problem.optimum.count
    guard problem.net == nil, outcome.weights.count == d else { return nil }
    let error = Vectors.add(outcome.weights, -1, problem.optimum)
    return problem.eigenvalues.indices.map {
      Vectors.dot(error, Array(problem.eigenvectors[($0 * d)..<(($0 + 1) * d)]))
    }
  }

  /// With e the error, null directions left out: eᵀ H e / (|H e| |e|).
  private var gradientCosine: Double {
    guard let errors = modeErrors else { return .nan }
    let gradient = zip(problem.eigenvalues, errors).map { $0 * $1 }
    return Vectors.dot(gradient, errors) / (Vectors.dot(gradient, gradient) * Vectors.dot(errors, errors)).squareRoot()
  }

  // MARK: - Nets

  /// The weight matrices at the end, first layer first.
  private var layers: [WeightMatrix] {
    guard let net = problem.net, outcome.weights.count == net.shape.parameters else { return [] }
    return zip(net.shape.layers, net.shape.offsets).map { layer, offset in
      WeightMatrix(
        rows: layer.outputs, columns: layer.inputs,
        values: Array(outcome.weights[offset..<(offset + layer.inputs * layer.outputs)]))
    }
  }

  private var hiddenCorrelation: Double {
    guard let net = problem.net, net.shape.layers.count > 1, outcome.weights.count == net.shape.parameters else {
      return .nan
    }
    let reference = net.reference
    let units = net.shape.layers[net.shape.layers.count - 2].outputs
    var columns = [[Double]](repeating: [], count: units)
    for row in 0..<net.rows.count {
      let values = reference.activations(outcome.weights, row: row)[net.shape.layers.count - 1]
      for (unit, value) in values.enumerated() { columns[unit].append(value) }
    }
    for unit in columns.indices {
      let mean = columns[unit].reduce(0, +) / Double(net.rows.count)
      columns[unit] = columns[unit].map { $0 - mean }
    }
    return RowStatistics.meanAbsoluteCosine(
      WeightMatrix(rows: units, columns: net.rows.count, values: columns.flatMap { $0 }))
  }

  private var balancedness: Double {
    let layers = layers
    guard layers.count > 1 else { return .nan }
    return zip(layers, layers.dropFirst()).reduce(0) { max($0, RowStatistics.imbalance($1.0, $1.1)) }
  }

  private var curvature: CurvatureExtremes {
    mutating get {
      guard problem.net == nil else { return extremes }
      return CurvatureExtremes(largest: problem.card.lambdaMax, smallest: problem.card.lambdaMin)
    }
  }

  /// The Hessian of a net at the end; nil where the end is no point.
  private func withHessian<Result>(_ body: (borrowing NetCurvature) -> Result?) -> Result? {
    guard let net = problem.net, outcome.weights.count == net.shape.parameters,
      outcome.weights.allSatisfy(\.isFinite)
    else { return nil }
    return body(NetCurvature(net.reference, at: outcome.weights))
  }

  private var netExtremes: CurvatureExtremes {
    withHessian { $0.effectiveExtremes() } ?? CurvatureExtremes(largest: .nan, smallest: .nan)
  }

  private var localModel: LocalModel? {
    withHessian { hessian in LocalModel(gradient: outcome.gradient) { hessian.product($0) } }
  }

  private var localRate: Double? {
    mutating get {
      guard problem.net != nil else { return LocalEstimate.rate(problem, parameters, curvature) }
      guard parameters.isModal else { return nil }
      return model?.rate(problem.recurrence(parameters))
    }
  }

  private mutating func localSteps(to rung: Int) -> UInt64? {
    let record = outcome.record
    if rung <= record.hits.count { return record.hits[rung - 1] }
    guard let net = problem.net, parameters.isModal, let model else { return nil }
    let whole = net.lossAtStart - net.floor
    let steps = model.steps(
      problem.recurrence(parameters), from: record.gap * whole, to: Ladder.rungs[rung - 1] * whole)
    return steps.map { record.steps + $0 }
  }

  private mutating func rank(_ metric: Metric) -> Double {
    let layers = layers
    guard metric.index <= layers.count, outcome.weights.allSatisfy(\.isFinite) else { return .nan }
    let ranks = self.ranks[metric.index] ?? MatrixRanks(layers[metric.index - 1])
    self.ranks[metric.index] = ranks
    switch metric.kind {
    case .numericalRank: return Double(ranks.numerical)
    case .stableRank: return ranks.stable
    default: return ranks.entropy
    }
  }
}

/// A weight matrix, row-major; a row for each unit.
struct WeightMatrix {
  var rows: Int
  var columns: Int
  var values: [Double]

  func row(_ i: Int) -> [Double] { Array(values[(i * columns)..<((i + 1) * columns)]) }
}

/// What the rows of a matrix have in common.
enum RowStatistics {
  /// Mean |cosine| over all pairs of rows; rows of zeros are left out. Not a number for fewer than two.
  static func meanAbsoluteCosine(_ matrix: WeightMatrix) -> Double {
    var rows: [[Double]] = []
    for i in 0..<matrix.rows {
      let row = matrix.row(i)
      let length = Vectors.dot(row, row).squareRoot()
      if length > 0 { rows.append(row.map { $0 / length }) }
    }
    guard rows.count > 1 else { return .nan }
    var sum = 0.0
    for i in rows.indices { for j in 0..<i { sum += Vectors.dot(rows[i], rows[j]).magnitude } }
    return 2 * sum / (Double(rows.count) * Double(rows.count - 1))
  }

  /// max |W_ij − W_0j|.
  static func split(_ matrix: WeightMatrix) -> Double {
    var largest = 0.0
    for i in 0..<matrix.rows {
      for j in 0..<matrix.columns {
        let difference = (matrix.values[i * matrix.columns + j] - matrix.values[j]).magnitude
        // Not `max`: a difference that is not a number must show.
        if !(difference <= largest) { largest = difference }
      }
    }
    return largest
  }

  /// |upperᵀ upper − lower lowerᵀ|, Frobenius.
  static func imbalance(_ lower: WeightMatrix, _ upper: WeightMatrix) -> Double {
    var sum = 0.0
    for i in 0..<lower.rows {
      for j in 0..<lower.rows {
        var difference = -Vectors.dot(lower.row(i), lower.row(j))
        for k in 0..<upper.rows {
          difference += upper.values[k * upper.columns + i] * upper.values[k * upper.columns + j]
        }
        sum += difference * difference
      }
    }
    return sum.squareRoot()
  }
}

/// Ranks of a matrix from its singular values.
struct MatrixRanks {
  private(set) var numerical = 0
  private(set) var stable = Double.nan
  private(set) var entropy = Double.nan

  init(_ matrix: WeightMatrix) {
    // The shorter side as columns; columns of zeros have no direction.
    let wide = matrix.columns > matrix.rows
    let (rows, columns) = wide ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    var work = ColumnMatrix(rows: rows, columns: 0, capacity: columns)
    for j in 0..<columns {
      let column = (0..<rows).map { matrix.values[wide ? j * matrix.columns + $0 : $0 * matrix.columns + j] }
      guard column.contains(where: { $0 != 0 }), column.allSatisfy(\.isFinite) else { continue }
      let target = work.append()
      for i in 0..<rows { target[i] = column[i] }
    }
    guard work.columns > 0 else { return }
    let sigma = JacobiSVD.orthogonalise(work, activeRows: rows)
    let largest = sigma.reduce(0) { max($0, $1) }
    numerical = sigma.count { $0 > 1e-10 * largest }
    let squares = sigma.map { $0 * $0 }.sorted()
    let total = squares.reduce(0, +)
    stable = total / (largest * largest)
    var information = 0.0
    for square in squares where square > 0 {
      let share = square / total
      information -= share * Elementary.log(share)
    }
    entropy = Elementary.exp(information)
  }
}
