import RavineDescent

/// The whole language of sweep files, one entry for each key: what `ravine schema` prints.
package struct SchemaEntry: Hashable, Sendable {
  /// The dotted path of a setting, or a top-level key.
  package var key: String
  package var meaning: String
  /// What may stand there.
  package var allowed: String
  /// As it would be written; empty where it must be given.
  package var standard: String
  /// Kinds that have this setting; empty where all have it.
  package var kinds: [String]
  /// One line of a sweep file.
  package var example: String

  package static let all: [SchemaEntry] = head + SettingPath.allCases.map { SchemaEntry($0) } + tail + metrics

  private init(_ key: String, _ meaning: String, _ allowed: String, example: String) {
    self.key = key
    self.meaning = meaning
    self.allowed = allowed
    standard = ""
    kinds = []
    self.example = example
  }

  private init(_ path: SettingPath) {
    key = path.name
    meaning = path.setting.doc + (path.setting.isAxis ? "" : " (no axis)")
    allowed = path.setting.form.described
    standard = path.setting.defaultText ?? ""
    let family = KindFamily.governing(path)
    kinds = family?.words(knowing: path) ?? []
    let value = Self.exampleValue(path)
    let parts = path.name.split(separator: ".")
    example = parts.count == 2 ? "\(parts[0]): {\(parts[1]): \(value)}" : "\(path.name): \(value)"
  }

  /// A value of a setting as a sweep file writes it.
  static func exampleValue(_ path: SettingPath) -> String {
    switch path {
    case .features: "32"
    case .correlation, .within: "0.9"
    case .between: "0.1"
    case .sizes: "[4, 4]"
    case .from: "0"
    case .to: "0.9"
    case .mean: "3"
    case .condition: "100"
    case .exponent: "1.5"
    case .copies: "2"
    case .epsilon: "0.01"
    case .eigenvalues: "[1, 0.1, 0.01]"
    case .file: "data/longley.csv"
    case .targetColumn: "employed"
    case .inputs: "[[1, 2], [3, 4]]"
    case .targets: "[1, 0]"
    case .signalToNoise: "10"
    case .dataKind: "equicorrelated"
    case .samples: "256"
    case .l2: "0.01"
    case .classes: "10"
    case .hidden: "64"
    case .teacherHidden: "[64, 64]"
    case .components: "10"
    case .start: "[0.5, -0.5]"
    case .step: "1.5/L"
    case .momentum: "0.9"
    case .decay: "0.99"
    case .stabiliser: "1e-8"
    case .batch: "32"
    default: path.setting.defaultText ?? "1"
    }
  }

  private static let head = [
    SchemaEntry("ravine", "format version; comes first", "1", example: "ravine: 1"),
    SchemaEntry("name", "name of the sweep and of its run", "a-z, 0-9 and -", example: "name: correlated-inputs"),
    SchemaEntry("question", "what the sweep asks; printed above its answer", "text", example: "question: How slow?"),
    SchemaEntry("expect", "what should come out; printed beside the answer", "text", example: "expect: about 100"),
  ]

  private static let tail = [
    SchemaEntry(
      "search", "how trials are chosen from the axes",
      "grid, or {kind: random, sobol or latin-hypercube, points, seed}",
      example: "search: {kind: sobol, points: 1000, seed: 1}"),
    SchemaEntry(
      "axes", "what varies, by the path of the setting", "a list, or a range",
      example: "axes: {data.correlation: {one-minus-log: [0.001, 1], count: 20}}"),
    SchemaEntry(
      "constraints", "conditions that trials must meet", "comparisons of settings",
      example: "constraints: [optimizer.step * (1 - optimizer.momentum) < 0.5]"),
    SchemaEntry(
      "union", "sub-grids one after another", "a list of settings, axes and constraints",
      example: "union: [{axes: {data.shift: [0, 100]}}]"),
    SchemaEntry(
      "summary", "the table that answers the question, or a list of them", "rows, columns, value, where, digits",
      example: "summary: {rows: data.correlation, columns: optimizer.step, value: steps}"),
  ]

  private static let metrics =
    Metric.Kind.allCases.map { kind in
      let name = Metric(kind: kind, index: 1).name
      return SchemaEntry(
        "metrics: \(name)", kind.doc, kind.isIndexed ? "a number from 1 in the place of 1" : "the word",
        example: "metrics: [\(name)]")
    } + [
      SchemaEntry(
        "metrics: \(MetricsReader.curve)", "the gap at log-spaced steps, up to the largest stop.steps", "the word",
        example: "metrics: [\(MetricsReader.curve)]")
    ]
}
