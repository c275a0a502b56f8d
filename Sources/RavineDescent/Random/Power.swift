extension Elementary {
  /// x^y for x ≥ 0, error below 1 ulp: the logarithm carries about 100 bits, so that a large exponent costs nothing.
  ///
  /// x^0 = 1, 0^y = 0 for y > 0 and ∞ for y < 0; NaN for x < 0.
  package static func pow(_ x: Double, _ y: Double) -> Double {
    if y == 0 || x == 1 { return 1 }
    if x == 0 { return y > 0 ? 0 : .infinity }
    guard x > 0, x < .infinity, y.isFinite else { return specialPower(x, y) }
    let logarithm = preciseLog(x)
    // Beyond this the result over- or underflows anyway, and the splitting below would too.
    guard y.magnitude < 0x1p70 else { return specialPower(logarithm.high < 0 ? 0.5 : 2, y) }
    let product = logarithm.high * y
    let error = productError(logarithm.high, y, product) + logarithm.low * y
    let high = product + error
    return exp(high, plus: (product - high) + error)
  }

  /// The limits at x = ∞ or |y| = ∞ (or beyond all exponents).
  private static func specialPower(_ x: Double, _ y: Double) -> Double {
    if x.isNaN || y.isNaN || x < 0 { return .nan }
    return (x > 1) == (y > 0) ? .infinity : 0
  }

  /// ln x as an unevaluated sum, for finite x > 0.
  ///
  /// x = 2^k m, √½ ≤ m < √2; ln m = 2 atanh s, s = (m − 1)/(m + 1); the leading term of the series is carried in double
  /// length, the rest (below s²/3 ≤ 1 % of it) in single.
  private static func preciseLog(_ x: Double) -> (high: Double, low: Double) {
    var k = Double(x.exponent)
    var m = x.significand
    if m > 1.4142135623730951 {
      m *= 0.5
      k += 1
    }
    let top = m - 1
    let bottom = m + 1
    let bottomError = m - (bottom - 1)
    let s = top / bottom
    let back = s * bottom
    let sError = (((top - back) - productError(s, bottom, back)) - s * bottomError) / bottom
    // s² and s³ in double length: the cubic term is up to 1 % of the sum and must be good to 2⁻⁶⁵ of it.
    let square = s * s
    let squareError = productError(s, s, square) + 2 * s * sError
    let cube = square * s
    let cubeError = productError(square, s, cube) + squareError * s + square * sError
    let third = 0x1.5555555555555p-2
    let cubic = cube * third
    let cubicError = productError(cube, third, cubic) + cubeError * third + cube * 0x1.5555555555555p-56
    var tail = 0.0
    for denominator in stride(from: 27.0, through: 5, by: -2) { tail = tail * square + 1 / denominator }
    tail *= cube * square
    var sum = twoSum(2 * s, 2 * cubic)
    sum.low += 2 * (sError + cubicError + tail)
    let shifted = twoSum(k * ln2High, sum.high)
    let low = shifted.low + (sum.low + k * ln2Low + k * ln2Rest)
    let high = shifted.high + low
    return (high, (shifted.high - high) + low)
  }

  /// ln 2 − ln2High − ln2Low.
  private static let ln2Rest = 1.1612227229362532e-26

  /// a + b exactly, as high + low (Knuth).
  static func twoSum(_ a: Double, _ b: Double) -> (high: Double, low: Double) {
    let high = a + b
    let shadow = high - a
    return (high, (a - (high - shadow)) + (b - shadow))
  }

  /// a·b − `product` exactly, `product` being the rounded a·b (Dekker, Veltkamp splitting); |a|, |b| < 2^970.
  static func productError(_ a: Double, _ b: Double, _ product: Double) -> Double {
    let (aHigh, aLow) = split(a)
    let (bHigh, bLow) = split(b)
    return ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow
  }

  private static func split(_ a: Double) -> (high: Double, low: Double) {
    let scaled = a * 134_217_729
    let high = scaled - (scaled - a)
    return (high, a - high)
  }
}
