/// Rules between settings, tried on the ends of ranges and all values of lists.
struct JointRules {
  let branch: Branch

  private struct Rule: Sendable {
    var paths: [SettingPath]
    /// What is wrong with the values, or nil.
    var verdict: @Sendable (SettingValues) -> String?
  }

  func check(_ issues: inout Issues) {
    for rule in Self.rules {
      // A constraint may take the offending combinations out.
      let isConstrained = branch.constraints.contains { constraint in
        constraint.expression.paths.contains { rule.paths.contains($0) }
      }
      if !isConstrained { check(rule, &issues) }
    }
    for idle in IdleRule.all { check(idle, &issues) }
  }

  private func check(_ rule: Rule, _ issues: inout Issues) {
    let axes = branch.axes(touching: rule.paths)
    for values in branch.candidates(axes) ?? [] {
      guard let verdict = rule.verdict(values) else { continue }
      let culprit = axes.first { axis in axis.columns.contains { rule.paths.contains($0.path) } }
      let span = rule.paths.lazy.compactMap { branch.base.span($0) }.first
      issues.error(.outOfRange, verdict, at: culprit?.span ?? span ?? branch.span, label: "together not possible")
      return
    }
  }

  /// A setting that is given, and that no trial heeds.
  private func check(_ idle: IdleRule, _ issues: inout Issues) {
    let axes = branch.axes(touching: [idle.path] + idle.paths)
    guard let candidates = branch.candidates(axes) else { return }
    let given = candidates.filter { $0[idle.path] != nil }
    guard !given.isEmpty, !given.contains(where: idle.isHeeded) else { return }
    let culprit = axes.first { axis in axis.columns.contains { $0.path == idle.path } }
    if idle.isForAxes {
      if let culprit {
        issues.warning(
          .outOfRange, "`\(idle.path.name)` has no effect here: it belongs to \(idle.place)", at: culprit.span,
          label: "all its trials are alike")
      }
      return
    }
    let span = culprit?.span ?? branch.base.span(idle.path) ?? branch.span
    issues.error(
      .outOfRange, "`\(idle.path.name)` has no effect here: it belongs to \(idle.place)", at: span,
      label: "leave it out")
  }

  private static let rules: [Rule] = [
    Rule(paths: [.correlation, .features]) { values in
      guard values.kind(.data) == "equicorrelated", let correlation = values[.correlation]?.number,
        let features = values[.features]?.integer, features > 1, correlation <= -1 / Double(features - 1)
      else { return nil }
      let limit = Decimal.text(-1 / Double(features - 1))
      return "with \(features) features the common correlation must be > \(limit), found \(Decimal.text(correlation))"
    },
    Rule(paths: [.features, .condition]) { values in
      guard values.kind(.data) == "geometric", values[.features]?.integer == 1,
        let condition = values[.condition]?.number, condition > 1
      else { return nil }
      return "one feature has condition number 1, found \(Decimal.text(condition))"
    },
    Rule(paths: [.features, .copies]) { values in
      guard let features = values[.features]?.integer, let copies = values[.copies]?.integer,
        ["duplicated", "near-duplicated"].contains(values.kind(.data)),
        features * copies > SettingCatalogue.featureRange.upperBound
      else { return nil }
      return
        "\(features) features in \(copies) copies make more than \(SettingCatalogue.featureRange.upperBound) columns"
    },
    Rule(paths: [.noise, .samples, .sampling]) { values in
      guard let noise = values[.noise]?.number, noise > 0, values.effective(.samples) == .word("exact"),
        values[.sampling] != .word("fresh")
      else { return nil }
      return "noise needs drawn samples: the exact second moment has no rows"
    },
    Rule(paths: [.noise, .signalToNoise, .samples]) { values in
      guard values[.signalToNoise] != nil else { return nil }
      if values[.noise] != nil { return "`data.noise` and `data.signal-to-noise` set the same thing" }
      return values.effective(.samples) == .word("exact")
        ? "noise needs drawn samples: the exact second moment has no rows" : nil
    },
    Rule(paths: [.modelKind, .samples, .dataKind]) { values in
      let kind = values.kind(.model)
      guard ["logistic", "softmax", "two-layer"].contains(kind), values.effective(.samples) == .word("exact") else {
        return nil
      }
      return "`\(kind)` needs rows: give `data.samples` a number"
    },
    Rule(paths: [.optimizerKind, .modelKind]) { values in
      guard ["coordinate-descent", "simultaneous-coordinates"].contains(values.kind(.optimizer)),
        !["least-squares", "ridge"].contains(values.kind(.model))
      else { return nil }
      return "`\(values.kind(.optimizer))` exists for quadratics only"
    },
    Rule(paths: [.engine, .modelKind, .optimizerKind, .batch, .schedule]) { values in
      guard values[.engine] == .word("modal") else { return nil }
      let parameters = values.parameters
      let isQuadratic = ["least-squares", "ridge"].contains(values.kind(.model))
      return parameters.isModal && isQuadratic
        ? nil
        : "`engine: modal` needs a quadratic, full batches, a constant step and a method that commutes with rotation"
    },
    Rule(paths: [.sampling, .batch, .dataKind, .modelKind, .preprocessing, .rotation, .bias, .shift]) { values in
      guard values[.sampling] == .word("fresh") else { return nil }
      let isPlain =
        values.kind(.preprocessing) == "none" && values[.bias] != .flag(true) && (values[.shift]?.number ?? 0) == 0
        && values[.rotation]?.word != "random" && ["least-squares", "ridge"].contains(values.kind(.model))
      let isDrawn = KindFamily.data.kind(values.kind(.data))?.knows(.samples) == true
      return isPlain && isDrawn
        ? nil : "fresh rows need generated data without preprocessing, rotation, shift or bias, and a linear model"
    },
    Rule(paths: [.sampling, .samples, .signalToNoise]) { values in
      guard values[.sampling] == .word("fresh"), values.effective(.samples) != .word("exact") else { return nil }
      return "fresh rows come from the distribution itself: leave out `data.samples`, and give `data.noise` as a number"
    },
    Rule(paths: [.bias, .teacher, .loss, .samples, .modelKind]) { values in
      guard values.kind(.model) == "deep-linear", values.effective(.samples) == .word("exact") else { return nil }
      if values[.bias] == .flag(true) { return "a net with `bias` needs rows: give `data.samples` a number" }
      if values[.loss] == .word("softmax") { return "`model.loss: softmax` needs rows: give `data.samples` a number" }
      return values[.teacher] == .word("net")
        ? "`model.teacher: net` needs rows: give `data.samples` a number" : nil
    },
    Rule(paths: [.step, .optimizerKind, .modelKind]) { values in
      let kind = values.kind(.optimizer)
      let isTuned = ["gd_optimal", "heavy_ball_optimal", "nesterov_quadratic_optimal"].contains(kind)
      let isWord = values[.step] == .word("optimal") && kind != "newton" && kind != "diagonal-newton"
      guard isTuned || isWord, !["least-squares", "ridge"].contains(values.kind(.model)) else { return nil }
      return "no step is known to be optimal for `\(values.kind(.model))`: give a number, or a multiple of 1/L"
    },
    Rule(paths: [.step, .optimizerKind]) { values in
      let kinds = ["adagrad", "rmsprop", "adam", "backtracking", "normalised-gradient-descent"]
      guard values[.step] == .word("optimal"), kinds.contains(values.kind(.optimizer)) else { return nil }
      return "no step is known to be optimal for `\(values.kind(.optimizer))`: give a number, or a multiple of 1/L"
    },
    Rule(paths: [.loss, .outputs, .modelKind]) { values in
      guard values.effective(.loss) == .word("softmax"), (values[.outputs]?.integer ?? 1) < 2 else { return nil }
      return "`model.loss: softmax` needs classes: give `model.outputs` 2 or more"
    },
    Rule(paths: [.batch, .sampling, .samples, .dataKind]) { values in
      guard values[.batch]?.integer != nil, values[.sampling] != .word("fresh"),
        values.effective(.samples) == .word("exact")
      else { return nil }
      return "batches need rows: give `data.samples` a number, or `optimizer.sampling: fresh`"
    },
    Rule(paths: [.teacher, .teacherHidden, .modelKind]) { values in
      guard values[.teacher] == .word("net"), values[.teacherHidden] == nil else { return nil }
      return "`model.teacher: net` needs `model.teacher-hidden`"
    },
    Rule(paths: [.depth, .hidden]) { values in
      guard case .integers(let widths) = values[.hidden], let depth = values[.depth]?.integer, depth != widths.count + 1
      else { return nil }
      return
        "`model.hidden` lists \(widths.count) hidden layers, that is `model.depth` \(widths.count + 1), not \(depth)"
    },
    Rule(paths: [.sizes, .within, .between], verdict: { blockVerdict($0) }),
    Rule(paths: [.inputs, .targets]) { values in
      guard case .rows(let rows) = values[.inputs], case .numbers(let targets) = values[.targets],
        rows.count != targets.count
      else { return nil }
      return "`data.inputs` has \(rows.count) rows, `data.targets` has \(targets.count) values"
    },
    Rule(paths: [.components, .features, .copies, .sizes, .eigenvalues, .inputs]) { values in
      guard let components = components(values), let columns = columns(values), components > columns else { return nil }
      return "`components` is \(components), the data have \(columns) column\(columns == 1 ? "" : "s")"
    },
    Rule(paths: [.start, .components, .features, .copies, .sizes, .eigenvalues, .inputs]) { values in
      guard ["least-squares", "ridge"].contains(values.kind(.model)), case .numbers(let weights) = values[.start]
      else { return nil }
      if values.kind(.preprocessing) != "whiten-zca", let components = components(values) {
        return weights.count == components
          ? nil : "`start` has \(weights.count) weights, `components` leaves \(components)"
      }
      guard let columns = columns(values), columns != weights.count else { return nil }
      return "`start` has \(weights.count) weights, the data have \(columns) columns"
    },
  ]

  /// How many principal axes are kept, where that is a number.
  static func components(_ values: SettingValues) -> Int? {
    KindFamily.preprocessing.kind(values.kind(.preprocessing))?.knows(.components) == true
      ? values[.components]?.integer : nil
  }

  /// Number of columns of the data, where the sweep file alone tells.
  static func columns(_ values: SettingValues) -> Int? {
    switch values.kind(.data) {
    case "csv", "npy", "libsvm": return nil
    case "duplicated", "near-duplicated":
      guard let features = values[.features]?.integer, let copies = values[.copies]?.integer else { return nil }
      return features * copies
    case "block":
      guard case .integers(let sizes) = values[.sizes] else { return nil }
      return sizes.reduce(0, +)
    case "spectrum":
      guard case .numbers(let eigenvalues) = values[.eigenvalues] else { return nil }
      return eigenvalues.count
    case "rows":
      guard case .rows(let rows) = values[.inputs] else { return nil }
      return rows.first?.count
    default: return values[.features]?.integer
    }
  }

  /// A block matrix is a second moment where no eigenvalue is negative: besides 1 − within, they are those of
  /// diag(1 + (s − 1) within − s between) + between · √s √sᵀ.
  private static func blockVerdict(_ values: SettingValues) -> String? {
    guard values.kind(.data) == "block", case .integers(let sizes) = values[.sizes],
      let within = values[.within]?.number, let between = values[.between]?.number
    else { return nil }
    let columns = sizes.reduce(0, +)
    if columns > SettingCatalogue.featureRange.upperBound {
      return "the blocks have \(columns) columns, at most \(SettingCatalogue.featureRange.upperBound) are allowed"
    }
    guard sizes.count <= 256 else { return nil }
    var matrix = sizes.map { row in sizes.map { (Double(row) * Double($0)).squareRoot() * between } }
    for (index, size) in sizes.enumerated() { matrix[index][index] = 1 + Double(size - 1) * within }
    for pivot in matrix.indices {
      guard matrix[pivot][pivot] > -1e-12 else {
        return
          "no inputs have correlation \(Decimal.text(within)) inside and \(Decimal.text(between)) between such blocks"
      }
      guard matrix[pivot][pivot] > 1e-12 else { continue }
      for row in matrix.indices where row > pivot {
        let factor = matrix[row][pivot] / matrix[pivot][pivot]
        for column in matrix.indices where column >= pivot { matrix[row][column] -= factor * matrix[pivot][column] }
      }
    }
    return nil
  }
}
