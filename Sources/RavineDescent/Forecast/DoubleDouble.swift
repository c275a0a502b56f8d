/// Four numbers side by side; the arithmetic of the forecast goes over the modes in these.
typealias Lanes = SIMD4<Double>

extension Lanes {
  /// The square root of each; the vector type's own is a library call.
  @inline(__always)
  var roots: Lanes {
    Lanes(self[0].squareRoot(), self[1].squareRoot(), self[2].squareRoot(), self[3].squareRoot())
  }
}

extension Double {
  /// 2^`exponent`, for exponents of normal numbers.
  @inline(__always)
  static func power(ofTwo exponent: Int) -> Double { Double(bitPattern: UInt64(1023 &+ exponent) << 52) }
}

/// Four numbers of about 106 significant bits, each the unevaluated sum `high` + `low`.
///
/// Only + − × on doubles in a fixed order (Dekker 1971; Veltkamp's split instead of a fused multiply-add, which is a
/// library call on the oldest processors), so every host gets the same bits. Relative error below 2^−102 an operation.
/// Magnitudes must stay below 2^990; errors below 10^−290 are not resolved.
struct DoubleDouble {
  var high: Lanes
  var low: Lanes

  @inline(__always)
  init(_ high: Lanes, low: Lanes = .zero) {
    self.high = high
    self.low = low
  }

  /// a + b exactly, where |a| ≥ |b| or a = 0.
  @inline(__always)
  private static func ordered(_ a: Lanes, _ b: Lanes) -> DoubleDouble {
    let sum = a + b
    return DoubleDouble(sum, low: b - (sum - a))
  }

  /// a + b exactly.
  @inline(__always)
  private static func sum(_ a: Lanes, _ b: Lanes) -> DoubleDouble {
    let sum = a + b
    let part = sum - a
    return DoubleDouble(sum, low: (a - (sum - part)) + (b - part))
  }

  /// a as a sum of two numbers of 26 bits.
  @inline(__always)
  private static func split(_ a: Lanes) -> (head: Lanes, tail: Lanes) {
    let scaled = a * 134_217_729
    let head = scaled - (scaled - a)
    return (head, a - head)
  }

  /// a b exactly.
  @inline(__always)
  static func product(_ a: Lanes, _ b: Lanes) -> DoubleDouble {
    let high = a * b
    let (aHead, aTail) = split(a)
    let (bHead, bTail) = split(b)
    let low = ((aHead * bHead - high) + aHead * bTail + aTail * bHead) + aTail * bTail
    return DoubleDouble(high, low: low)
  }

  @inline(__always)
  static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let high = sum(a.high, b.high)
    let low = sum(a.low, b.low)
    let first = ordered(high.high, high.low + low.high)
    return ordered(first.high, first.low + low.low)
  }

  @inline(__always)
  static prefix func - (a: DoubleDouble) -> DoubleDouble { DoubleDouble(-a.high, low: -a.low) }

  @inline(__always)
  static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + -b }

  @inline(__always)
  static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let exact = product(a.high, b.high)
    return ordered(exact.high, exact.low + (a.high * b.low + a.low * b.high))
  }

  @inline(__always)
  var squared: DoubleDouble {
    let square = high * high
    let (head, tail) = Self.split(high)
    let error = ((head * head - square) + 2 * (head * tail)) + tail * tail
    return Self.ordered(square, error + 2 * (high * low))
  }

  /// Twice the number, exactly.
  @inline(__always)
  var doubled: DoubleDouble { DoubleDouble(high + high, low: low + low) }

  /// The square root; a negative number counts as 0.
  var root: DoubleDouble {
    let root = high.replacing(with: 0, where: high .< 0).roots
    let rest = self - Self.product(root, root)
    let correction = (rest.high + rest.low) / (root + root)
    return Self.ordered(root, correction.replacing(with: 0, where: root .<= 0))
  }

  /// The sum of the four numbers, in lane 0.
  var total: DoubleDouble {
    let pairs =
      self
      + DoubleDouble(
        Lanes(high[2], high[3], 0, 0), low: Lanes(low[2], low[3], 0, 0))
    return pairs + DoubleDouble(Lanes(pairs.high[1], 0, 0, 0), low: Lanes(pairs.low[1], 0, 0, 0))
  }
}
