import RavineDescent

/// Checked settings to the types of the science. Every value has been checked before; a missing one stands at a
/// harmless neutral value here.
extension SettingValues {
  package var problemSettings: ProblemSettings {
    var problem = ProblemSettings(data: dataSettings)
    problem.shift = number(.shift)
    problem.preprocessing = self[.preprocessing]?.word.flatMap(Preprocessing.init(rawValue:)) ?? .none
    if problem.preprocessing.hasComponents { problem.components = self[.components]?.integer }
    problem.ddof = self[.ddof]?.integer ?? 0
    if case .flag(let flag) = self[.bias] { problem.bias = flag }
    problem.l2 = kind(.model) == "least-squares" ? 0 : number(.l2)
    problem.model = model
    problem.isRotated = self[.rotation]?.word == "random"
    problem.signalToNoise = number(.signalToNoise)
    if case .numbers(let weights) = self[.start] { problem.start = .values(weights) }
    if case .seed(let seed) = self[.seed] { problem.seed = seed }
    return problem
  }

  private var model: Model {
    switch kind(.model) {
    case "logistic": return .logistic
    case "softmax": return .softmax(classes: integer(.classes))
    case "two-layer", "deep-linear": return .net(net)
    default: return .linear
    }
  }

  private var net: NetSettings {
    let isLinear = kind(.model) == "deep-linear"
    var hidden = [integer(.hidden)]
    if case .integers(let widths) = self[.hidden] {
      hidden = widths
    } else if isLinear {
      hidden = Array(repeating: integer(.hidden), count: max((self[.depth]?.integer ?? 2) - 1, 0))
    }
    var net = NetSettings(
      hidden: hidden, activation: isLinear ? .identity : self[.activation]?.word == "relu" ? .relu : .tanh)
    net.loss = self[.loss]?.word == "softmax" ? .softmax : .squared
    net.bottleneck = self[.bottleneck]?.integer ?? 0
    net.teacher = teacher(net.loss)
    let scale = self[.scale]?.number ?? 1
    switch self[.initial]?.word {
    case "zero": net.initial = .zero
    case "identical": net.initial = .identical(scale: scale)
    case "near-identical":
      net.initial = .nearIdentical(scale: scale, epsilon: self[.split]?.number ?? 1e-3)
    case "balanced": net.initial = .balanced(scale)
    default: net.initial = .scaled(scale)
    }
    return net
  }

  private func teacher(_ loss: NetLoss) -> Teacher {
    let outputs = integer(.outputs)
    if loss == .softmax { return .classes(outputs) }
    switch self[.teacher]?.word {
    case "linear": return .linear(outputs: outputs)
    case "diagonal": return .diagonal(exponent: number(.teacherExponent))
    case "net":
      var hidden: [Int] = []
      if case .integers(let values) = self[.teacherHidden] { hidden = values }
      return .net(hidden: hidden, outputs: outputs)
    default: return .target
    }
  }

  package var parameters: TrialParameters {
    var parameters = TrialParameters()
    ParameterPatch.method(kind(.optimizer), step: self[.step], momentum: self[.momentum]).apply(to: &parameters)
    for path in SettingPath.allCases where path != .optimizerKind && path != .step && path != .momentum {
      if let value = self[path] { ParameterPatch(path, value).apply(to: &parameters) }
    }
    return parameters
  }

  private func number(_ path: SettingPath) -> Double { self[path]?.number ?? 0 }

  private func integer(_ path: SettingPath) -> Int { self[path]?.integer ?? 1 }

  private var dataSettings: DataSettings {
    switch kind(.data) {
    case "csv", "npy", "libsvm":
      let column = self[.targetColumn]?.word
      return .file(name: self[.file]?.word ?? "", targetColumn: column, header: headerRule)
    case "rows":
      var inputs: [[Double]] = []
      var targets: [Double] = []
      if case .rows(let rows) = self[.inputs] { inputs = rows }
      if case .numbers(let values) = self[.targets] { targets = values }
      return .rows(inputs: inputs, targets: targets)
    default:
      let samples = self[.samples]?.integer.map { Samples.drawn($0) } ?? .exact
      return .generated(generator, samples: samples, target: target(samples), noise: number(.noise))
    }
  }

  package var headerRule: HeaderRule {
    switch self[.header]?.word {
    case "true": .present
    case "false": .absent
    default: .detect
    }
  }

  private func target(_ samples: Samples) -> Target {
    switch self[.target]?.word {
    case "ones": .ones
    case "alternating": .alternating
    case "first": .first
    case "ramp": .ramp
    case "harmonic": .harmonic
    case "cosine": .cosine
    case "random": .random
    default: samples == .exact ? .ones : .random
    }
  }

  private var generator: Generator {
    let features = integer(.features)
    switch kind(.data) {
    case "ar1": return .autoregressive(features: features, correlation: number(.correlation))
    case "block":
      var sizes: [Int] = []
      if case .integers(let values) = self[.sizes] { sizes = values }
      return .block(sizes: sizes, within: number(.within), between: number(.between))
    case "factor": return .factor(features: features, from: number(.from), to: number(.to))
    case "uncentred": return .uncentred(features: features, mean: number(.mean))
    case "geometric": return .geometric(features: features, condition: number(.condition))
    case "power": return .power(features: features, exponent: number(.exponent))
    case "hilbert": return .hilbert(features: features)
    case "vandermonde": return .vandermonde(features: features)
    case "duplicated": return .duplicated(features: features, copies: integer(.copies))
    case "near-duplicated":
      return .nearDuplicated(features: features, copies: integer(.copies), epsilon: number(.epsilon))
    case "spectrum":
      var eigenvalues: [Double] = []
      if case .numbers(let values) = self[.eigenvalues] { eigenvalues = values }
      return .spectrum(eigenvalues: eigenvalues)
    default: return .equicorrelated(features: features, correlation: number(.correlation))
    }
  }
}
