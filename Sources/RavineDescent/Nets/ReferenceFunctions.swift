/// The activation functions of the kernels at one lane. For t = 2|z| (tanh) or t = x (exp): t = k ln 2 + r, s = 2ᵏ,
/// p = eʳ − 1 = r + r² Q(r), Q Taylor's (exp) or interpolated at Chebyshev's points of |r| ≤ ½ ln 2 (tanh);
/// exp = s + s p, tanh = e/(e + 2) with e = s p + (s − 1).
///
/// Against correctly rounded values: tanh within 2.5 ulp, exp within 2 ulp, in both precisions.
extension Double {
  private static func reduced(_ t: Double) -> (s: Double, p: Double) {
    let magic = 0x1.8p52
    let shifted = magic.addingProduct(t, 1.4426950408889634)
    let k = magic - shifted
    let high = t.addingProduct(k, 0x1.62e42feep-1)
    let r = high.addingProduct(k, 0x1.a39ef35793c76p-33)
    var q = 1.6059043836821613e-10
    for coefficient in [
      2.08767569878681e-09, 2.505210838544172e-08, 2.755731922398589e-07, 2.7557319223985893e-06,
      2.48015873015873e-05, 0.0001984126984126984, 0.001388888888888889, 0.008333333333333333, 0.041666666666666664,
      0.16666666666666666, 0.5,
    ] {
      q = coefficient.addingProduct(q, r)
    }
    let s = Double(bitPattern: (shifted.bitPattern &<< 52) &+ 0x3FF0_0000_0000_0000)
    return (s, r.addingProduct(r * r, q))
  }

  static func hyperbolicTangent(_ z: Double) -> Double {
    let x = z.magnitude > 20 ? 20 : z.magnitude
    let t = x + x
    let shift = 0x1.8p52 + 1023
    let shifted = shift.addingProduct(t, 0x1.71547652b82fep0)
    let r = t.addingProduct(shift - shifted, 0x1.62e42fefa39efp-1)
    var q = 0x1.1f730349868cep-29
    for coefficient in [
      0x1.af4de97ca4194p-26, 0x1.27e4db646b17ep-22, 0x1.71de0231960ebp-19, 0x1.a01a01a6d889cp-16, 0x1.a01a01abe7fe1p-13,
      0x1.6c16c16c162d4p-10, 0x1.11111111100dcp-7, 0x1.5555555555556p-5, 0x1.5555555555557p-3, 0x1p-1,
    ] {
      q = coefficient.addingProduct(q, r)
    }
    let s = Double(bitPattern: shifted.bitPattern &<< 52)
    let p = r.addingProduct(r * r, q)
    let e = (s - 1).addingProduct(s, p)
    let y = e / (e + 2)
    return Double(bitPattern: y.bitPattern | (z.bitPattern & 0x8000_0000_0000_0000))
  }

  static func exponential(_ x: Double) -> Double {
    let (s, p) = reduced(x < -700 ? -700 : x)
    return s.addingProduct(s, p)
  }
}

extension Float {
  private static func reduced(_ t: Float) -> (s: Float, p: Float) {
    let magic: Float = 0x1.8p23
    let shifted = magic.addingProduct(t, 1.44269504)
    let k = magic - shifted
    let high = t.addingProduct(k, 0x1.62e4p-1)
    let r = high.addingProduct(k, 0x1.7f7d1cp-20)
    var q: Float = 0.0001984127
    for coefficient in [0.0013888889, 0.008333334, 0.041666668, 0.16666667, 0.5] as [Float] {
      q = coefficient.addingProduct(q, r)
    }
    let s = Float(bitPattern: (shifted.bitPattern &<< 23) &+ 0x3F80_0000)
    return (s, r.addingProduct(r * r, q))
  }

  static func hyperbolicTangent(_ z: Float) -> Float {
    let x = z.magnitude > 9.5 ? 9.5 : z.magnitude
    let t = x + x
    let shift: Float = 0x1.8p23 + 127
    let shifted = shift.addingProduct(t, 0x1.715476p0)
    let r = t.addingProduct(shift - shifted, 0x1.62e43p-1)
    var q: Float = 0.0013926184
    for coefficient in [0.008363179, 0.041666556, 0.16666576, 0.5] as [Float] {
      q = coefficient.addingProduct(q, r)
    }
    let s = Float(bitPattern: shifted.bitPattern &<< 23)
    let p = r.addingProduct(r * r, q)
    let e = (s - 1).addingProduct(s, p)
    let y = e / (e + 2)
    return Float(bitPattern: y.bitPattern | (z.bitPattern & 0x8000_0000))
  }

  static func exponential(_ x: Float) -> Float {
    let (s, p) = reduced(x < -87 ? -87 : x)
    return s.addingProduct(s, p)
  }
}
