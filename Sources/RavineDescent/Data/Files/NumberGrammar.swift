/// The one grammar of numbers in text files: `[+-] digits [. digits] [e [+-] digits]` or `[+-] . digits …`. No `inf`,
/// `nan`, hexadecimal, underscores, thousands separators or decimal commas.
enum NumberGrammar {
  enum Value: Equatable {
    case number(Double)
    /// Grammatical, but beyond the largest double.
    case tooLarge
    case notANumber
  }

  private static let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// Reads `text` (without surrounding spaces); the result is the correctly rounded double.
  static func value(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Value {
    var i = text.startIndex
    let end = text.endIndex
    var negative = false
    if i < end, text[i] == UInt8(ascii: "-") || text[i] == UInt8(ascii: "+") {
      negative = text[i] == UInt8(ascii: "-")
      i += 1
    }
    var mantissa: UInt64 = 0
    var significant = 0
    var digits = 0
    var scale = 0
    var pointSeen = false
    while i < end {
      let byte = text[i]
      if byte == UInt8(ascii: "."), !pointSeen {
        pointSeen = true
      } else if let digit = digit(byte) {
        digits += 1
        if significant > 0 || digit > 0 { significant += 1 }
        if significant <= 18 { mantissa = mantissa &* 10 &+ digit }
        if pointSeen { scale -= 1 }
      } else {
        break
      }
      i += 1
    }
    guard digits > 0 else { return .notANumber }
    if i < end {
      guard let exponent = exponent(text[i..<end]) else { return .notANumber }
      scale += exponent
    }
    // Clinger's fast path: both factors are exact, so one rounding is the correct one.
    if significant <= 15, scale.magnitude <= 22 {
      let whole = Double(mantissa)
      let size = scale < 0 ? whole / exactPowers[-scale] : whole * exactPowers[scale]
      return .number(negative ? -size : size)
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)) else { return .notANumber }
    return value.isFinite ? .number(value) : .tooLarge
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? UInt64(byte - UInt8(ascii: "0")) : nil
  }

  /// `e` or `E`, a sign, digits; clamped far beyond the range of doubles.
  private static func exponent(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    var i = text.startIndex
    guard text[i] | 0x20 == UInt8(ascii: "e") else { return nil }
    i += 1
    var negative = false
    if i < text.endIndex, text[i] == UInt8(ascii: "-") || text[i] == UInt8(ascii: "+") {
      negative = text[i] == UInt8(ascii: "-")
      i += 1
    }
    guard i < text.endIndex else { return nil }
    var value = 0
    while i < text.endIndex {
      guard let digit = digit(text[i]) else { return nil }
      value = min(value * 10 + Int(digit), 1_000_000)
      i += 1
    }
    return negative ? -value : value
  }
}
