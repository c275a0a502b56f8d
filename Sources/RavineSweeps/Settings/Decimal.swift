/// Numbers as text.
package enum Decimal {
  /// The shortest decimal that reads back as `value`, without a trailing `.0`.
  package static func text(_ value: Double) -> String {
    let text = value.description
    if text.hasSuffix(".0") { return String(text.dropLast(2)) }
    return text.replacing(".0e", with: "e")
  }

  /// `value`, or the number of at most 15 decimal digits that lies within four units in its last place.
  ///
  /// Evenly spaced values then come out as the decimals that a person would write: 0.3, not 0.30000000000000004.
  static func snapped(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    let magnitude = value.magnitude
    let near = magnitude >= 1e-8 && magnitude < 1e15 ? nearByArithmetic(magnitude) : nearByText(magnitude)
    return (near - magnitude).magnitude <= 4 * magnitude.ulp ? (value < 0 ? -near : near) : value
  }

  /// The nearest number of 15 digits for 1e-8 ≤ x < 1e15: whole / 10^k with both exact, so that the quotient is the
  /// float64 of that decimal.
  private static func nearByArithmetic(_ x: Double) -> Double {
    for exponent in -8..<14 where x < (exponent < 0 ? smallPowers[exponent + 8] : powers[exponent + 1]) {
      let power = powers[14 - exponent]
      return (x * power).rounded() / power
    }
    return x.rounded()
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// 10^−7 … 10^0.
  private static let smallPowers: [Double] = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]

  private static func nearByText(_ value: Double) -> Double {
    let text = value.description
    let parts = text.split(separator: "e")
    guard let mantissa = parts.first else { return value }
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let point = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = point.count > 1 ? point[1] : ""
    var digits = Array((point[0] + fraction).drop { $0 == "0" })
    exponent -= fraction.count
    guard digits.count > 15 else { return value }
    exponent += digits.count - 15
    let roundsUp = digits[15] >= "5"
    digits = Array(digits.prefix(15))
    guard var whole = UInt64(String(digits)) else { return value }
    whole += roundsUp ? 1 : 0
    return Double("\(whole)e\(exponent)") ?? value
  }
}
