import RavineDescent

/// Numbers in words and digits. The same bytes on every host and in every locale.
package enum NumberText {
  /// The shortest digits that read back as the same number; whole numbers without a point; `nan`, `inf`, `-inf`.
  package static func shortest(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let isWhole = value.magnitude < 0x1p53 && value == value.rounded()
    if isWhole, value != 0 || value.sign == .plus { return String(Int(value)) }
    let text = value.description
    return text.utf8.suffix(2).elementsEqual(".0".utf8) ? String(text.dropLast(2)) : text
  }

  /// The shortest digits of `value`, rounded to `digits` of them (ties away from zero), without trailing zeros:
  /// `0.001234`, `12350`, `1.235e-07`.
  ///
  /// Plain notation for 1e-4 ≤ |value| < 1e6 (and for whole numbers that need no rounding there), scientific beyond.
  package static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite, value != 0 else { return shortest(value) }
    var decimal = Decimal(value)
    decimal.round(to: max(1, digits))
    return decimal.text
  }

  /// `1077364` as `1,077,364`.
  package static func grouped(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// `count` with the right form of its noun: `1 trial`, `2,000 trials`.
  package static func count(_ count: Int, _ noun: String) -> String {
    "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  /// `0.31 s`, `12 s`, `3 min 05 s`, `2 h 05 min`, `3 d 4 h`; `?` for what is not a time.
  package static func duration(_ seconds: Double) -> String {
    guard seconds >= 0, seconds < 1e11 else { return "?" }
    if seconds < 9.95 { return "\(significant(seconds, digits: seconds < 1 ? 1 : 2)) s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
    if whole < 86_400 { return "\(whole / 3600) h \(twoDigits(whole % 3600 / 60)) min" }
    return "\(grouped(whole / 86_400)) d \(whole % 86_400 / 3600) h"
  }

  /// `512 B`, `82 MB`, `1.3 GB` (powers of 1000).
  package static func bytes(_ count: Int) -> String {
    if count < 1000 { return "\(max(0, count)) B" }
    return scaled(Double(count), units: ["kB", "MB", "GB", "TB", "PB"])
  }

  /// `940`, `12 k`, `1.7 M`: a rate per second, to two or three digits.
  package static func rate(_ perSecond: Double) -> String {
    guard perSecond >= 0, perSecond.isFinite else { return "?" }
    if perSecond < 999.5 { return significant(perSecond, digits: perSecond < 10 ? 2 : 3) }
    return scaled(perSecond, units: ["k", "M", "G", "T", "P"])
  }

  /// A share of the whole, `0 %` … `100 %`; 100 only when it is really all.
  package static func percent(_ share: Double) -> String {
    guard share > 0 else { return "0 %" }
    if share >= 1 { return "100 %" }
    let value = min(99.9, share * 100)
    return value < 9.95 ? "\(tenths(value)) %" : "\(Int(min(99, value.rounded()))) %"
  }

  private static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  private static func scaled(_ value: Double, units: [String]) -> String {
    var rest = value / 1000
    var index = 0
    while rest >= 999.5, index + 1 < units.count {
      rest /= 1000
      index += 1
    }
    return "\(significant(rest, digits: rest < 10 ? 2 : 3)) \(units[index])"
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

/// A finite, non-zero number as sign, decimal digits d₀d₁d₂… and exponent: d₀.d₁d₂… · 10^exponent.
private struct Decimal {
  private var negative: Bool
  private var digits: [UInt8]
  private var exponent: Int

  init(_ value: Double) {
    negative = value < 0
    let text = value.magnitude.description.split(separator: "e")
    let mantissa = text[0].split(separator: ".")
    let whole = mantissa[0].utf8.map { $0 - 48 }
    let fraction = mantissa.count > 1 ? mantissa[1].utf8.map { $0 - 48 } : []
    let all = whole + fraction
    let leading = all.prefix { $0 == 0 }.count
    digits = Array(all.dropFirst(leading))
    exponent = whole.count - 1 - leading + (text.count > 1 ? Int(text[1]) ?? 0 : 0)
    trim()
  }

  /// To the nearest, ties away from zero.
  mutating func round(to count: Int) {
    guard digits.count > count else { return }
    let up = digits[count] >= 5
    digits.removeLast(digits.count - count)
    if up {
      var index = count - 1
      while index >= 0, digits[index] == 9 {
        digits[index] = 0
        index -= 1
      }
      if index >= 0 {
        digits[index] += 1
      } else {
        digits = [1]
        exponent += 1
      }
    }
    trim()
  }

  private mutating func trim() {
    while digits.count > 1, digits.last == 0 { digits.removeLast() }
  }

  var text: String {
    let sign = negative ? "-" : ""
    if exponent < -4 || exponent >= 6 {
      let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      let fraction = digits.count > 1 ? "." + Self.text(digits[1...]) : ""
      return "\(sign)\(digits[0])\(fraction)e\(exponent < 0 ? "-" : "+")\(power)"
    }
    if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + Self.text(digits[...]) }
    let padded = digits + [UInt8](repeating: 0, count: max(0, exponent + 1 - digits.count))
    let fraction = padded.count > exponent + 1 ? "." + Self.text(padded[(exponent + 1)...]) : ""
    return sign + Self.text(padded[...exponent]) + fraction
  }

  private static func text(_ digits: ArraySlice<UInt8>) -> String {
    String(decoding: digits.map { $0 + 48 }, as: UTF8.self)
  }
}
