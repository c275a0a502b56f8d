/// A number as written in a sweep file.
///
/// Grammar: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`. Everything else that YAML would take for a
/// number (octal, sexagesimal, hexadecimal, underscores, infinities) or turn into a truth value is refused with its
/// own reason.
struct StrictNumber: Hashable {
  /// The nearest float64.
  var value: Double
  /// The exact magnitude where the text denotes a whole number below 2^64.
  var magnitude: UInt64?
  var isNegative: Bool

  /// The exact value where it is whole and fits.
  var integer: Int? {
    guard let magnitude else { return nil }
    guard isNegative else { return Int(exactly: magnitude) }
    return Int(exactly: magnitude).map { -$0 }
  }

  /// Why a text is not a number, and what to write instead.
  struct Refusal: Error, Hashable {
    var reason: String
    var help: String?
  }

  static func parse(_ text: String) -> Result<StrictNumber, Refusal> {
    let bytes = Array(text.utf8)
    guard let shape = Shape(bytes) else { return .failure(refusal(text, bytes)) }
    guard let value = Double(text) else { return .failure(Refusal(reason: "not a number")) }
    guard value.isFinite else { return .failure(Refusal(reason: "too large for a 64-bit float")) }
    if value == 0 && shape.hasNonZeroDigit {
      return .failure(Refusal(reason: "too small for a 64-bit float: it would become 0"))
    }
    return .success(StrictNumber(value: value, magnitude: shape.magnitude, isNegative: bytes.first == 0x2D))
  }

  private static func refusal(_ text: String, _ bytes: [UInt8]) -> Refusal {
    let lower = text.lowercased()
    let unsigned = lower.hasPrefix("-") || lower.hasPrefix("+") ? String(lower.dropFirst()) : lower
    if ["", "~", "null"].contains(lower) { return Refusal(reason: "nothing is written here") }
    if ["yes", "no", "on", "off", "true", "false", "y", "n"].contains(lower) {
      return Refusal(reason: "a truth value in YAML, not a number")
    }
    if [".nan", "nan", ".inf", "inf", "infinity"].contains(unsigned) {
      return Refusal(reason: "not finite", help: "write a finite number")
    }
    if unsigned.hasPrefix("0x") || unsigned.hasPrefix("0o") || unsigned.hasPrefix("0b") {
      return Refusal(reason: "only decimal numbers are read", help: "write it in decimal")
    }
    if Shape(Array(lower.filter { $0 != "_" }.utf8)) != nil {
      return Refusal(
        reason: "underscores are not part of a number", help: "write `\(lower.filter { $0 != "_" })`")
    }
    if lower.contains(":"), lower.allSatisfy({ $0.isNumber || $0 == ":" }) {
      return Refusal(reason: "YAML 1.1 would read this as base 60", help: "write it in decimal")
    }
    return formRefusal(text, unsigned)
  }

  private static func formRefusal(_ text: String, _ unsigned: String) -> Refusal {
    let stripped = String(unsigned.drop { $0 == "0" })
    if unsigned.hasPrefix("0"), !stripped.isEmpty, Shape(Array(stripped.utf8)) != nil {
      return Refusal(
        reason: "a leading zero: YAML 1.1 would read this as octal", help: "write `\(stripped)`")
    }
    if text.hasPrefix("+"), Shape(Array(text.dropFirst().utf8)) != nil {
      return Refusal(reason: "a leading plus sign", help: "write `\(text.dropFirst())`")
    }
    if unsigned.hasPrefix("."), Shape(Array(("0" + unsigned).utf8)) != nil {
      let sign = text.hasPrefix("-") ? "-" : ""
      return Refusal(reason: "a digit is missing before the point", help: "write `\(sign)0\(unsigned)`")
    }
    if text.hasSuffix("."), Shape(Array(text.dropLast().utf8)) != nil {
      return Refusal(reason: "a digit is missing after the point", help: "write `\(text.dropLast())`")
    }
    if text.contains(","), Shape(Array(text.replacing(",", with: ".").utf8)) != nil {
      return Refusal(reason: "a decimal comma", help: "write `\(text.replacing(",", with: "."))`")
    }
    return Refusal(reason: "not a number")
  }
}

/// The parts of a text that matches the grammar.
private struct Shape {
  var magnitude: UInt64?
  var hasNonZeroDigit: Bool

  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    if rest.first == 0x2D { rest.removeFirst() }
    let whole = Self.digits(&rest)
    guard let lead = whole.first, lead != 0x30 || whole.count == 1 else { return nil }
    var fraction: ArraySlice<UInt8> = []
    if rest.first == 0x2E {
      rest.removeFirst()
      fraction = Self.digits(&rest)
      guard !fraction.isEmpty else { return nil }
    }
    var exponent = 0
    if let mark = rest.first, mark == 0x65 || mark == 0x45 {
      rest.removeFirst()
      let negative = rest.first == 0x2D
      if rest.first == 0x2D || rest.first == 0x2B { rest.removeFirst() }
      let written = Self.digits(&rest)
      guard !written.isEmpty else { return nil }
      exponent = written.reduce(0) { min($0 * 10 + Int($1 - 0x30), 1 << 30) } * (negative ? -1 : 1)
    }
    guard rest.isEmpty else { return nil }
    let digits = Array(whole) + Array(fraction)
    hasNonZeroDigit = digits.contains { $0 != 0x30 }
    magnitude = Self.exact(digits, power: exponent - fraction.count)
  }

  private static func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let run = rest.prefix { (0x30...0x39).contains($0) }
    rest = rest.dropFirst(run.count)
    return run
  }

  /// digits × 10^power, where that is whole and below 2^64.
  private static func exact(_ digits: [UInt8], power: Int) -> UInt64? {
    var digits = digits[...].drop { $0 == 0x30 }
    var power = power
    guard !digits.isEmpty else { return 0 }
    while digits.last == 0x30 {
      digits.removeLast()
      power += 1
    }
    guard power >= 0, digits.count + power <= 20 else { return nil }
    var value: UInt64 = 0
    for digit in Array(digits) + [UInt8](repeating: 0x30, count: power) {
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit - 0x30))
      guard !over, !carry else { return nil }
      value = sum
    }
    return value
  }
}
