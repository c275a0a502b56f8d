/// One axis of the file: the settings that vary together (one, or several when zipped) and where it exists.
struct AxisDeclaration: Hashable, Sendable {
  struct Column: Hashable, Sendable {
    var path: SettingPath
    var series: AxisSeries
    var span: SourceSpan
  }

  var columns: [Column]
  var conditions: [AxisCondition]
  /// Replicates are crossed with the points of a sampled search instead of being sampled.
  var isReplicates: Bool

  /// Number of values; nil where the range is continuous.
  var count: Int? { columns.first?.series.count }

  var span: SourceSpan { columns.first?.span ?? .file }

  /// An axis that touches a setting of the problem is an axis of the problem.
  var scope: Setting.Scope { columns.contains { $0.path.setting.scope == .problem } ? .problem : .trial }

  var name: String { columns.map(\.path.name).joined(separator: " & ") }

  func column(_ path: SettingPath) -> Column? { columns.first { $0.path == path } }
}

/// A condition under which an axis exists: the setting has one of the values.
struct AxisCondition: Hashable, Sendable {
  var path: SettingPath
  var allowed: [SettingValue]
  var span: SourceSpan

  var text: String {
    let values = allowed.map(\.text).joined(separator: ", ")
    return "\(path.name): \(allowed.count == 1 ? values : "[\(values)]")"
  }
}
