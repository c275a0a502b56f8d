import Testing

@testable import RavineSweeps

struct RangeTests {
  private static func texts(_ axis: String, path: String = "data.correlation") throws -> [String] {
    let plan = try Fixture.correlated("axes:\n  \(path): \(axis)\n")
    return (0..<plan.trialCount).compactMap { plan.axisText(of: $0)[0] }
  }

  @Test func linearValuesAreTheDecimalsOneWouldWrite() throws {
    let tenths = try Self.texts("{linear: [0, 0.9], count: 10}")
    #expect(tenths == ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"])
    let steps = try Self.texts("{linear: [0.1, 2.1], count: 21, unit: 1/L}", path: "optimizer.step")
    #expect(steps == (1...21).map { Decimal.text(Double($0) / 10) + "/L" })
    #expect(try Self.texts("{linear: [0.5, -0.1], count: 3}") == ["0.5", "0.2", "-0.1"])
  }

  @Test func logarithmicDecadesAreExact() throws {
    let gaps = try Self.texts("{log: [1e-12, 1e-1], count: 12}", path: "stop.gap")
    #expect(
      gaps.compactMap(Double.init) == [1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1])
    let odd = try Self.texts("{log: [0.3, 0.7], count: 5}", path: "stop.gap").compactMap(Double.init)
    #expect(odd.first == 0.3)
    #expect(odd.last == 0.7)
    // Middle of five: √0.21, from its decimal expansion.
    #expect(abs(odd[2] - 0.458257569495584) < 1e-15)
  }

  @Test func oneMinusLogAscendsWithExactEnds() throws {
    let expected = ["0", "0.9", "0.99", "0.999"]
    #expect(try Self.texts("{one-minus-log: [0.001, 1], count: 4}") == expected)
    #expect(try Self.texts("{one-minus-log: [1, 0.001], count: 4}") == expected)
  }

  @Test func integersAndWholeRanges() throws {
    #expect(try Self.texts("{integers: [2, 10], by: 2}", path: "data.features") == ["2", "4", "6", "8", "10"])
    #expect(try Self.texts("{integers: [3, 1], by: -1}", path: "data.features") == ["3", "2", "1"])
    #expect(try Self.texts("{log: [2, 16], count: 4}", path: "data.features") == ["2", "4", "8", "16"])
    #expect(try Self.texts("{log: [1, 4], count: 9}", path: "data.features") == ["1", "2", "3", "4"])
  }

  @Test func repeatsAreTakenOutWithAWarning() throws {
    let sweep = try Fixture.sweep(Fixture.header + "axes:\n  optimizer.step: [0.1, 1e-1, 0.10, 0.2]\n")
    #expect(sweep.sizeReport.trials.exact == 2)
    #expect(sweep.warnings.map(\.code) == [.duplicateValue])
    #expect(sweep.warnings.first?.headline == "axis `optimizer.step` holds 2 repeated values")
  }

  @Test func zippedRepeatsAreRepeatsOfWholeRows() throws {
    let sweep = try Fixture.sweep(
      Fixture.header + "axes: {zip: [{optimizer.step: [1, 1, 2, 1], stop.gap: [0.1, 0.2, 0.1, 0.1]}]}\n")
    #expect(sweep.sizeReport.trials.exact == 3)
    #expect(sweep.warnings.count == 1)
  }

  @Test func aRangeNeedsDifferentNumbers() {
    let errors = Fixture.errors(
      Fixture.header + "axes:\n  optimizer.step: {linear: [1, 1.0000000001], count: 1000000000}\n")
    #expect(errors.map(\.code) == [.range])
  }

  private static let snaps: [[Double]] = [
    [0.30000000000000004, 0.3], [0.7999999999999999, 0.8], [3.0000000000000004e-05, 3e-5],
    [-0.30000000000000004, -0.3], [0.12345678901234568, 0.12345678901234568],
    [0.3333333333333333, 0.3333333333333333], [9.999999999999999e22, 1e23],
    [Double.leastNonzeroMagnitude, Double.leastNonzeroMagnitude], [0, 0],
  ]

  @Test(arguments: snaps)
  func snapping(_ pair: [Double]) {
    #expect(Decimal.snapped(pair[0]) == pair[1])
  }

  private static let texts: [(Double, String)] = [
    (1.0, "1"), (0.1, "0.1"), (1e-6, "1e-06"), (1e16, "1e+16"), (123_456_789, "123456789"), (-0.5, "-0.5"),
    (1.5e300, "1.5e+300"),
  ]

  @Test(arguments: texts)
  func shortestText(_ value: Double, _ text: String) {
    #expect(Decimal.text(value) == text)
    #expect(Double(Decimal.text(value)) == value)
  }
}
