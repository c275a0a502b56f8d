/// The combinations of values that rules between settings are tried on: all values of lists, the ends of ranges.
extension Branch {
  /// Larger products are left to the run itself.
  private static let combinationLimit = 1 << 16

  /// The axes that vary one of `paths`, or a kind, which decides whether they exist.
  func axes(touching paths: [SettingPath]) -> [AxisDeclaration] {
    axes.filter { axis in
      axis.columns.contains { column in
        paths.contains(column.path) || KindFamily.all.contains { $0.selector == column.path }
      }
    }
  }

  /// The combinations of values of these axes; nil where there are too many to try.
  func candidates(_ axes: [AxisDeclaration]) -> [SettingValues]? {
    var candidates = [base.values]
    for axis in axes {
      let rows = Self.rows(axis)
      guard candidates.count * max(1, rows.count) <= Self.combinationLimit else { return nil }
      candidates = candidates.flatMap { values -> [SettingValues] in
        guard Self.holds(axis, values) else { return [values] }
        return rows.map { row in
          var next = values
          for (column, value) in zip(axis.columns, row) { next[column.path] = value }
          return next
        }
      }
    }
    return candidates
  }

  private static func holds(_ axis: AxisDeclaration, _ values: SettingValues) -> Bool {
    axis.conditions.allSatisfy { condition in
      values.effective(condition.path).map { condition.allowed.contains($0) } ?? false
    }
  }

  /// The values of an axis to try: all of a list, both ends of a range.
  private static func rows(_ axis: AxisDeclaration) -> [[SettingValue]] {
    guard let count = axis.count else {
      return [0, 1].map { u in axis.columns.map { $0.series.value(atFraction: u) } }
    }
    let isList = axis.columns.contains { column in
      if case .list = column.series { return true }
      return false
    }
    let indices = isList ? Array(0..<count) : [0, count - 1]
    return indices.map { index in axis.columns.map { $0.series.value(at: index) } }
  }
}
