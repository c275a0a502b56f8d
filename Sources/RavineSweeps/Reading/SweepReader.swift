import RavineDescent

/// Reads a whole sweep file.
struct SweepReader {
  let text: String
  let file: String

  /// Keys of the file that are no settings.
  static let ownKeys = [
    "ravine", "name", "question", "expect", "search", "axes", "constraints", "union", "metrics", "summary",
  ]

  static let keys = Array(ownKeys.prefix(4)) + SettingsReader.keys + Array(ownKeys.dropFirst(4))

  func read() -> Result<Sweep, SweepErrors> {
    var issues = Issues(file: file)
    guard text.utf8.count <= SourceText.byteLimit + 3 else {
      return .failure(
        SweepErrors([
          Diagnostic(
            .error, .encoding, "this sweep file is larger than \(SourceText.byteLimit) bytes", file: file, at: .file,
            helps: ["a sweep is a description of settings; put data into a CSV or NPY file"])
        ]))
    }
    let source = SourceText(text)
    source.check(&issues)
    LexicalScan.check(source, &issues)
    guard issues.errors.isEmpty, let root = YAMLReader.read(source, &issues) else {
      return .failure(SweepErrors(issues.errors))
    }
    let sweep = sweep(root, &issues)
    guard let sweep, issues.errors.isEmpty else { return .failure(SweepErrors(issues.errors)) }
    return .success(sweep)
  }

  private func sweep(_ root: Element, _ issues: inout Issues) -> Sweep? {
    guard checkVersion(root, &issues) else { return nil }
    let entries = KeyReader(section: "", valid: Self.keys).entries(root, &issues)
    let name = name(root, &issues)
    let question = prose(root, "question", &issues)
    let expectation = prose(root, "expect", &issues)
    let branches = branches(root, entries, &issues)
    let paths = Self.axisPaths(branches)
    let metrics = MetricsReader(longest: Self.longest(branches), fit: MetricFit(branches: branches)).read(
      root.value("metrics"), &issues)
    let summaries = SummaryReader(axes: paths, metrics: metrics).readAll(root.value("summary"), &issues)
    guard issues.errors.isEmpty, let space = space(branches, &issues), let name else { return nil }
    let files = files(branches, &issues)
    let report = SizeReport(
      trials: space.trials, unconstrained: space.unconstrained, axes: Self.axes(paths, branches),
      branches: branches.count)
    return Sweep(
      name: name, question: question, expectation: expectation, metrics: metrics, summaries: summaries,
      text: text, file: file,
      dataFiles: files, warnings: SweepErrors(issues.warnings).diagnostics, sizeReport: report, branches: branches,
      space: space, axisPaths: paths)
  }

  /// A file of a later version may mean anything, so nothing else of it is judged.
  private func checkVersion(_ root: Element, _ issues: inout Issues) -> Bool {
    guard let mapping = root.mapping else {
      issues.error(
        .wrongType, "a sweep file is a mapping of keys to values", at: root.span, label: "found \(root.described)",
        helps: ["begin with `ravine: 1`"])
      return false
    }
    guard let version = mapping.first(where: { $0.key == "ravine" }) else {
      issues.error(
        .formatVersion, "missing key `ravine`", at: SourceSpan(line: mapping.first?.keySpan.line ?? 1, column: 1),
        label: "the format version comes first", helps: ["begin the file with `ravine: 1`"])
      return true
    }
    guard let number = ValueReader.bareNumber(version.value, "the format version", &issues) else { return true }
    guard number.integer == Sweep.formatVersion else {
      issues.error(
        .formatVersion, "format version \(Decimal.text(number.value)) is unknown", at: version.value.span,
        label: "this ravine reads version \(Sweep.formatVersion)",
        helps: number.value > 1 ? ["install a newer ravine"] : [])
      return false
    }
    return true
  }

  private func name(_ root: Element, _ issues: inout Issues) -> String? {
    guard let element = root.value("name") else {
      let first = root.mapping?.first?.keySpan
      issues.error(
        .missingKey, "missing key `name`", at: first ?? .file, label: "a sweep needs a name",
        helps: ["add `name: my-sweep`"])
      return nil
    }
    guard let text = element.text, text.utf8.count <= 64 else {
      issues.error(.wrongType, "`name` must be a short word", at: element.span, label: "found \(element.described)")
      return nil
    }
    guard text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }) else {
      issues.error(
        .wrongType, "`name` may hold only a-z, 0-9 and `-`", at: element.span,
        label: "it becomes part of file names", helps: ["write `\(Self.slug(text))`"])
      return nil
    }
    return text
  }

  private static func slug(_ text: String) -> String {
    let words = text.lowercased().unicodeScalars.split { !(("a"..."z").contains($0) || ("0"..."9").contains($0)) }
    return words.isEmpty ? "my-sweep" : words.map { String($0) }.joined(separator: "-")
  }

  private func prose(_ root: Element, _ key: String, _ issues: inout Issues) -> String? {
    guard let element = root.value(key), !element.isNothing else { return nil }
    let lines = (element.list ?? [element]).map(\.text)
    let text = lines.compactMap { $0 }.joined(separator: "\n")
    guard lines.allSatisfy({ $0 != nil }) else {
      issues.error(.wrongType, "`\(key)` must be text", at: element.span, label: "found \(element.described)")
      return nil
    }
    return String(text.drop { $0.isWhitespace })
  }

  private func branches(_ root: Element, _ entries: [Element.Entry], _ issues: inout Issues) -> [Branch] {
    let base = SettingsReader.read(entries, &issues)
    let search = SearchReader.read(root.value("search"), &issues)
    var seed: UInt64 = 0
    if case .seed(let value) = base.values[.seed] { seed = value }
    let axes = AxesReader(baseSeed: seed, isSampled: search != .grid).read(root.value("axes"), &issues)
    let constraints = ConstraintReader.read(root.value("constraints"), &issues)
    let top = entries.first { $0.key == "data" } ?? entries.first
    let reader = UnionReader(
      base: base, axes: axes, constraints: constraints, search: search, span: top?.keySpan ?? .file)
    let hadErrors = !issues.errors.isEmpty
    let branches = reader.read(root.value("union"), &issues)
    if root.value("data") == nil, !branches.isEmpty,
      branches.contains(where: { $0.base.values[.dataKind] == nil && $0.axis(.dataKind) == nil })
    {
      issues.error(
        .missingKey, "missing key `data`", at: root.mapping?.first?.keySpan ?? .file, label: "no data are described",
        helps: ["add `data: {kind: equicorrelated, features: 32, correlation: 0.9}` or `data: my-file.csv`"])
    } else if !hadErrors && issues.errors.isEmpty {
      for branch in branches { BranchChecker(branch: branch).check(&issues) }
    }
    return branches
  }

  private func space(_ branches: [Branch], _ issues: inout Issues) -> SearchSpace? {
    let results = branches.enumerated().compactMap { number, branch in
      BlockBuilder(branch: branch, number: number).build(&issues)
    }
    guard results.count == branches.count, issues.errors.isEmpty else { return nil }
    let space = SearchSpace(results)
    guard space.trials.exact != 0 else {
      let first = branches.flatMap(\.constraints).first
      issues.error(
        .emptyAxis, "this sweep has 0 trials because the constraints leave none of \(space.unconstrained)",
        at: first?.span ?? .file, label: "together with the others never true")
      return nil
    }
    return space
  }

  /// The settings that vary: axes in file order, then settings in which the entries of a union differ.
  private static func axisPaths(_ branches: [Branch]) -> [SettingPath] {
    var paths: [SettingPath] = []
    for path in branches.flatMap(\.axes).flatMap(\.columns).map(\.path) where !paths.contains(path) {
      paths.append(path)
    }
    for path in SettingPath.allCases where !paths.contains(path) {
      if differs(path, branches) { paths.append(path) }
    }
    return paths
  }

  /// Whether the entries of a union differ in a setting: in its value, or in that only some were given one. A default
  /// that comes with the kind of some entries tells nothing.
  private static func differs(_ path: SettingPath, _ branches: [Branch]) -> Bool {
    let values = branches.map { $0.base.values.effective(path) }
    let distinct = Set(values.compactMap { $0 }).count
    guard distinct == 1, values.contains(nil) else { return distinct > 1 }
    return path.setting.isAxis && branches.contains { $0.base.values[path] != nil }
  }

  /// The largest step limit of any trial.
  private static func longest(_ branches: [Branch]) -> UInt64 {
    branches.map { branch in
      guard let column = branch.axis(.steps)?.column(.steps) else { return branch.base.values.parameters.steps }
      return UInt64(max(0, column.series.largestInteger))
    }.max() ?? 0
  }

  private static func axes(_ paths: [SettingPath], _ branches: [Branch]) -> [Plan.Axis] {
    paths.map { path in
      let counts = branches.compactMap { branch -> Int? in
        guard let axis = branch.axis(path) else { return nil }
        guard case .sampled(_, let points, _) = branch.search, !axis.isReplicates else { return axis.count }
        return min(axis.count ?? points, points)
      }
      let fixed = Set(branches.filter { $0.axis(path) == nil }.compactMap { $0.base.values.effective(path) })
      return Plan.Axis(path: path.name, count: max(counts.max() ?? 0, fixed.count))
    }
  }

  private func files(_ branches: [Branch], _ issues: inout Issues) -> [DataFileReference] {
    var references: [DataFileReference] = []
    for branch in branches {
      for (name, span) in Self.fileNames(branch) {
        let reference = DataFileReference(
          name: name, kind: Self.fileKind(name, branch), header: branch.base.values.headerRule, line: span.line,
          column: span.column)
        guard let earlier = references.first(where: { $0.name == name }) else {
          references.append(reference)
          continue
        }
        if earlier.header != reference.header || earlier.kind != reference.kind {
          issues.error(
            .dataFile, "`\(Printable.text(name))` is read in two different ways", at: span,
            label: "another kind or header rule",
            related: [
              Diagnostic.Related(
                span: SourceSpan(line: earlier.line, column: earlier.column), label: "first read here")
            ])
        }
      }
    }
    return references
  }

  private static func fileKind(_ name: String, _ branch: Branch) -> DataFileReference.Kind {
    let word = branch.base.values[.dataKind]?.word
    if word == "npy" || name.hasSuffix(".npy") { return .npy }
    return word == "libsvm" || name.hasSuffix(".svm") ? .libsvm : .csv
  }

  private static func fileNames(_ branch: Branch) -> [(String, SourceSpan)] {
    if let column = branch.axis(.file)?.column(.file), case .list(let values) = column.series {
      return values.compactMap { value in value.word.map { ($0, column.span) } }
    }
    guard let name = branch.base.values[.file]?.word else { return [] }
    return [(name, branch.base.span(.file) ?? .file)]
  }
}
