import RavineDescent
import Testing

@testable import RavineSweeps

/// Sweeps of any size cost the same to read, to plan and to refuse.
struct SizeTests {
  static let trillion = """
    axes:
      data.correlation: {linear: [0, 0.9], count: 1000}
      optimizer.step: {linear: [0.1, 1], count: 1000}
      stop.gap: {log: [1e-9, 1e-1], count: 1000}
      seed: {replicates: 1000}
    """

  @Test func aTrillionTrialsAreArithmetic() throws {
    let plan = try Fixture.correlated(Self.trillion)
    #expect(plan.trialCount == 1_000_000_000_000)
    #expect(plan.problemCount == 1_000_000)
    #expect(plan.axisText(of: 0) == ["0", "0.1", "1e-09", "0"])
    #expect(plan.axisText(of: 999_999_999_999) == ["0.9", "1", "0.1", "999"])
    // ((correlation · 1000 + seed) · 1000 + step) · 1000 + gap
    let trial = ((123 * 1_000 + 456) * 1_000 + 789) * 1_000 + 12
    let text = plan.axisText(of: trial)
    #expect(text[3] == "456")
    #expect(plan.problem(of: trial) == 123_456)
    #expect(plan.problemTrials(of: 123_456) == trial / 1_000_000 * 1_000_000..<(trial / 1_000_000 + 1) * 1_000_000)
  }

  @Test func oneAxisOfABillionValues() throws {
    let plan = try Fixture.correlated("axes:\n  optimizer.step: {linear: [1, 2], count: 1000000001}\n")
    #expect(plan.trialCount == 1_000_000_001)
    #expect(plan.parameters(of: 500_000_000).step == .absolute(1.5))
    #expect(plan.parameters(of: 1_000_000_000).step == .absolute(2))
    #expect(plan.axisText(of: 1) == ["1.000000001"])
  }

  @Test func moreThanTwoToTheFortyIsRefusedWithTheExactNumber() throws {
    let axes = """
      axes:
        optimizer.step: {linear: [1, 2], count: 1000000007}
        stop.gap: {linear: [0.1, 0.2], count: 1000000007}
        stop.divergence: {linear: [2, 3], count: 1000000007}
        seed: {replicates: 4}
      """
    let sweep = try Fixture.sweep(Fixture.header + axes)
    // (10^9 + 7)^3 · 4
    #expect(sweep.sizeReport.trials.description == "4,000,000,084,000,000,588,000,001,372")
    #expect(sweep.sizeReport.trials.exact == nil)
    let errors = #expect(throws: SweepErrors.self) { try Plan(sweep: sweep, tables: [:], fileHashes: [:]) }
    #expect(errors?.diagnostics.map(\.code) == [.tooManyTrials])
    #expect(
      errors?.render(source: "") == """
        error[RV-1120]: this sweep has 4,000,000,084,000,000,588,000,001,372 trials
         --> test.yaml
          = help: most of it is `optimizer.step`: 1,000,000,007 values
          = help: no sweep may have more than 1,099,511,627,776 trials
          = note: optimizer.step 1,000,000,007 x stop.gap 1,000,000,007 x stop.divergence 1,000,000,007 x seed 4
        nothing was started. fix the file and run `ravine plan test.yaml`
        """)
  }

  @Test func theFlagIsTheCallersBusiness() throws {
    let report = try Fixture.sweep(Fixture.header + Self.trillion).sizeReport
    #expect(report.exceeds(10_000_000))
    #expect(!report.exceeds(1_000_000_000_000))
    #expect(report.refusal(limit: 10_000_000, file: "a.yaml")?.headline == "this sweep has 1,000,000,000,000 trials")
    #expect(report.refusal(limit: 1_000_000_000_000, file: "a.yaml") == nil)
  }

  @Test func countsOfAnySize() {
    let billion = TrialCount(1_000_000_000)
    #expect(TrialCount(0).description == "0")
    #expect((billion * billion * billion).description == "1,000,000,000,000,000,000,000,000,000")
    #expect((TrialCount(999_999_999) + TrialCount(1)).description == "1,000,000,000")
    #expect((TrialCount(.max) + TrialCount(1)).description == "9,223,372,036,854,775,808")
    #expect((TrialCount(.max) + TrialCount(1)).exact == nil)
    #expect(TrialCount(.max).exact == .max)
    #expect(TrialCount(123_456_789_012) > TrialCount(123_456_789_011))
    #expect(!(TrialCount(7) > TrialCount(7)))
    #expect((TrialCount(123_456_789) * 0).exact == 0)
  }

  @Test func unionsAddUp() throws {
    let sweep = try Fixture.sweep(
      Fixture.header + "axes: {seed: {replicates: 3}}\nunion:\n  - {axes: {optimizer.step: [1, 2]}}\n  - {bias: true}\n"
    )
    #expect(sweep.sizeReport.trials.exact == 9)
    #expect(sweep.sizeReport.branches == 2)
    let plan = try Plan(sweep: sweep, tables: [:], fileHashes: [:])
    #expect(plan.parts.map(\.trials) == [0..<6, 6..<9])
    #expect(plan.parts.map(\.problems) == [3, 3])
    #expect(plan.problem(of: 8) == 5)
  }
}
