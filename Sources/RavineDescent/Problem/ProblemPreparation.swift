extension Problem {
  /// Reads or draws the data, preprocesses them and finds spectrum, optimum and start. A pure function: the same
  /// settings and tables give the same bits on every host.
  ///
  /// Order: data → `shift` → preprocessing → bias column. A population-exact problem (see ``Design``) goes the same way
  /// with its moments in place of rows; its loss counts the expectation, so a target mean that the inputs can no longer
  /// express (centred inputs without a bias) stays in `lossAtOptimum`, as it does for drawn data.
  ///
  /// - Parameter tables: the files that `settings` may name, by the name used there.
  /// - Throws: what is wrong with the data or does not fit them, all at once where possible.
  package static func prepare(_ settings: ProblemSettings, tables: [String: Table]) throws(DataError) -> Problem {
    var design = try preprocessed(settings, tables: tables)
    guard settings.model == .linear else {
      return Problem(net: try NetProblem.prepare(settings, design: design), settings)
    }
    let exactMoments =
      design.meanRow != nil && settings.preprocessing == .none && settings.shift == 0 && !settings.isRotated
    design.mergeDuplicates()
    if settings.bias { design.appendBias() }
    let start = try start(settings, features: design.features)
    let spectrum = SpectralDecomposition(design, l2: settings.l2)
    let hessian =
      exactMoments ? momentHessian(settings, features: design.features) : design.hessian(l2: settings.l2)
    let eigenvectors = spectrum.eigenvectors(design)
    let card = card(
      spectrum, dimension: start.count, samples: design.samples, lossAtStart: design.loss(at: start, l2: settings.l2))
    var problem = Problem(
      settings: settings, card: card, featureNames: design.names, eigenvalues: spectrum.eigenvalues,
      startError: spectrum.startError(start: start, eigenvectors: eigenvectors), eigenvectors: eigenvectors,
      hessian: hessian, linear: design.linear(), optimum: spectrum.optimum, start: start)
    problem.rowStore = RowStore {
      guard var design = try? preprocessed(settings, tables: tables) else { return nil }
      design.expand()
      return NetProblem.rows(design)
    }
    return problem
  }

  private static func preprocessed(
    _ settings: ProblemSettings, tables: [String: Table]
  ) throws(DataError) -> Design {
    var design = try Design.make(settings, tables: tables)
    design.shift(by: settings.shift)
    try design.checkComponents(settings)
    design.preprocess(settings)
    if settings.isRotated { design.rotate(seed: settings.seed) }
    try design.checkRange(settings)
    return design
  }

  /// A problem around a net. Its card tells of the Hessian at the start: λ_max is the largest eigenvalue there, λ_min
  /// is not a number.
  package init(net: NetProblem, _ settings: ProblemSettings) {
    let card = ProblemCard(
      dimension: UInt32(clamping: net.shape.parameters), samples: UInt64(clamping: net.rows.count), nullDimension: 0,
      lambdaMax: net.startCurvature.largest, lambdaMin: .nan, stableRank: .nan, entropyRank: .nan,
      lossAtStart: net.lossAtStart, lossAtOptimum: net.floor)
    self.init(
      settings: settings, card: card, featureNames: [], eigenvalues: [], startError: [], eigenvectors: [], hessian: [],
      linear: [], optimum: [], start: [])
    self.net = net
  }

  private static func start(_ settings: ProblemSettings, features: Int) throws(DataError) -> [Double] {
    var start: [Double]
    switch settings.start {
    case .zero: start = [Double](repeating: 0, count: features)
    case .values(let values):
      guard values.count == features else {
        throw DataError(
          "`start` has \(count(values.count, "value")), the data have \(count(features, "feature"))",
          help: "give one value for each feature (the bias always starts at 0)")
      }
      guard values.allSatisfy(\.isFinite) else { throw DataError("`start` holds a value that is not a finite number") }
      start = values
    }
    if settings.bias { start.append(0) }
    return start
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// H of a generated problem that no preprocessing has touched, from the closed form: E[x xᵀ], bordered by E[x] and 1.
  private static func momentHessian(_ settings: ProblemSettings, features d: Int) -> [Double] {
    guard case .generated(let generator, _, _, _) = settings.data else { return [] }
    var moments = generator.secondMoment()
    if settings.l2 > 0 { for j in 0..<d { moments[j * d + j] += settings.l2 } }
    guard settings.bias else { return moments }
    var bordered: [Double] = []
    bordered.reserveCapacity((d + 1) * (d + 1))
    for i in 0..<d {
      bordered += moments[(i * d)..<(i * d + d)]
      bordered.append(generator.mean)
    }
    bordered += Array(repeating: generator.mean, count: d)
    bordered.append(1)
    return bordered
  }

  private static func card(
    _ spectrum: SpectralDecomposition, dimension: Int, samples: Int, lossAtStart: Double
  ) -> ProblemCard {
    let eigenvalues = spectrum.eigenvalues
    let largest = eigenvalues.last ?? 0
    // Smallest first: the least rounding.
    let trace = eigenvalues.reduce(0, +)
    let entropy = eigenvalues.reduce(0) { sum, value in
      let share = value / trace
      return share > 0 ? sum - share * Elementary.log(share) : sum
    }
    return ProblemCard(
      dimension: UInt32(clamping: dimension), samples: UInt64(clamping: samples),
      nullDimension: UInt32(clamping: dimension - eigenvalues.count), lambdaMax: largest,
      lambdaMin: eigenvalues.first ?? 0, stableRank: trace / largest, entropyRank: Elementary.exp(entropy),
      lossAtStart: lossAtStart, lossAtOptimum: spectrum.lossAtOptimum)
  }
}
