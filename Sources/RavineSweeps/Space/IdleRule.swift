/// A setting that only matters where others have certain values; given where none of them has, it is a mistake.
struct IdleRule: Sendable {
  let path: SettingPath
  /// The settings that decide.
  let paths: [SettingPath]
  /// Where it belongs, in words.
  let place: String
  /// Whether it may be given once, and where an axis varies it is worth no more than a warning.
  var isForAxes = false
  let isHeeded: @Sendable (SettingValues) -> Bool

  static let all: [IdleRule] =
    [
      IdleRule(path: .teacherExponent, paths: [.teacher], place: "`model.teacher: diagonal`") {
        $0[.teacher] == .word("diagonal")
      },
      IdleRule(path: .teacherHidden, paths: [.teacher], place: "`model.teacher: net`") { $0[.teacher] == .word("net") },
      IdleRule(path: .teacher, paths: [.loss], place: "`model.loss: squared`; classes have a teacher of their own") {
        $0[.loss] != .word("softmax") || $0[.teacher] == .word("target")
      },
      IdleRule(
        path: .outputs, paths: [.teacher, .loss], place: "`model.teacher: linear` or `net`, or `model.loss: softmax`"
      ) {
        [.word("linear"), .word("net")].contains($0[.teacher]) || $0[.loss] == .word("softmax")
          || $0[.outputs]?.integer == 1
      },
      IdleRule(path: .seed, paths: drawing, place: "trials that draw data, weights or batches", isForAxes: true) {
        draws($0)
      },
      IdleRule(path: .engine, paths: [.modelKind, .optimizerKind, .batch, .schedule], place: Self.recurrences) {
        $0[.engine] != .word("direct")
          || ["least-squares", "ridge"].contains($0.kind(.model)) && $0.parameters.isModal
      },
      IdleRule(path: .split, paths: [.initial], place: "`model.initial: near-identical`") {
        $0[.initial] == .word("near-identical")
      },
      IdleRule(path: .scale, paths: [.initial], place: "an `model.initial` that is not zero") {
        $0[.initial] != .word("zero")
      },
      IdleRule(path: .period, paths: [.schedule], place: "an `optimizer.schedule` that is not constant") {
        $0.effective(.schedule) != .word("constant")
      },
      IdleRule(path: .rate, paths: [.schedule], place: "`optimizer.schedule: exponential` or `step`") {
        [.word("exponential"), .word("step")].contains($0[.schedule])
      },
      IdleRule(path: .ddof, paths: [.dataKind, .samples], place: "drawn rows and files: exact moments have no rows") {
        $0.effective(.samples) != .word("exact") || $0[.ddof]?.integer == 0
      },
      IdleRule(path: .sampling, paths: [.batch], place: "mini-batches: give `optimizer.batch`") {
        $0[.batch]?.integer != nil
      },
      IdleRule(path: .every, paths: [.batch], place: "mini-batches: give `optimizer.batch`") {
        $0[.batch]?.integer != nil || $0[.every]?.integer == nil
      },
    ] + [SettingPath.target, .noise, .signalToNoise].map(ofTargets)
    + [SettingPath.initial, .scale, .split].map(ofStarts)

  private static let drawing: [SettingPath] = [
    .dataKind, .samples, .target, .rotation, .modelKind, .loss, .teacher, .initial, .start, .batch,
  ]

  /// Whether a trial depends on its seed.
  private static func draws(_ values: SettingValues) -> Bool {
    if values.effective(.samples)?.integer != nil || values[.target] == .word("random") { return true }
    if values[.rotation] == .word("random") || values[.batch]?.integer != nil { return true }
    guard case .net(let net) = values.problemSettings.model else { return false }
    switch net.teacher {
    case .linear, .net: return true
    case .target, .diagonal, .classes: break
    }
    if case .numbers = values[.start] { return false }
    switch net.initial {
    case .zero, .balanced, .values: return false
    case .scaled, .identical, .nearIdentical: return true
    }
  }

  private static let recurrences = "full batches of gradient-descent, heavy-ball and nesterov on quadratics"

  /// What draws weights is heeded where they are not given.
  private static func ofStarts(_ path: SettingPath) -> IdleRule {
    IdleRule(path: path, paths: [.start], place: "nets whose `start` is not given") {
      if case .numbers = $0[.start] { return false }
      return true
    }
  }

  /// What makes the data's own targets is heeded by models that learn them.
  private static func ofTargets(_ path: SettingPath) -> IdleRule {
    IdleRule(path: path, paths: [.teacher, .loss], place: "models that learn the data's targets, not a teacher's") {
      if $0[path]?.number == 0 { return true }
      switch $0.kind(.model) {
      case "softmax": return false
      case "two-layer", "deep-linear":
        return $0[.loss] != .word("softmax") && [nil, .word("target")].contains($0[.teacher])
      default: return true
      }
    }
  }
}
