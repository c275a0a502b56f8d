import RavineDescent
import Testing

/// Trials that cannot be run end as `failed`, and say why.
@Suite struct ObstacleTests {
  private func trial(_ method: Method, _ step: StepSize) -> TrialParameters {
    var parameters = TrialParameters()
    parameters.method = method
    parameters.step = step
    parameters.steps = 3
    return parameters
  }

  /// 67,585 weights × 1,024 rows are beyond the search for L.
  @Test func aLargeNetNeedsAStepInNumbers() throws {
    var settings = ProblemSettings(
      data: .generated(.equicorrelated(features: 64, correlation: 0), samples: .drawn(1024), target: .random, noise: 0))
    settings.model = .net(NetSettings(hidden: [1024], activation: .tanh))
    let problem = try Problem.prepare(settings, tables: [:])
    let reason = try #require(Training.obstacle(problem, trial(.gradientDescent, .overL(1))))
    #expect(reason.contains("give `optimizer.step` as a number"))
    #expect(Training.obstacle(problem, trial(.gradientDescent, .absolute(0.01))) == nil)
    let outcome = Training.run(PreparedProblem(problem), trial(.gradientDescent, .overL(1)))
    #expect(outcome?.record.status == .failed)
  }

  /// Refused before anything of that size is made: 2¹⁶ units side by side are 2³² weights.
  @Test func aNetThatNoMemoryHoldsIsRefused() throws {
    for teacher in [Teacher.target, .net(hidden: [65_536, 65_536], outputs: 1), .linear(outputs: 65_536)] {
      var net = NetSettings(hidden: teacher == .target ? [65_536, 65_536] : [2], activation: .identity)
      net.teacher = teacher
      var settings = ProblemSettings(
        data: .generated(
          .equicorrelated(features: 4, correlation: 0.5), samples: .drawn(4000), target: .random, noise: 0))
      settings.model = .net(net)
      let error = try #require(throws: DataError.self) { try Problem.prepare(settings, tables: [:]) }
      #expect(error.messages.contains { $0.contains("the limit is 134217728") })
    }
  }
}
