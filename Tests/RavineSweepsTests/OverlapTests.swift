import RavineDescent
import Testing

@testable import RavineSweeps

@Suite struct OverlapTests {
  private static let old = """
    stop: {gap: 1e-6, steps: 500}
    axes:
      optimizer.step: [0.5, 1.0, 1.5]
      data.correlation: [0.1, 0.6]
      seed: {replicates: 2}
      optimizer.kind: [gradient-descent, heavy-ball]
    """

  /// The twins by definition: equal settings, the step limit apart.
  private func twins(_ trial: Int, _ new: Plan, _ old: Plan) -> Set<Int> {
    var wanted = new.settings(of: trial)
    wanted.parameters.steps = 0
    return Set(
      (0..<old.trialCount).filter { candidate in
        var settings = old.settings(of: candidate)
        settings.parameters.steps = 0
        return settings == wanted
      })
  }

  @Test(arguments: [
    old,
    old.replacingOccurrences(of: "replicates: 2", with: "replicates: 5"),
    old.replacingOccurrences(of: "[0.1, 0.6]", with: "[0.6, 0.3, 0.1]"),
    old.replacingOccurrences(of: "1.0, 1.5]", with: "0.75, 1.0, 1.25, 1.5]"),
    old.replacingOccurrences(of: "steps: 500", with: "steps: 9000"),
    old + "\n  stop.steps: [500, 100]",
    old + "\nunion:\n  - {}\n  - {axes: {data.shift: [0.1, 0]}}\n  - {stop: {gap: 1e-6, steps: 70}}",
    "axes: {data.correlation: [0.6]}",
  ])
  func everyTrialFindsExactlyItsTwins(_ text: String) throws {
    let old = try Fixture.correlated(Self.old)
    let new = try Fixture.correlated(text)
    let overlap = PlanOverlap(old: old)
    for trial in 0..<new.trialCount {
      let found = overlap.twins(of: new.settings(of: trial).problem)?.trials(like: new.parameters(of: trial)) ?? []
      #expect(Set(found) == twins(trial, new, old) && Set(found).count == found.count)
      let limit = new.parameters(of: trial).steps
      let isSame = found.map { old.parameters(of: $0).steps == limit }
      #expect(isSame == isSame.sorted { $0 && !$1 })
    }
  }

  @Test func unitsNeverMixKnownAndUnknownTrials() throws {
    let profile = CostProfile(
      segments: [.init(first: 0, perTrial: 1e5), .init(first: 700, perTrial: 3e6)], trialCount: 1000)
    let known = [3..<4, 10..<500, 640..<900, 999..<1000]
    let units = UnitTable.partition(profile, mostTrials: 128, known: known) { $0 / 50 * 50..<$0 / 50 * 50 + 50 }
    #expect(units.starts.first == 0 && units.starts.last == 1000)
    for unit in 0..<units.count {
      let range = units.range(of: unit)
      #expect(!range.isEmpty && range.count <= 128)
      #expect(Set(range.map { trial in known.contains { $0.contains(trial) } }).count == 1)
    }
    // The unknown trials alone are shared out: 100 of 1e5 apart from the known ones, and 99 of 3e6.
    let least = units.costs.enumerated().filter { unit, _ in
      !known.contains { $0.contains(units.starts[unit]) }
    }
    #expect(least.count > 40)
  }
}
