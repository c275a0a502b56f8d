/// Settings given outside of axes, each with its place.
struct BaseSettings: Sendable {
  var values = SettingValues()
  private var spans: [SettingPath: SourceSpan] = [:]

  func span(_ path: SettingPath) -> SourceSpan? { spans[path] }

  mutating func set(_ path: SettingPath, _ value: SettingValue, at span: SourceSpan) {
    values[path] = value
    spans[path] = span
  }

  /// These settings with those of `other` over them. Where `other` changes a kind, settings that the new kind does
  /// not know are left behind.
  func overridden(by other: BaseSettings) -> BaseSettings {
    var result = self
    for family in KindFamily.all {
      guard let word = other.values[family.selector]?.word, let kind = family.kind(word) else { continue }
      for path in SettingPath.allCases where family.governs(path) && !kind.knows(path) { result.values[path] = nil }
    }
    for path in other.values.paths {
      guard let value = other.values[path] else { continue }
      result.set(path, value, at: other.spans[path] ?? .file)
    }
    return result
  }
}

/// One rectangular part of a sweep: the whole sweep, or one entry of its `union`.
struct Branch: Sendable {
  var base: BaseSettings
  var axes: [AxisDeclaration]
  var constraints: [Constraint]
  var search: Search
  var span: SourceSpan

  /// The axis that varies `path`, if any.
  func axis(_ path: SettingPath) -> AxisDeclaration? { axes.first { $0.column(path) != nil } }

  /// Base, axes, constraints and search as text from which the same trials come out.
  var canonicalText: String {
    var lines = ["search \(search.canonicalText)"]
    for path in SettingPath.allCases where axis(path) == nil {
      if let value = base.values.effective(path) { lines.append("\(path.name) = \(value.text)") }
    }
    for axis in axes {
      let columns = axis.columns.map { "\($0.path.name) \($0.series.canonicalText)" }.joined(separator: " & ")
      let conditions = axis.conditions.map(\.text).joined(separator: "; ")
      lines.append("axis \(columns)" + (conditions.isEmpty ? "" : " when \(conditions)"))
    }
    lines += constraints.map { "constraint \($0.text)" }
    return lines.joined(separator: "\n")
  }
}
