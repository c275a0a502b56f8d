/// Elementary functions in plain IEEE arithmetic, because those of the C library differ in the last bit between hosts.
///
/// `log`, `exp` and `cos` follow FreeBSD's msun (fdlibm, © 1993 Sun Microsystems; "permission to use, copy, modify, and
/// distribute this software is freely granted"), error below 1 ulp. No operation is contracted or reordered.
package enum Elementary {
  static let ln2High = 6.93147180369123816490e-01
  static let ln2Low = 1.90821492927058770002e-10

  /// Natural logarithm. log 0 = −∞, log of a negative number = NaN.
  package static func log(_ x: Double) -> Double {
    guard x > 0, x < .infinity else { return x == 0 ? -.infinity : (x > 0 ? x : .nan) }
    // x = 2^k (1 + f) with √½ < 1 + f < √2
    var k = 0.0
    var bits = x.bitPattern
    if x < 0x1p-1022 {
      bits = (x * 0x1p54).bitPattern
      k = -54
    }
    let shift = (bits & 0x000F_FFFF_FFFF_FFFF) &+ 0x0009_5F64_0000_0000
    let carry = shift & 0x0010_0000_0000_0000
    k += Double(Int64(truncatingIfNeeded: bits >> 52) - 1023) + (carry == 0 ? 0 : 1)
    let mantissa = (bits & 0x000F_FFFF_FFFF_FFFF) | (0x3FF0_0000_0000_0000 ^ carry)
    let f = Double(bitPattern: mantissa) - 1
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    let odd =
      z
      * (6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)))
    let half = 0.5 * f * f
    return k * ln2High - ((half - (s * (half + (even + odd)) + k * ln2Low)) - f)
  }

  /// e^x.
  package static func exp(_ x: Double) -> Double { exp(x, plus: 0) }

  /// e^(high + low), |low| far below |high|.
  static func exp(_ high: Double, plus low: Double) -> Double {
    if high.isNaN { return high }
    if high > 709.782712893384 { return .infinity }
    if high < -745.1332191019412 { return 0 }
    let k = nearestInteger(high * 1.44269504088896338700)
    let upper = high - k * ln2High
    let lower = k * ln2Low - low
    let r = upper - lower
    let t = r * r
    var p = 4.13813679705723846039e-08
    p = t * p - 1.65339022054652515390e-06
    p = t * p + 6.61375632143793436117e-05
    p = t * p - 2.77777777770155933842e-03
    p = t * p + 1.66666666666666019037e-01
    let c = r - t * p
    let y = 1 - ((lower - (r * c) / (2 - c)) - upper)
    return scaled(y, by: Int64(k))
  }

  /// The integer nearest to x, ties to even, for |x| < 2^51.
  private static func nearestInteger(_ x: Double) -> Double { (x + 0x1.8p52) - 0x1.8p52 }

  /// y · 2^k for |k| ≤ 1100, in two exact halves so that neither power over- or underflows.
  private static func scaled(_ y: Double, by k: Int64) -> Double {
    let first = k / 2
    return y * powerOfTwo(first) * powerOfTwo(k - first)
  }

  /// 2^k for −1022 ≤ k ≤ 1023.
  private static func powerOfTwo(_ k: Int64) -> Double { Double(bitPattern: UInt64(bitPattern: (k + 1023) << 52)) }

  /// cos x for |x| ≤ 2^19 · π/2 ≈ 823,549; NaN beyond (the reduction keeps its precision only so far).
  package static func cos(_ x: Double) -> Double {
    let a = x.magnitude
    guard a <= 823_549 else { return .nan }
    let n = nearestInteger(a * 6.36619772367581382433e-01)
    let (high, low) = quarterTurns(a, n)
    switch Int64(n) & 3 {
    case 0: return cosKernel(high, low)
    case 1: return -sinKernel(high, low)
    case 2: return -cosKernel(high, low)
    default: return sinKernel(high, low)
    }
  }

  /// a − n·π/2 as high + low: three 33-bit parts of π/2, so that n times each is exact.
  private static func quarterTurns(_ a: Double, _ n: Double) -> (high: Double, low: Double) {
    let first = a - n * 1.57079632673412561417e+00
    let second = n * 6.07710050630396597660e-11
    var r = first - second
    var w = n * 2.02226624879595063154e-21 - ((first - r) - second)
    if (r - w).magnitude < 0x1p-40 * a {
      let kept = r
      let third = n * 2.02226624871116645580e-21
      r = kept - third
      w = n * 8.47842766036889956997e-32 - ((kept - r) - third)
    }
    let high = r - w
    return (high, (r - high) - w)
  }

  private static func cosKernel(_ x: Double, _ tail: Double) -> Double {
    let z = x * x
    let w = z * z
    let r =
      z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05))
      + w * w
      * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))
    let half = 0.5 * z
    let rest = 1 - half
    return rest + (((1 - rest) - half) + (z * r - x * tail))
  }

  private static func sinKernel(_ x: Double, _ tail: Double) -> Double {
    let z = x * x
    let w = z * z
    let r =
      8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06)
      + z * w * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)
    let v = z * x
    return x - ((z * (0.5 * tail - v * r) - tail) - v * -1.66666666666666324348e-01)
  }
}
