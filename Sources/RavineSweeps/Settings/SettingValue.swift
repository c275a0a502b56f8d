import RavineDescent

/// The value of a setting, as read and checked.
package enum SettingValue: Hashable, Sendable {
  case number(Double)
  case integer(Int)
  case seed(UInt64)
  case flag(Bool)
  case word(String)
  /// A step of `x`/L.
  case overL(Double)
  case numbers([Double])
  case integers([Int])
  case rows([[Double]])
  /// A file name or a column.
  case text(String)

  /// As it would be written in a sweep file.
  package var text: String {
    switch self {
    case .number(let value): Decimal.text(value)
    case .integer(let value): String(value)
    case .seed(let value): String(value)
    case .flag(let value): String(value)
    case .word(let word), .text(let word): word
    case .overL(let multiple): Decimal.text(multiple) + "/L"
    case .numbers(let values): Self.list(values.map(Decimal.text))
    case .integers(let values): Self.list(values.map { String($0) })
    case .rows(let rows): Self.list(rows.map { Self.list($0.map(Decimal.text)) })
    }
  }

  private static func list(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

  /// As a number, where it is one; a step in units of 1/L gives its multiple.
  package var number: Double? {
    switch self {
    case .number(let value), .overL(let value): value
    case .integer(let value): Double(value)
    case .seed(let value): Double(value)
    default: nil
    }
  }

  var word: String? {
    switch self {
    case .word(let word), .text(let word): word
    default: nil
    }
  }

  var integer: Int? {
    guard case .integer(let value) = self else { return nil }
    return value
  }
}

/// What an axis holds for one trial, for tables and exports.
package enum AxisValue: Hashable, Sendable, CustomStringConvertible {
  case number(Double)
  case text(String)

  init(_ value: SettingValue) {
    switch value {
    case .number(let number): self = .number(number)
    case .integer(let integer): self = .number(Double(integer))
    case .seed(let seed) where seed <= 1 << 53: self = .number(Double(seed))
    default: self = .text(value.text)
    }
  }

  package var description: String {
    switch self {
    case .number(let value): Decimal.text(value)
    case .text(let text): text
    }
  }
}

/// Settings that were given, by path; a setting without a value stands at its default.
package struct SettingValues: Hashable, Sendable {
  private var values = [SettingValue?](repeating: nil, count: SettingPath.allCases.count)

  package init() {}

  package subscript(path: SettingPath) -> SettingValue? {
    get { values[Int(path.rawValue)] }
    set { values[Int(path.rawValue)] = newValue }
  }

  /// The given paths in catalogue order.
  package var paths: [SettingPath] { SettingPath.allCases.filter { self[$0] != nil } }

  /// The kind that rules in `family`: given, or the default.
  func kind(_ family: KindFamily) -> String { self[family.selector]?.word ?? family.selector.setting.defaultText ?? "" }

  /// The value of `path`, given or default; nil where it does not exist for the kinds that rule.
  package func effective(_ path: SettingPath) -> SettingValue? {
    if let value = self[path] { return value }
    if let family = KindFamily.governing(path), family.kind(kind(family))?.knows(path) != true { return nil }
    switch path {
    case .target where self[.samples]?.integer != nil: return .word("random")
    case .step: return .overL(1)
    case .momentum where kind(.optimizer) == "gradient-descent": return nil
    case .gap: return .number(1e-6)
    case .divergence: return .number(1e30)
    default: break
    }
    guard let text = path.setting.defaultText else { return nil }
    switch path.setting.form {
    case .number: return Double(text).map { .number($0) }
    case .integer: return Int(text).map { .integer($0) }
    case .seed: return UInt64(text).map { .seed($0) }
    case .flag: return .flag(text == "true")
    default: return .word(text)
    }
  }
}
