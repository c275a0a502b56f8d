/// Reads `when`: settings and the values they must have.
enum ConditionReader {
  static func read(_ element: Element, axis: String, _ issues: inout Issues) -> [AxisCondition] {
    let valid = SettingCatalogue.settings.filter(\.isAxis).map(\.name)
    let entries = KeyReader(section: "when", valid: valid).entries(element, &issues)
    if element.mapping?.isEmpty == true {
      issues.error(
        .condition, "the `when` of axis `\(axis)` is empty", at: element.span, label: "no condition",
        helps: ["write `when: {optimizer.kind: heavy-ball}`"])
    }
    return entries.compactMap { entry in
      guard let path = SettingPath(name: entry.key) else { return nil }
      let reader = ValueReader(path)
      let elements = entry.value.list ?? [entry.value]
      let values = elements.compactMap { reader.read($0, &issues) }
      guard !values.isEmpty else {
        if elements.isEmpty {
          issues.error(
            .condition, "`\(entry.key)` is never one of no values", at: entry.value.span, label: "an empty list")
        }
        return nil
      }
      return AxisCondition(path: path, allowed: values, span: entry.keySpan)
    }
  }
}
