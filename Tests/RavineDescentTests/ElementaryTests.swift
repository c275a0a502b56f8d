import Foundation
import Testing

@testable import RavineDescent

@Suite("Elementary functions")
struct ElementaryTests {
  /// Units in the last place of `expected` between the two.
  private func ulps(_ value: Double, _ expected: Double) -> Double {
    value == expected ? 0 : abs(value - expected) / expected.ulp
  }

  // The expected values were computed with 60 digits and rounded once.
  @Test(
    "log",
    arguments: [
      (0.5, -0.6931471805599453), (2, 0.6931471805599453), (10, 2.302585092994046), (0.1, -2.3025850929940455),
      (1.0000000000000002, 2.2204460492503128e-16), (0.9999999999999999, -1.1102230246251565e-16),
      (1e300, 690.7755278982137), (.leastNonzeroMagnitude, -744.4400719213812), (3.141592653589793, 1.1447298858494002),
      (0.7071067811865475, -0.34657359027997275), (1.4142135623730951, 0.3465735902799727),
      (123456.789, 11.723646487185881), (1, 0),
    ])
  func logarithm(x: Double, expected: Double) { #expect(ulps(Elementary.log(x), expected) <= 1) }

  @Test(
    "exp",
    arguments: [
      (1, 2.718281828459045), (-1, 0.36787944117144233), (0.5, 1.6487212707001282), (-0.34657, 0.7071093199024199),
      (709.7, 1.6549840276802644e+308), (-708.0, 3.307553003638408e-308), (-740.0, Double(bitPattern: 85)),
      (1e-10, 1.0000000001),
      (20.25, 622964442.1984454), (-33.3, 3.4513877443742162e-15), (0.6931471805599453, 2.0), (0, 1),
    ])
  func exponential(x: Double, expected: Double) { #expect(ulps(Elementary.exp(x), expected) <= 1) }

  @Test(
    "cos",
    arguments: [
      (0, 1), (1, 0.5403023058681398), (2, -0.4161468365471424), (3, -0.9899924966004454), (4, -0.6536436208636119),
      (11, 0.004425697988050785), (22, -0.9999608263946371), (355, -0.999999999545659), (100, 0.8623188722876839),
      (1000, 0.5623790762907029), (12345, 0.11143578678412723), (710, 0.999999998182636),
      (103993, 0.9999999998170342), (208341, -0.9999999999670789), (0.25, 0.9689124217106447),
      (823549, 0.787174250682942), (-3, -0.9899924966004454),
    ])
  func cosine(x: Double, expected: Double) { #expect(ulps(Elementary.cos(x), expected) <= 1) }

  @Test(
    "pow",
    arguments: [
      (10, -0.5, 0.31622776601683794), (1_000_000.0, -0.14285714285714285, 0.13894954943731377),
      (2, 0.5, 1.4142135623730951), (100, -2, 0.0001), (99, -1.5, 0.0010151897123830424),
      (1.0000001, 1_000_000_000.0, 2.6881038582144647e+43), (0.999, 700000.0, 6.946374402185022e-305),
      (1e+300, 0.99, 9.999999999999939e+296), (3, 600.5, 3.2457379928393493e+286),
      (0.1, 300.7, 1.995262314968965e-301), (7, -0.3333333333333333, 0.5227579585747102),
      (1e-300, 1.05, Double(bitPattern: 202402253)),
      (2, -1073.5, .leastNonzeroMagnitude), (1.5, 1700, 2.2653765189682277e+299), (5, 3, 125), (2, 10, 1024), (7, 1, 7),
    ])
  func power(x: Double, y: Double, expected: Double) { #expect(ulps(Elementary.pow(x, y), expected) <= 1) }

  @Test("limits")
  func limits() {
    #expect(Elementary.log(0) == -.infinity)
    #expect(Elementary.log(-1).isNaN)
    #expect(Elementary.log(.infinity) == .infinity)
    #expect(Elementary.exp(1000) == .infinity)
    #expect(Elementary.exp(-1000) == 0)
    #expect(Elementary.exp(.nan).isNaN)
    #expect(Elementary.cos(1e9).isNaN)
    #expect(Elementary.pow(0, 2) == 0)
    #expect(Elementary.pow(0, -2) == .infinity)
    #expect(Elementary.pow(0, 0) == 1)
    #expect(Elementary.pow(1e200, 2) == .infinity)
    #expect(Elementary.pow(1e200, -2) == 0)
    #expect(Elementary.pow(2, 1e300) == .infinity)
    #expect(Elementary.pow(0.5, 1e300) == 0)
    #expect(Elementary.pow(-1, 0.5).isNaN)
  }

  @Test("2,000 random arguments agree with the C library to 2 ulp")
  func againstLibrary() {
    let stream = RandomStream(seed: 5, stream: 9)
    for i in 0..<2000 {
      let u = stream.uniform(at: UInt64(2 * i))
      let v = stream.uniform(at: UInt64(2 * i + 1))
      let x = Foundation.exp(1400 * (u - 0.5))
      #expect(ulps(Elementary.log(x), Foundation.log(x)) <= 2)
      #expect(ulps(Elementary.exp(1400 * (v - 0.5)), Foundation.exp(1400 * (v - 0.5))) <= 2)
      #expect(ulps(Elementary.cos(v * 1000), Foundation.cos(v * 1000)) <= 2)
      let y = 700 * (2 * v - 1) / max(abs(Foundation.log(x)), 1)
      #expect(ulps(Elementary.pow(x, y), Foundation.pow(x, y)) <= 2)
    }
  }

  @Test(
    "normal quantiles",
    arguments: [
      (0.5, 0.0), (0.975, 1.9599639845400538), (0.025, -1.9599639845400543), (0.75, 0.6744897501960817),
      (1e-10, -6.361340902404057), (0.999999, 4.753424308817087), (0.0749, -1.4402382675279637),
      (0.0751, -1.43882539275254), (1.1102230246251565e-16, -8.209536151601387),
      (0.9999999999999999, 8.209536151601387),
    ])
  func normalQuantile(p: Double, expected: Double) {
    #expect(abs(Normal.quantile(p) - expected) <= 1e-15 * max(1, abs(expected)))
  }
}
