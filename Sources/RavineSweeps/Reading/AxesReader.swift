/// Reads the `axes` mapping, with its zipped groups.
struct AxesReader {
  let baseSeed: UInt64
  let isSampled: Bool

  private static let axisNames = SettingCatalogue.settings.filter(\.isAxis).map(\.name)

  func read(_ element: Element?, _ issues: inout Issues) -> [AxisDeclaration] {
    guard let element, !element.isNothing else { return [] }
    var axes: [AxisDeclaration] = []
    for entry in KeyReader(section: "axes", valid: Self.axisNames + ["zip"]).entries(element, &issues) {
      if entry.key == "zip" {
        axes += zips(entry.value, &issues)
      } else if let axis = self.axis(entry, isZipped: false, &issues) {
        axes.append(axis)
      }
    }
    return distinct(axes, &issues)
  }

  private func axis(_ entry: Element.Entry, isZipped: Bool, _ issues: inout Issues) -> AxisDeclaration? {
    guard let path = SettingPath(name: entry.key) else { return nil }
    let reader = AxisReader(path: path, keySpan: entry.keySpan, baseSeed: baseSeed, isSampled: isSampled)
    guard var axis = reader.read(entry.value, &issues) else { return nil }
    if !isZipped {
      let list = entry.value.list ?? entry.value.value("values")?.list ?? []
      axis.columns = Deduplication.apply(axis.columns, elements: [list], &issues)
    }
    return axis
  }

  private func zips(_ element: Element, _ issues: inout Issues) -> [AxisDeclaration] {
    guard let groups = element.list else {
      issues.error(
        .zip, "`zip` must be a list of groups", at: element.span, label: "found \(element.described)",
        helps: ["write `zip: [{data.features: [2, 4], data.correlation: [0.1, 0.9]}]`"])
      return []
    }
    return groups.compactMap { zip($0, &issues) }
  }

  private func zip(_ group: Element, _ issues: inout Issues) -> AxisDeclaration? {
    let entries = KeyReader(section: "zip", valid: Self.axisNames + ["when"]).entries(group, &issues)
    let members = entries.filter { $0.key != "when" }
    let conditions = group.value("when").map { ConditionReader.read($0, axis: "zip", &issues) } ?? []
    let axes = members.compactMap { axis($0, isZipped: true, &issues) }
    guard axes.count == members.count, let first = axes.first else {
      if members.isEmpty { issues.error(.zip, "a zipped group without axes", at: group.span, label: "empty") }
      return nil
    }
    for axis in axes where !axis.conditions.isEmpty {
      issues.error(
        .zip, "`when` inside a zipped axis", at: axis.conditions[0].span, label: "the group exists as a whole",
        helps: ["put `when` beside the axes of the group"])
    }
    for axis in axes.dropFirst() where axis.count != first.count {
      let sizes = axes.map { "`\($0.name)` has \($0.count.map { String($0) } ?? "no count")" }
      issues.error(
        .zip, "zipped axes must be equally long", at: axis.span, label: "\(axis.count ?? 0) values",
        related: [Diagnostic.Related(span: first.span, label: "\(first.count ?? 0) values")],
        notes: [sizes.joined(separator: ", ")])
      return nil
    }
    let elements = members.map { $0.value.list ?? $0.value.value("values")?.list ?? [] }
    let columns = Deduplication.apply(axes.flatMap(\.columns), elements: elements, &issues)
    return AxisDeclaration(columns: columns, conditions: conditions, isReplicates: false)
  }

  /// Reports a setting that two axes vary.
  private func distinct(_ axes: [AxisDeclaration], _ issues: inout Issues) -> [AxisDeclaration] {
    var first: [SettingPath: SourceSpan] = [:]
    return axes.filter { axis in
      var isNew = true
      for column in axis.columns {
        if let earlier = first[column.path] {
          isNew = false
          issues.error(
            .duplicateAxis, "two axes vary `\(column.path.name)`", at: column.span, label: "and here again",
            related: [Diagnostic.Related(span: earlier, label: "varied here first")], helps: ["keep one of them"])
        }
        first[column.path] = first[column.path] ?? column.span
      }
      return isNew
    }
  }
}
