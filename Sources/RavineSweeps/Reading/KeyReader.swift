import RavineDescent

/// Reads the keys of one mapping and reports those that are unknown.
struct KeyReader {
  /// The mapping as the user would name it, such as `optimizer`; empty at top level.
  let section: String
  let valid: [String]
  /// The keys to list in messages where fewer than ``valid`` make sense.
  var shown: [String]?

  /// The known entries in file order.
  func entries(_ element: Element, _ issues: inout Issues) -> [Element.Entry] {
    guard let mapping = element.mapping else {
      issues.error(
        .wrongType, "\(section.isEmpty ? "the file" : "`\(section)`") must be a mapping of keys to values",
        at: element.span, label: "found \(element.described)",
        notes: ["keys here: \((shown ?? valid).joined(separator: ", "))"])
      return []
    }
    return mapping.filter { entry in
      if valid.contains(entry.key) { return true }
      unknown(entry, &issues)
      return false
    }
  }

  private func unknown(_ entry: Element.Entry, _ issues: inout Issues) {
    let place = section.isEmpty ? "" : " in `\(section)`"
    if !section.isEmpty, SweepReader.ownKeys.contains(entry.key) {
      issues.error(
        .unknownKey, "unknown key `\(entry.key)`\(place)", at: entry.keySpan, label: label(),
        helps: ["`\(entry.key)` is a key of the file itself: write it at the left margin"])
      return
    }
    issues.error(
      .unknownKey, "unknown key `\(Printable.text(entry.key))`\(place)", at: entry.keySpan,
      label: label(), helps: suggestion(entry.key).map { [$0] } ?? [],
      notes: ["keys here: \((shown ?? valid).joined(separator: ", "))"])
  }

  private func label() -> String {
    switch section {
    case "": "not a key of a sweep file"
    case "axes": "not a sweep axis"
    default: "not a key of `\(section)`"
    }
  }

  private func suggestion(_ word: String) -> String? {
    let near = Spelling.nearest(to: word, among: shown ?? valid) ?? Spelling.nearest(to: word, among: valid)
    if let near { return "did you mean `\(near)`?" }
    if let meaning = Spelling.alias(for: word) {
      let key = meaning.split(separator: ".").last.map(String.init) ?? meaning
      if meaning == "\(section).\(key)" && valid.contains(key) { return "did you mean `\(key)`?" }
      if valid.contains(meaning) { return "did you mean `\(meaning)`?" }
      return "did you mean the setting `\(meaning)`?"
    }
    let full = valid.filter { $0.hasSuffix("." + word) }
    if let only = full.first, full.count == 1 { return "did you mean `\(only)`?" }
    if let path = SettingPath.allCases.first(where: { $0.key == word && $0.name != word }) {
      return "did you mean the setting `\(path.name)`?"
    }
    return nil
  }
}
