/// Reads the settings outside of axes: `data`, `model`, `optimizer`, `stop` and those at top level.
struct SettingsReader {
  static let sections = ["data", "model", "optimizer", "stop"]
  /// Top-level keys that hold settings.
  static let keys =
    [
      "data", "model", "preprocessing", "components", "ddof", "rotation", "bias", "start", "optimizer", "stop",
      "precision", "engine", "seed",
    ]

  static func read(_ entries: [Element.Entry], _ issues: inout Issues) -> BaseSettings {
    var base = BaseSettings()
    for entry in entries where keys.contains(entry.key) {
      if sections.contains(entry.key) {
        section(entry, &base, &issues)
      } else if let path = SettingPath(name: entry.key) {
        set(path, entry.value, at: entry.keySpan, &base, &issues)
      }
    }
    return base
  }

  private static func set(
    _ path: SettingPath, _ element: Element, at span: SourceSpan, _ base: inout BaseSettings,
    _ issues: inout Issues
  ) {
    if let value = ValueReader(path).read(element, &issues) { base.set(path, value, at: span) }
  }

  private static func section(_ entry: Element.Entry, _ base: inout BaseSettings, _ issues: inout Issues) {
    if let text = entry.value.text {
      short(entry, text, &base, &issues)
      return
    }
    let valid = SettingCatalogue.settings(in: entry.key)
    let kind = entry.value.value("kind")?.text
    let family = KindFamily.all.first { $0.selector.name == "\(entry.key).kind" }
    let known = kind.flatMap { word in family?.kind(word) }
    let shown = known.map { kind in ["kind"] + (kind.required + kind.optional).map(\.key) }
    let reader = KeyReader(section: entry.key, valid: valid.map(\.path.key), shown: shown)
    for item in reader.entries(entry.value, &issues) {
      guard let setting = valid.first(where: { $0.path.key == item.key }) else { continue }
      set(setting.path, item.value, at: item.keySpan, &base, &issues)
    }
    if entry.key == "data", entry.value.value("kind") == nil, let file = base.values[.file]?.word {
      inferKind(file, at: entry.keySpan, &base)
    }
  }

  /// A word in place of a mapping: a kind, or the name of a data file.
  private static func short(
    _ entry: Element.Entry, _ text: String, _ base: inout BaseSettings, _ issues: inout Issues
  ) {
    let isFile = text.hasSuffix(".csv") || text.hasSuffix(".npy") || text.hasSuffix(".svm") || text.contains("/")
    if entry.key == "data" && isFile {
      set(.file, entry.value, at: entry.value.span, &base, &issues)
      inferKind(text, at: entry.value.span, &base)
    } else if let path = SettingPath(name: "\(entry.key).kind") {
      set(path, entry.value, at: entry.value.span, &base, &issues)
    } else {
      let keys = SettingCatalogue.settings(in: entry.key).map(\.path.key)
      issues.error(
        .wrongType, "`\(entry.key)` must be a mapping of keys to values", at: entry.value.span,
        label: "found \(entry.value.described)", notes: ["keys here: \(keys.joined(separator: ", "))"])
    }
  }

  private static func inferKind(_ file: String, at span: SourceSpan, _ base: inout BaseSettings) {
    let kind = file.hasSuffix(".npy") ? "npy" : file.hasSuffix(".svm") ? "libsvm" : "csv"
    base.set(.dataKind, .word(kind), at: span)
  }
}
