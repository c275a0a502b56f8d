/// One setting of the sweep file. Parsing, checking, defaults, error messages and the schema all read this.
package struct Setting: Hashable, Sendable {
  /// Which part of a trial it belongs to: trials that agree in all `problem` settings share one data set and spectrum.
  package enum Scope: Hashable, Sendable { case problem, trial }

  package var path: SettingPath
  package var name: String
  package var form: ValueForm
  package var scope: Scope
  /// As it would be written in the file; nil where the setting must be given wherever it applies.
  package var defaultText: String?
  /// One line.
  package var doc: String
  /// Whether it may be varied by an axis.
  package var isAxis: Bool

  fileprivate init(
    _ path: SettingPath, _ name: String, _ form: ValueForm, _ scope: Scope, default defaultText: String? = nil,
    isAxis: Bool = true, _ doc: String
  ) {
    self.path = path
    self.name = name
    self.form = form
    self.scope = scope
    self.defaultText = defaultText
    self.doc = doc
    self.isAxis = isAxis
  }
}

/// The table of all settings, in the order of ``SettingPath``.
package enum SettingCatalogue {
  static let featureRange = 1...10_000

  package static let settings: [Setting] =
    dataSettings + modelSettings + problemSettings + optimizerSettings + trialSettings

  private static let correlationRule = NumberRule(-1, 1)

  private static let dataSettings: [Setting] = [
    Setting(.dataKind, "data.kind", .word(KindFamily.data.words), .problem, "where inputs and targets come from"),
    Setting(.features, "data.features", .integer(featureRange), .problem, "number of input columns d"),
    Setting(
      .samples, "data.samples", .integerOrWord(1...(1 << 31), ["exact"]), .problem, default: "exact",
      "number of rows drawn, or the exact second moment without sampling"),
    Setting(.correlation, "data.correlation", .number(correlationRule), .problem, "correlation of the inputs"),
    Setting(
      .target, "data.target", .word(["ones", "alternating", "first", "ramp", "harmonic", "cosine", "random"]),
      .problem, default: "ones", "the true weights (default ones when exact, random when drawn)"),
    Setting(
      .noise, "data.noise", .number(.notNegative), .problem, default: "0",
      "standard deviation of the noise on the targets"),
    Setting(.sizes, "data.sizes", .integers(featureRange), .problem, "number of columns of each block"),
    Setting(.within, "data.within", .number(correlationRule), .problem, "correlation inside a block"),
    Setting(.between, "data.between", .number(correlationRule), .problem, "correlation between blocks"),
    Setting(
      .from, "data.from", .number(NumberRule(-1, 1, includesLower: true, includesUpper: true)), .problem,
      "loading of the first column on the common factor"),
    Setting(
      .to, "data.to", .number(NumberRule(-1, 1, includesLower: true, includesUpper: true)), .problem,
      "loading of the last column on the common factor"),
    Setting(.mean, "data.mean", .number(.any), .problem, "mean of every column"),
    Setting(
      .condition, "data.condition", .number(NumberRule(1, .infinity, includesLower: true)), .problem,
      "condition number of the second moment"),
    Setting(.exponent, "data.exponent", .number(.any), .problem, "a in the spectrum i^-a"),
    Setting(.copies, "data.copies", .integer(2...65_536), .problem, "how often each column stands"),
    Setting(.epsilon, "data.epsilon", .number(.positive), .problem, "size of the difference between near copies"),
    Setting(.eigenvalues, "data.eigenvalues", .numbers(.notNegative), .problem, "the spectrum itself"),
    Setting(.file, "data.file", .fileName, .problem, "a CSV, NPY or libsvm file"),
    Setting(.targetColumn, "data.target-column", .column, .problem, default: "the last", "which column is the target"),
    Setting(
      .header, "data.header", .word(["detect", "true", "false"]), .problem, default: "detect", isAxis: false,
      "whether the first line names the columns"),
    Setting(.inputs, "data.inputs", .rows, .problem, isAxis: false, "the inputs, row by row"),
    Setting(.targets, "data.targets", .numbers(.any), .problem, isAxis: false, "the target of each row"),
    Setting(
      .shift, "data.shift", .number(.any), .problem, default: "0", "added to every input before preprocessing"),
    Setting(
      .signalToNoise, "data.signal-to-noise", .number(.positive), .problem,
      "|X w*|/|noise|: scales the noise of drawn rows"),
  ]

  private static let modelSettings: [Setting] = [
    Setting(
      .modelKind, "model.kind", .word(KindFamily.model.words), .problem, default: "least-squares",
      "what is fitted"),
    Setting(.l2, "model.l2", .number(.notNegative), .problem, "l2/2 |w|^2 is added, biases left out"),
    Setting(.classes, "model.classes", .integer(2...4096), .problem, "number of classes"),
    Setting(
      .hidden, "model.hidden", .integerOrIntegers(1...65_536), .problem,
      "units of each hidden layer; a list: so many hidden layers"),
    Setting(
      .depth, "model.depth", .integer(1...64), .problem, default: "2", "number of weight matrices of a deep linear net"
    ),
    Setting(
      .activation, "model.activation", .word(["tanh", "relu"]), .problem, default: "tanh",
      "function of the hidden units"),
    Setting(
      .loss, "model.loss", .word(["squared", "softmax"]), .problem, default: "squared", "what the outputs are judged by"
    ),
    Setting(
      .bottleneck, "model.bottleneck", .integer(0...65_536), .problem, default: "0",
      "k linear units between inputs and hidden layer; 0: none"),
    Setting(
      .teacher, "model.teacher", .word(["target", "linear", "diagonal", "net"]), .problem, default: "target",
      "where the targets of a net come from: the data's target, or functions of the inputs"),
    Setting(
      .outputs, "model.outputs", .integer(1...4096), .problem, default: "1", "outputs of the teacher and the net"),
    Setting(
      .teacherHidden, "model.teacher-hidden", .integers(1...4096), .problem, isAxis: false,
      "hidden layers of a teacher net"),
    Setting(
      .teacherExponent, "model.teacher-exponent", .number(.any), .problem, default: "0",
      "p of a diagonal teacher: a_i = lambda_i^-p"),
    Setting(
      .initial, "model.initial", .word(["scaled", "zero", "identical", "near-identical", "balanced"]), .problem,
      default: "scaled", "weights at step 0: normal over sqrt(fan-in), equal units, or a multiple of the identity"),
    Setting(.scale, "model.scale", .number(.positive), .problem, default: "1", "scale of the initial weights"),
    Setting(
      .split, "model.split", .number(.notNegative), .problem, default: "1e-3",
      "size of the random difference between near-identical units"),
  ]

  private static let problemSettings: [Setting] = [
    Setting(
      .preprocessing, "preprocessing",
      .word(KindFamily.preprocessing.words), .problem, default: "none", "what is done to the inputs before training"),
    Setting(
      .components, "components", .integerOrWord(featureRange, ["all"]), .problem, default: "all",
      "principal axes that are kept, those of the largest variances; at most as many as features"),
    Setting(
      .ddof, "ddof", .integer(0...1), .problem, default: "0",
      "what standardising takes from the number of rows: 0 the population's deviation, 1 the sample's"),
    Setting(
      .rotation, "rotation", .word(["none", "random"]), .problem, default: "none",
      "whether the preprocessed inputs are turned by a random rotation"),
    Setting(.bias, "bias", .flag, .problem, default: "false", "whether a column of ones is appended"),
    Setting(
      .start, "start", .numbersOrWord(.any, ["zero"]), .problem, default: "zero", "the weights at step 0"),
    Setting(.seed, "seed", .seed, .problem, default: "0", "keys every random number of the data"),
  ]

  private static let optimizerSettings: [Setting] = [
    Setting(
      .optimizerKind, "optimizer.kind", .word(KindFamily.optimizer.words), .trial, default: "gradient-descent",
      "the recurrence"),
    Setting(
      .step, "optimizer.step", .step, .trial, default: "1/L",
      "step size; adaptive methods, backtracking and normalised steps have no default"),
    Setting(
      .momentum, "optimizer.momentum", .numberOrWord(NumberRule(0, 1, includesLower: true), ["optimal"]), .trial,
      default: "optimal", "share of the last step that is kept (for nets and Adam optimal means 0.9)"),
    Setting(
      .decay, "optimizer.decay", .number(NumberRule(0, 1)), .trial,
      "share of the old mean of g^2 that is kept (RMSprop 0.99, Adam 0.999)"),
    Setting(
      .stabiliser, "optimizer.epsilon", .number(.positive), .trial, "added to the root of the mean of g^2 (1e-8)"),
    Setting(
      .schedule, "optimizer.schedule", .word(["constant", "inverse-time", "exponential", "step", "cosine"]), .trial,
      default: "constant",
      "how the step size changes: 1/(1 + t/period), rate^(t/period), rate^floor(t/period), half a cosine"),
    Setting(.period, "optimizer.period", .number(.positive), .trial, default: "1000", "of the schedule, in steps"),
    Setting(
      .rate, "optimizer.rate", .number(NumberRule(0, 1)), .trial, default: "0.5", "factor of the schedule in a period"),
    Setting(
      .warmUp, "optimizer.warm-up", .integer(0...(1 << 40)), .trial, default: "0",
      "steps over which the step size grows to its full value: times min(1, (t + 1)/warm-up), t from 0"),
    Setting(
      .shrink, "optimizer.shrink", .number(NumberRule(0, 0.99, includesUpper: true)), .trial, default: "0.5",
      "backtracking starts at the step and multiplies it by this until f falls enough"),
    Setting(
      .sufficientDecrease, "optimizer.sufficient-decrease", .number(NumberRule(0, 1)), .trial, default: "1e-4",
      "f falls enough where it falls by this share of step |g|^2 (Armijo)"),
    Setting(
      .batch, "optimizer.batch", .integerOrWord(1...(1 << 31), ["all"]), .trial, default: "all",
      "rows of one gradient; without replacement at most all"),
    Setting(
      .sampling, "optimizer.sampling", .word(["without-replacement", "with-replacement", "fresh"]), .trial,
      default: "without-replacement", "how the rows of a batch are chosen"),
  ]

  private static let trialSettings: [Setting] = [
    Setting(.gap, "stop.gap", .number(NumberRule(0, 1)), .trial, default: "1e-6", "converged at this relative gap"),
    Setting(.steps, "stop.steps", .integer(0...(1 << 53)), .trial, default: "1000000", "step limit"),
    Setting(
      .divergence, "stop.divergence", .number(NumberRule(1, .infinity)), .trial, default: "1e30",
      "diverged above this relative gap"),
    Setting(
      .every, "stop.every", .integerOrWord(1...(1 << 40), ["auto"]), .trial, default: "auto",
      "of mini-batches: steps between looks at the gap; auto: an epoch. Full batches are looked at after every step"),
    Setting(
      .precision, "precision", .word(["float64", "float32"]), .trial, default: "float64",
      "element type of the steps"),
    Setting(.engine, "engine", .word(["auto", "modal", "direct"]), .trial, default: "auto", "path of the kernel"),
  ]

  /// The settings of one mapping (`data`, `model`, `optimizer`, `stop`), or those at top level for nil.
  static func settings(in section: String?) -> [Setting] {
    settings.filter { setting in
      let parts = setting.name.split(separator: ".")
      return section.map { parts.count == 2 && parts[0] == $0 } ?? (parts.count == 1)
    }
  }
}
