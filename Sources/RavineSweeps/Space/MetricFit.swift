import RavineDescent

/// Which trials a metric has a value for. A metric that has none on any trial of a sweep is a mistake.
struct MetricFit {
  let branches: [Branch]

  /// Nil where some trial has a value for the metric, or that can't be told; otherwise where it belongs, in words.
  func misplaced(_ metric: Metric) -> String? {
    let rule = Self.rule(metric)
    let fits = branches.contains { branch in
      guard let candidates = branch.candidates(branch.axes(touching: rule.paths)) else { return true }
      return candidates.contains(where: rule.holds)
    }
    return fits ? nil : rule.place
  }

  private struct Rule {
    var paths: [SettingPath] = []
    var place = ""
    var holds: (SettingValues) -> Bool = { _ in true }
  }

  private static let recurrence: [SettingPath] = [.optimizerKind, .batch, .schedule, .warmUp]
  private static let shape: [SettingPath] = [.modelKind, .hidden, .depth, .bottleneck]

  private static func rule(_ metric: Metric) -> Rule {
    switch metric.kind {
    case .theoreticalRate:
      Rule(
        paths: recurrence + [.modelKind],
        place: "quadratics and methods that are the same linear map at every step: full batches, a constant step"
      ) { isQuadratic($0) && isLinearMap($0) }
    case .largestStableStep:
      Rule(
        paths: recurrence + [.modelKind],
        place: "quadratics and linear maps that take a step size: gradient-descent, heavy-ball, nesterov, newton, ..."
      ) { isQuadratic($0) && isLinearMap($0) && !$0.parameters.method.findsItsStep }
    case .localRate:
      Rule(paths: recurrence, place: "gradient-descent, heavy-ball and nesterov with full batches and a constant step")
      {
        $0.parameters.isModal
      }
    case .localStepsTo:
      Rule(
        paths: recurrence + [.modelKind],
        place: "logistic, softmax and nets, with full batches and a constant step of a method with a recurrence"
      ) { !isQuadratic($0) && $0.parameters.isModal }
    case .gradientCosine: Rule(paths: [.modelKind], place: "quadratics: least-squares and ridge", holds: isQuadratic)
    case .modeError:
      Rule(
        paths: [.modelKind] + widths,
        place: "quadratics of \(metric.index) weight\(metric.index == 1 ? "" : "s") or more"
      ) { isQuadratic($0) && metric.index <= weights($0) }
    case .weight:
      Rule(
        paths: [.modelKind] + widths, place: "models of \(metric.index) weight\(metric.index == 1 ? "" : "s") or more"
      ) { !isQuadratic($0) || metric.index <= weights($0) }
    case .hiddenCorrelation, .balancedness:
      Rule(paths: shape, place: "nets with hidden layers") { layers($0) > 1 }
    case .weightCorrelation, .unitSplit:
      Rule(paths: shape, place: "models with several units: softmax and nets") {
        layers($0) > 0 && $0.kind(.model) != "logistic"
      }
    case .numericalRank, .stableRank, .entropyRank:
      Rule(paths: shape, place: "a model with \(metric.index) layer\(metric.index == 1 ? "" : "s") or more") {
        layers($0) >= metric.index
      }
    case .gradientEvaluationsTo, .flopsTo:
      Rule(paths: [.gap], place: "trials that go on to a gap of 1e-\(metric.index): lower `stop.gap`") {
        ($0.effective(.gap)?.number ?? 0) <= Ladder.rungs[metric.index - 1]
      }
    case .gradientEvaluations, .flops, .flopsPerStep, .asymptoticRate, .hessianMax, .hessianMin, .hessianCondition,
      .gapAt:
      Rule()
    }
  }

  private static func isQuadratic(_ values: SettingValues) -> Bool {
    ["least-squares", "ridge"].contains(values.kind(.model))
  }

  private static func isLinearMap(_ values: SettingValues) -> Bool {
    let parameters = values.parameters
    switch parameters.method {
    case .gradientDescent, .heavyBall, .nesterov, .nesterovLookahead, .newton, .diagonalNewton, .coordinateDescent,
      .simultaneousCoordinates:
      return parameters.batch.size == 0 && parameters.schedule.isConstant
    case .adaGrad, .rmsProp, .adam, .conjugateGradient, .exactLineSearch, .lbfgs, .normalisedGradientDescent,
      .backtracking:
      return false
    }
  }

  private static let widths: [SettingPath] = [
    .features, .copies, .sizes, .eigenvalues, .inputs, .preprocessing, .components, .bias,
  ]

  /// Weights of a linear model, where the sweep file alone tells.
  private static func weights(_ values: SettingValues) -> Int {
    guard let columns = JointRules.columns(values) else { return .max }
    let kept = values.kind(.preprocessing) == "whiten-zca" ? nil : JointRules.components(values)
    return (kept ?? columns) + (values[.bias] == .flag(true) ? 1 : 0)
  }

  /// Weight matrices of a model; 0 for quadratics.
  private static func layers(_ values: SettingValues) -> Int {
    if isQuadratic(values) { return 0 }
    guard case .net(let net) = values.problemSettings.model else { return 1 }
    return net.hidden.count + 1 + (net.bottleneck > 0 ? 1 : 0)
  }
}
