import RavineDescent

/// Reads one value of a setting; reports what is wrong with it.
struct ValueReader {
  let setting: Setting

  init(_ path: SettingPath) { setting = path.setting }

  private var name: String { setting.name }

  func read(_ element: Element, _ issues: inout Issues) -> SettingValue? {
    switch setting.form {
    case .number(let rule): return number(element, rule, words: [], &issues)
    case .numberOrWord(let rule, let words): return number(element, rule, words: words, &issues)
    case .integer(let range): return integer(element, range, words: [], &issues).map { .integer($0) }
    case .integerOrWord(let range, let words):
      if let word = element.plainText, words.contains(word) { return .word(word) }
      return integer(element, range, words: words, &issues).map { .integer($0) }
    case .integerOrIntegers(let range):
      if element.list != nil { return integers(element, range, &issues) }
      return integer(element, range, words: [], &issues).map { .integer($0) }
    case .seed: return seed(element, &issues)
    case .flag: return flag(element, &issues)
    case .word(let words): return word(element, words, &issues)
    case .step: return step(element, &issues)
    case .numbers(let rule): return numbers(element, rule, &issues)
    case .integers(let range): return integers(element, range, &issues)
    case .numbersOrWord(let rule, let words):
      if let word = element.plainText, words.contains(word) { return .word(word) }
      return numbers(element, rule, &issues)
    case .rows: return rows(element, &issues)
    case .fileName: return fileName(element, &issues)
    case .column:
      guard let text = element.text else { return mismatch(element, &issues) }
      return .text(text)
    }
  }

  /// Reads a number that is not the value of a setting itself, such as the end of a range.
  static func bareNumber(_ element: Element, _ what: String, _ issues: inout Issues) -> StrictNumber? {
    guard case .scalar(let text, let isPlain) = element.content else {
      issues.error(
        .wrongType, "\(what) must be a number", at: element.span, label: "found \(element.described)")
      return nil
    }
    switch StrictNumber.parse(text) {
    case .success(let number) where isPlain: return number
    case .success:
      issues.error(
        .wrongType, "\(what) must be a number", at: element.span, label: "found quoted text",
        helps: ["write it without quotes"])
    case .failure(let refusal):
      let shown = text.isEmpty ? "nothing" : "`\(Printable.text(text, limit: 40))`"
      issues.error(
        .numberGrammar, "\(what) must be a number, found \(shown)", at: element.span, label: refusal.reason,
        helps: refusal.help.map { [$0] } ?? [])
    }
    return nil
  }

  /// Reports a number outside the rule of this setting; true where it is inside.
  func check(_ value: Double, _ rule: NumberRule, at span: SourceSpan, _ issues: inout Issues) -> Bool {
    guard !rule.contains(value) else { return true }
    issues.error(
      .outOfRange, "`\(name)` must be \(rule.described), found \(Decimal.text(value))", at: span,
      label: Self.reason(setting.path), notes: ["`\(name)`: \(setting.doc)"])
    return false
  }

  private static func reason(_ path: SettingPath) -> String {
    switch path {
    case .correlation, .within, .between: "a correlation of 1 or more makes columns equal: use `duplicated`"
    case .momentum: "with momentum 1 or more no method converges"
    case .gap: "the gap is 1 at the start and falls towards 0"
    case .condition: "the largest eigenvalue over the smallest is never below 1"
    case .eigenvalues: "a second moment has no negative eigenvalue"
    case .step: "a step of this size goes nowhere, or uphill"
    default: "not allowed here"
    }
  }

  private func number(
    _ element: Element, _ rule: NumberRule, words: [String], _ issues: inout Issues
  ) -> SettingValue? {
    if let word = element.plainText, words.contains(word) { return .word(word) }
    guard let number = bare(element, words: words, &issues) else { return nil }
    return check(number.value, rule, at: element.span, &issues) ? .number(number.value) : nil
  }

  /// A number, with a suggestion where a word was probably meant.
  private func bare(_ element: Element, words: [String], _ issues: inout Issues) -> StrictNumber? {
    if let text = element.plainText, case .failure = StrictNumber.parse(text),
      let near = Spelling.nearest(to: text, among: words)
    {
      unknownWord(element, text, near: near, &issues)
      return nil
    }
    return Self.bareNumber(element, "`\(name)`", &issues)
  }

  private func integer(
    _ element: Element, _ range: ClosedRange<Int>, words: [String], _ issues: inout Issues
  ) -> Int? {
    guard let number = bare(element, words: words, &issues) else { return nil }
    if number.value != number.value.rounded(.towardZero) {
      issues.error(
        .wrongType, "`\(name)` must be a whole number, found \(Decimal.text(number.value))", at: element.span,
        label: "not a whole number")
      return nil
    }
    guard let value = number.integer, range.contains(value) else {
      issues.error(
        .outOfRange,
        "`\(name)` must be from \(range.lowerBound) to \(range.upperBound), found \(Decimal.text(number.value))",
        at: element.span, label: "not allowed here", notes: ["`\(name)`: \(setting.doc)"])
      return nil
    }
    return value
  }

  private func seed(_ element: Element, _ issues: inout Issues) -> SettingValue? {
    guard let number = bare(element, words: [], &issues) else { return nil }
    guard let magnitude = number.magnitude, !number.isNegative || magnitude == 0 else {
      issues.error(
        .outOfRange, "`\(name)` must be \(setting.form.described)", at: element.span,
        label: number.isNegative ? "a negative seed" : "too large or not whole")
      return nil
    }
    return .seed(magnitude)
  }

  private func flag(_ element: Element, _ issues: inout Issues) -> SettingValue? {
    switch element.plainText {
    case "true": return .flag(true)
    case "false": return .flag(false)
    case let text?:
      let yes = ["yes", "on", "y", "True", "TRUE", "1"].contains(text)
      let no = ["no", "off", "n", "False", "FALSE", "0"].contains(text)
      issues.error(
        .wrongType, "`\(name)` must be true or false, found `\(Printable.text(text))`", at: element.span,
        label: "not a truth value here", helps: yes ? ["write `true`"] : no ? ["write `false`"] : [])
      return nil
    case nil: return mismatch(element, &issues)
    }
  }

  private func word(_ element: Element, _ words: [String], _ issues: inout Issues) -> SettingValue? {
    guard let text = element.text else { return mismatch(element, &issues) }
    if words.contains(text) { return .word(text) }
    unknownWord(element, text, near: Spelling.nearest(to: text, among: words) ?? Self.synonym(text, words), &issues)
    return nil
  }

  private func unknownWord(_ element: Element, _ text: String, near: String?, _ issues: inout Issues) {
    issues.error(
      .unknownWord, "unknown value `\(Printable.text(text))` for `\(name)`", at: element.span,
      label: "not a value of `\(name)`", helps: near.map { ["did you mean `\($0)`?"] } ?? [],
      notes: ["allowed here: \(setting.form.words.joined(separator: ", "))"])
  }

  private static func synonym(_ text: String, _ words: [String]) -> String? {
    let synonyms = [
      ("gd", "gradient-descent"), ("sgd", "gradient-descent"), ("momentum", "heavy-ball"), ("polyak", "heavy-ball"),
      ("nag", "nesterov"), ("ols", "least-squares"), ("linear", "least-squares"), ("standardize", "standardise"),
      ("center", "centre"), ("double", "float64"), ("single", "float32"), ("zca", "whiten-zca"),
      ("autoregressive", "ar1"), ("toeplitz", "ar1"), ("zeros", "zero"),
      ("armijo", "backtracking"), ("normalized-gradient-descent", "normalised-gradient-descent"),
    ]
    let meaning = synonyms.first { $0.0 == text.lowercased() }?.1
    return meaning.flatMap { words.contains($0) ? $0 : nil }
  }

  private func step(_ element: Element, _ issues: inout Issues) -> SettingValue? {
    guard let text = element.plainText else { return mismatch(element, &issues) }
    if text == "optimal" { return .word("optimal") }
    let spectral = text.hasSuffix("/L") || text.hasSuffix("/l")
    let body = spectral ? String(text.dropLast(2)) : text
    guard spectral || Spelling.nearest(to: text, among: ["optimal"]) == nil else {
      unknownWord(element, text, near: "optimal", &issues)
      return nil
    }
    let inner = Element(span: element.span, content: .scalar(body, isPlain: true))
    guard let number = Self.bareNumber(inner, "`\(name)`", &issues),
      check(number.value, .positive, at: element.span, &issues)
    else { return nil }
    return spectral ? .overL(number.value) : .number(number.value)
  }

  private func mismatch(_ element: Element, _ issues: inout Issues) -> SettingValue? {
    let isMapping = setting.path == .preprocessing && element.mapping != nil
    issues.error(
      .wrongType, "`\(name)` must be \(setting.form.described)", at: element.span, label: "found \(element.described)",
      helps: isMapping ? ["write `preprocessing: pca`, and `components: 10` beside it"] : [])
    return nil
  }
}

extension ValueReader {
  private func elements(_ element: Element, _ issues: inout Issues) -> [Element]? {
    guard let list = element.list else {
      _ = mismatchList(element, &issues)
      return nil
    }
    guard !list.isEmpty else {
      issues.error(.wrongType, "`\(setting.name)` is empty", at: element.span, label: "at least one number is needed")
      return nil
    }
    return list
  }

  private func mismatchList(_ element: Element, _ issues: inout Issues) -> Bool {
    issues.error(
      .wrongType, "`\(setting.name)` must be \(setting.form.described)", at: element.span,
      label: "found \(element.described)")
    return false
  }

  private func numbers(_ element: Element, _ rule: NumberRule, _ issues: inout Issues) -> SettingValue? {
    guard let list = elements(element, &issues) else { return nil }
    var values: [Double] = []
    for item in list {
      guard let number = Self.bareNumber(item, "each of `\(setting.name)`", &issues),
        check(number.value, rule, at: item.span, &issues)
      else { continue }
      values.append(number.value)
    }
    guard values.count == list.count else { return nil }
    if setting.path == .eigenvalues, !values.contains(where: { $0 > 0 }) {
      issues.error(
        .outOfRange, "`data.eigenvalues` holds no eigenvalue above 0", at: element.span, label: "nothing to learn")
      return nil
    }
    return .numbers(values)
  }

  private func integers(_ element: Element, _ range: ClosedRange<Int>, _ issues: inout Issues) -> SettingValue? {
    guard let list = elements(element, &issues) else { return nil }
    let values = list.compactMap { integer($0, range, words: [], &issues) }
    return values.count == list.count ? .integers(values) : nil
  }

  private func rows(_ element: Element, _ issues: inout Issues) -> SettingValue? {
    guard let list = elements(element, &issues) else { return nil }
    var rows: [[Double]] = []
    for row in list {
      guard let cells = row.list, !cells.isEmpty else {
        issues.error(
          .wrongType, "each row of `\(setting.name)` must be a list of numbers", at: row.span,
          label: "found \(row.list == nil ? row.described : "an empty list")")
        continue
      }
      let values = cells.compactMap { Self.bareNumber($0, "each cell of `\(setting.name)`", &issues)?.value }
      if values.count == cells.count { rows.append(values) }
      if let width = list.first?.list?.count, cells.count != width {
        issues.error(
          .wrongType, "the rows of `\(setting.name)` differ in length", at: row.span,
          label: "\(cells.count) values, the first row has \(width)")
      }
    }
    return rows.count == list.count ? .rows(rows) : nil
  }

  private func fileName(_ element: Element, _ issues: inout Issues) -> SettingValue? {
    guard let name = element.text else {
      _ = mismatchList(element, &issues)
      return nil
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let reason: String? =
      if name.hasPrefix("/") {
        "an absolute path"
      } else if parts.contains("..") {
        "`..` leaves the sweep file's folder"
      } else if parts.last.map({ $0.isEmpty || $0 == "." }) ?? true {
        "not the name of a file"
      } else if name.unicodeScalars.contains(where: { $0.value < 0x20 }) {
        "a control character"
      } else {
        nil
      }
    guard let reason else { return .text(name) }
    issues.error(
      .dataFile, "the data file must lie below the sweep file's folder", at: element.span, label: reason,
      helps: ["put the file next to the sweep file and write its name"])
    return nil
  }
}
