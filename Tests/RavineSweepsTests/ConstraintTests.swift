import Testing

@testable import RavineSweeps

struct ConstraintTests {
  /// Every kept tuple in order, and no other, by filtering nested loops.
  @Test func keptTuplesAgainstNestedLoops() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        stop.steps: {integers: [1, 4]}
        optimizer.step: {linear: [0.1, 1], count: 10}
        data.correlation: [0.1, 0.3, 0.9]
        optimizer.kind: [heavy-ball, nesterov]
        optimizer.momentum: [0, 0.5, 0.9]
        data.features: [2, 4]
      constraints:
        - optimizer.step * (1 - optimizer.momentum) < 0.5
        - data.features <= 2 or data.correlation > 0.2
        - 0.2 < optimizer.step + optimizer.momentum <= 1.2
      """)
    var expected: [[String?]] = []
    for correlation in [0.1, 0.3, 0.9] {
      for features in [2, 4] where features <= 2 || correlation > 0.2 {
        for steps in 1...4 {
          for step in [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] {
            for kind in ["heavy-ball", "nesterov"] {
              for momentum in [0, 0.5, 0.9] {
                guard step * (1 - momentum) < 0.5, 0.2 < step + momentum, step + momentum <= 1.2 else { continue }
                expected.append([
                  "\(steps)", Decimal.text(step), Decimal.text(correlation), kind, Decimal.text(momentum),
                  "\(features)",
                ])
              }
            }
          }
        }
      }
    }
    #expect(plan.trialCount == expected.count)
    #expect((0..<plan.trialCount).map { plan.axisText(of: $0) } == expected)
    #expect(plan.problemCount == 5)
    #expect(plan.sweep.sizeReport.unconstrained.exact == 1_440)
  }

  @Test func problemsWithoutTrialsAreNotCounted() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        data.correlation: [0.1, 0.2, 0.3, 0.4]
        seed: {replicates: 2}
        optimizer.step: [0.1, 0.2, 0.3]
      constraints: [optimizer.step > data.correlation]
      """)
    // 0.1 leaves two steps, 0.2 one, 0.3 and 0.4 none.
    #expect(plan.trialCount == 6)
    #expect(plan.problemCount == 4)
    #expect((0..<6).map { plan.problem(of: $0) } == [0, 0, 1, 1, 2, 3])
    #expect((0..<4).map { plan.problemTrials(of: $0) } == [0..<2, 2..<4, 4..<5, 5..<6])
  }

  @Test func aConstraintOverSettingsThatDoNotExistDoesNotApply() throws {
    let plan = try Fixture.plan(
      """
      ravine: 1
      name: vacuous
      data: {features: 3}
      axes:
        data.kind: [hilbert, geometric]
        data.condition: {values: [10, 100], when: {data.kind: geometric}}
      constraints: [data.condition < 50]
      """)
    #expect((0..<plan.trialCount).map { plan.axisText(of: $0) } == [["hilbert", nil], ["geometric", "10"]])
  }

  @Test func gradientDescentHasNoMomentum() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        optimizer.kind: [gradient-descent, heavy-ball]
        optimizer.momentum: {values: [0.5], when: {optimizer.kind: heavy-ball}}
        optimizer.step: [0.4, 0.8]
      constraints: [optimizer.step * (1 - optimizer.momentum) < 0.5]
      """)
    #expect(
      (0..<plan.trialCount).map { plan.axisText(of: $0) } == [
        ["gradient-descent", nil, "0.4"], ["heavy-ball", "0.5", "0.4"], ["heavy-ball", "0.5", "0.8"],
      ])
  }

  @Test func tooManyCombinations() {
    let errors = Fixture.errors(
      Fixture.header
        + """
        axes:
          optimizer.step: {linear: [0.1, 1], count: 3000}
          stop.gap: {linear: [0.1, 0.9], count: 3000}
        constraints: [optimizer.step < stop.gap]
        """)
    #expect(errors.map(\.code) == [.constraint])
    #expect(errors.first?.headline == "the constraints depend on too many combinations")
  }

  @Test func rankAgainstCounting() {
    let rank = KeptRank(count: 1_000) { $0 % 3 == 0 || $0 > 900 }
    var count = 0
    for position in 0...1_000 {
      #expect(rank.before(position) == count)
      if position < 1_000 && (position % 3 == 0 || position > 900) { count += 1 }
    }
    #expect(rank.total == count)
  }

  @Test(arguments: [
    ("1 + 2 * 3 == 7", true), ("(1 + 2) * 3 == 9", true), ("-2 * -3 == 6", true), ("8 / 2 / 2 == 2", true),
    ("1 - 1 - 1 == -1", true), ("1 < 2 and 2 < 1 or 3 > 2", true), ("not 1 < 2 or 2 < 1", false), ("1 < 2 < 3", true),
    ("1 < 3 < 2", false), ("not (1 < 2 and 2 < 1)", true), ("0 / 0 != 1", false), ("1e-3 < 2e-3", true),
  ])
  func arithmetic(_ text: String, _ holds: Bool) throws {
    #expect(try ExpressionParser.parse(text).evaluate { _ in .nan } == (holds ? 1 : 0))
  }

  @Test(arguments: [
    "", "1", "1 <", "(1 < 2", "1 < 2)", "1 + (2 < 3)", "not 1", "1 and 2 < 3", "a < 1", "optimizer.kind < 1",
  ])
  func refused(_ text: String) {
    #expect(throws: ExpressionError.self) { try ExpressionParser.parse(text) }
  }
}
