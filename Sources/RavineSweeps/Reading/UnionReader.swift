/// Reads the entries of `union`: each overrides settings and axes of the file.
struct UnionReader {
  let base: BaseSettings
  let axes: [AxisDeclaration]
  let constraints: [Constraint]
  let search: Search
  let span: SourceSpan

  static let keys = SettingsReader.keys + ["axes", "constraints"]

  /// The branches of the sweep: one without `union`.
  func read(_ element: Element?, _ issues: inout Issues) -> [Branch] {
    guard let element else { return [branch(base, axes, constraints, span)] }
    guard let entries = element.list, !entries.isEmpty else {
      issues.error(
        element.list == nil ? .wrongType : .emptyAxis,
        element.list == nil
          ? "`union` must be a list of entries" : "this sweep has 0 trials because `union` has no entries",
        at: element.span, label: "found \(element.list == nil ? element.described : "an empty list")")
      return []
    }
    return entries.map { entry($0, &issues) }
  }

  private func entry(_ element: Element, _ issues: inout Issues) -> Branch {
    let entries = KeyReader(section: "union", valid: Self.keys).entries(element, &issues)
    let own = SettingsReader.read(entries, &issues)
    let merged = base.overridden(by: own)
    let ownAxes = AxesReader(baseSeed: seed(merged), isSampled: search != .grid)
      .read(element.value("axes"), &issues)
    let ownConstraints = ConstraintReader.read(element.value("constraints"), &issues)
    let paths = Set(own.values.paths + ownAxes.flatMap { $0.columns.map(\.path) })
    return branch(
      merged, inherited(paths, ownAxes), constraints + ownConstraints,
      entries.first?.keySpan ?? element.span)
  }

  /// The file's axes, those that the entry gives anew replaced in place, then the entry's further ones. An axis whose
  /// setting the entry fixes is dropped.
  private func inherited(_ paths: Set<SettingPath>, _ own: [AxisDeclaration]) -> [AxisDeclaration] {
    var remaining = own
    var result: [AxisDeclaration] = []
    for axis in axes {
      if axis.columns.contains(where: { paths.contains($0.path) }) {
        let replacing = remaining.filter { new in new.columns.contains { axis.column($0.path) != nil } }
        remaining.removeAll { new in replacing.contains(new) }
        result += replacing
      } else {
        result.append(axis)
      }
    }
    return result + remaining
  }

  private func seed(_ base: BaseSettings) -> UInt64 {
    guard case .seed(let seed) = base.values[.seed] else { return 0 }
    return seed
  }

  private func branch(
    _ base: BaseSettings, _ axes: [AxisDeclaration], _ constraints: [Constraint], _ span: SourceSpan
  ) -> Branch {
    Branch(base: base, axes: axes, constraints: constraints, search: search, span: span)
  }
}
