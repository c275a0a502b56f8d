import RavineReports
import Testing

@Suite struct NumberTextTests {
  @Test(
    arguments: [
      (0, "0"), (-0.0, "-0"), (1, "1"), (-2, "-2"), (0.1, "0.1"), (1e-7, "1e-07"), (.leastNonzeroMagnitude, "5e-324"),
      (123_456_789_012, "123456789012"), (1e22, "1e+22"), (1.0 / 3, "0.3333333333333333"), (.nan, "nan"),
      (.infinity, "inf"), (-.infinity, "-inf"), (9_007_199_254_740_992, "9007199254740992"),
    ] as [(Double, String)])
  func shortestFormReadsBackAsTheSameNumber(value: Double, text: String) throws {
    #expect(NumberText.shortest(value) == text)
    let back = try #require(Double(text))
    #expect(back == value || (back.isNaN && value.isNaN))
    #expect(back.sign == value.sign || value.isNaN)
  }

  /// What C's `%.4g` prints, apart from its limit of plain notation (1e4 there, 1e6 here).
  @Test(
    arguments: [
      (0.001234, "0.001234"), (0.00012346, "0.0001235"), (0.000012344, "1.234e-05"), (1.23456, "1.235"),
      (99.996, "100"), (99_999.9, "100000"), (12_345.6, "12350"), (1e6, "1e+06"), (1.0773e6, "1.077e+06"),
      (-3.14159, "-3.142"), (1e-300, "1e-300"), (0.5, "0.5"), (100, "100"), (.nan, "nan"), (-.infinity, "-inf"),
      (0, "0"),
    ] as [(Double, String)])
  func significantDigits(value: Double, text: String) { #expect(NumberText.significant(value) == text) }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_077_364, "-1,077,364"), (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func grouped(value: Int, text: String) { #expect(NumberText.grouped(value) == text) }

  @Test(
    arguments: [
      (0, "0 s"), (0.0312, "0.03 s"), (0.31, "0.3 s"), (1.25, "1.3 s"), (12, "12 s"), (59.6, "1 min 00 s"),
      (185, "3 min 05 s"), (7500, "2 h 05 min"), (273_600, "3 d 4 h"), (-1, "?"), (.nan, "?"), (.infinity, "?"),
    ] as [(Double, String)])
  func duration(seconds: Double, text: String) { #expect(NumberText.duration(seconds) == text) }

  @Test(arguments: [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (82_400_000, "82.4 MB"), (1_300_000_000, "1.3 GB")])
  func bytes(count: Int, text: String) { #expect(NumberText.bytes(count) == text) }

  @Test(
    arguments: [
      (0, "0"), (4.26, "4.3"), (940, "940"), (999.7, "1 k"), (12_345, "12.3 k"), (1.7e6, "1.7 M"), (.nan, "?"),
    ] as [(Double, String)])
  func rate(perSecond: Double, text: String) { #expect(NumberText.rate(perSecond) == text) }

  @Test(
    arguments: [
      (0, "0 %"), (-1, "0 %"), (.nan, "0 %"), (0.001, "0.1 %"), (0.0997, "10 %"), (0.534, "53 %"), (0.9999, "99 %"),
      (1, "100 %"), (2, "100 %"),
    ] as [(Double, String)])
  func percent(share: Double, text: String) { #expect(NumberText.percent(share) == text) }
}
