import RavineDescent
import Testing

@testable import RavineSweeps

/// The arithmetic enumeration against nested loops written by hand.
struct EnumerationTests {
  @Test func gridIsNestedLoopsWithTheProblemSlowest() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        optimizer.step: [0.5/L, 1/L, 0.01]
        data.correlation: [0.1, 0.5]
        stop.gap: {log: [1e-4, 1e-2], count: 3}
        seed: {replicates: 2}
      """)
    var expected: [[String?]] = []
    for correlation in ["0.1", "0.5"] {
      for seed in ["0", "1"] {
        for step in ["0.5/L", "1/L", "0.01"] {
          for gap in ["0.0001", "0.001", "0.01"] { expected.append([step, correlation, gap, seed]) }
        }
      }
    }
    #expect(plan.trialCount == 36)
    #expect(plan.axes.map(\.path) == ["optimizer.step", "data.correlation", "stop.gap", "seed"])
    #expect(plan.axes.map(\.count) == [3, 2, 3, 2])
    #expect((0..<36).map { plan.axisText(of: $0) } == expected)
    #expect(plan.problemCount == 4)
    #expect((0..<36).map { plan.problem(of: $0) } == (0..<36).map { $0 / 9 })
    #expect(plan.problemTrials(containing: 17) == 9..<18)
    #expect((0..<4).map { plan.problemTrials(of: $0) } == [0..<9, 9..<18, 18..<27, 27..<36])
  }

  @Test func valuesReachTheTypesOfTheScience() throws {
    let plan = try Fixture.plan(
      """
      ravine: 1
      name: all
      data: {kind: near-duplicated, features: 3, copies: 2, epsilon: 0.1, samples: 50, target: cosine,
        noise: 0.2, shift: 5}
      model: {kind: ridge, l2: 0.25}
      preprocessing: whiten-zca
      bias: true
      start: [1, 2, 3, 4, 5, 6]
      optimizer: {kind: heavy-ball, step: 1.5/L, momentum: 0.9}
      stop: {gap: 1e-3, steps: 1e4, divergence: 1e9}
      precision: float32
      engine: direct
      seed: 18446744073709551615
      """)
    var problem = ProblemSettings(
      data: .generated(
        .nearDuplicated(features: 3, copies: 2, epsilon: 0.1), samples: .drawn(50), target: .cosine, noise: 0.2))
    problem.shift = 5
    problem.preprocessing = .whitenZCA
    problem.bias = true
    problem.l2 = 0.25
    problem.start = .values([1, 2, 3, 4, 5, 6])
    problem.seed = .max
    var parameters = TrialParameters()
    parameters.method = .heavyBall
    parameters.step = .overL(1.5)
    parameters.momentum = .value(0.9)
    parameters.gap = 1e-3
    parameters.steps = 10_000
    parameters.divergence = 1e9
    parameters.precision = .float32
    parameters.engine = .direct
    #expect(plan.trialCount == 1)
    #expect(plan.settings(of: 0) == TrialSettings(problem: problem, parameters: parameters))
    #expect(plan.problemSettings(0) == problem)
  }

  @Test(arguments: [
    ("equicorrelated, features: 4, correlation: 0.5", Generator.equicorrelated(features: 4, correlation: 0.5)),
    ("ar1, features: 4, correlation: -0.5", .autoregressive(features: 4, correlation: -0.5)),
    ("block, sizes: [2, 3], within: 0.5, between: 0.1", .block(sizes: [2, 3], within: 0.5, between: 0.1)),
    ("factor, features: 4, from: 0.1, to: 0.9", .factor(features: 4, from: 0.1, to: 0.9)),
    ("uncentred, features: 4, mean: 3", .uncentred(features: 4, mean: 3)),
    ("geometric, features: 4, condition: 100", .geometric(features: 4, condition: 100)),
    ("power, features: 4, exponent: 1.5", .power(features: 4, exponent: 1.5)),
    ("hilbert, features: 4", .hilbert(features: 4)),
    ("duplicated, features: 4, copies: 2", .duplicated(features: 4, copies: 2)),
    ("spectrum, eigenvalues: [0, 1, 2.5]", .spectrum(eigenvalues: [0, 1, 2.5])),
  ])
  func generators(_ text: String, _ generator: Generator) throws {
    let exact = try Fixture.plan("ravine: 1\nname: g\ndata: {kind: \(text)}")
    #expect(exact.problemSettings(0).data == .generated(generator, samples: .exact, target: .ones, noise: 0))
    let drawn = try Fixture.plan("ravine: 1\nname: g\ndata: {kind: \(text), samples: 9}")
    #expect(drawn.problemSettings(0).data == .generated(generator, samples: .drawn(9), target: .random, noise: 0))
  }

  @Test func namedSettingsAndDefaults() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        optimizer.kind: [gradient-descent, heavy-ball, nesterov, gd_1_over_L, gd_optimal, heavy_ball_optimal,
          nesterov_1_over_L, nesterov_quadratic_optimal]
      """)
    let expected: [(Method, StepSize, Momentum)] = [
      (.gradientDescent, .overL(1), .optimal), (.heavyBall, .overL(1), .optimal), (.nesterov, .overL(1), .optimal),
      (.gradientDescent, .overL(1), .optimal), (.gradientDescent, .optimal, .optimal),
      (.heavyBall, .optimal, .optimal), (.nesterov, .overL(1), .optimal), (.nesterov, .optimal, .optimal),
    ]
    for (trial, (method, step, momentum)) in expected.enumerated() {
      let parameters = plan.parameters(of: trial)
      #expect(parameters.method == method)
      #expect(parameters.step == step)
      #expect(parameters.momentum == momentum)
    }
  }

  @Test func kindAndStepAxesInAnyOrder() throws {
    for axes in [
      "optimizer.kind: [heavy-ball]\n  optimizer.step: [0.1]", "optimizer.step: [0.1]\n  optimizer.kind: [heavy-ball]",
    ] {
      let plan = try Fixture.correlated("axes:\n  \(axes)\n  optimizer.momentum: [0.5, 0.6]\n")
      #expect(plan.trialCount == 2)
      let parameters = plan.parameters(of: 1)
      #expect(parameters.method == .heavyBall)
      #expect(parameters.step == .absolute(0.1))
      #expect(parameters.momentum == .value(0.6))
    }
  }

  @Test func conditionalAxes() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        optimizer.step: [0.1, 0.2]
        optimizer.kind: [gradient-descent, heavy-ball]
        optimizer.momentum: {values: [0.5, 0.9], when: {optimizer.kind: heavy-ball}}
        seed: {replicates: 2}
      """)
    var expected: [[String?]] = []
    for seed in ["0", "1"] {
      for step in ["0.1", "0.2"] { expected.append([step, "gradient-descent", nil, seed]) }
      for step in ["0.1", "0.2"] {
        for momentum in ["0.5", "0.9"] { expected.append([step, "heavy-ball", momentum, seed]) }
      }
    }
    #expect(plan.trialCount == 12)
    #expect((0..<12).map { plan.axisText(of: $0) } == expected)
    #expect(plan.problemCount == 2)
    #expect(plan.problemTrials(containing: 7) == 6..<12)
    #expect(plan.parameters(of: 0).resolved(lambdaMin: 1, lambdaMax: 10).momentum == 0)
    #expect(plan.parameters(of: 5).momentum == .value(0.9))
  }

  @Test func conditionalProblemAxesAndChains() throws {
    let plan = try Fixture.plan(
      """
      ravine: 1
      name: chain
      data: {features: 3}
      axes:
        data.kind: [equicorrelated, geometric]
        data.correlation: {values: [0.1, 0.9], when: {data.kind: equicorrelated}}
        data.condition: {values: [10, 100, 1000], when: {data.kind: geometric}}
        bias: {values: [true, false], when: {data.condition: [100, 1000]}}
      """)
    var expected: [[String?]] = [
      ["equicorrelated", "0.1", nil, nil], ["equicorrelated", "0.9", nil, nil], ["geometric", nil, "10", nil],
    ]
    for condition in ["100", "1000"] {
      for bias in ["true", "false"] { expected.append(["geometric", nil, condition, bias]) }
    }
    #expect((0..<plan.trialCount).map { plan.axisText(of: $0) } == expected)
    #expect(plan.problemCount == 7)
  }

  @Test func unionWithOverrides() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        data.correlation: [0.1, 0.9]
        optimizer.step: [0.1, 0.2]
      union:
        - {optimizer: {kind: gradient-descent}}
        - {optimizer: {kind: heavy-ball, step: 0.5}, axes: {optimizer.momentum: [0.3, 0.4]}}
      """)
    #expect(plan.axes.map(\.path) == ["data.correlation", "optimizer.step", "optimizer.momentum", "optimizer.kind"])
    var expected: [[String?]] = []
    for correlation in ["0.1", "0.9"] {
      for step in ["0.1", "0.2"] { expected.append([correlation, step, nil, "gradient-descent"]) }
    }
    for correlation in ["0.1", "0.9"] {
      for momentum in ["0.3", "0.4"] { expected.append([correlation, "0.5", momentum, "heavy-ball"]) }
    }
    #expect((0..<8).map { plan.axisText(of: $0) } == expected)
    #expect(plan.trialCount == 8)
  }

  @Test func unionWithAnotherKindLeavesItsKeysBehind() throws {
    let plan = try Fixture.correlated("union:\n  - {data: {kind: hilbert}}\n  - {data: {correlation: 0.7}}\n")
    #expect(plan.problemSettings(0).data == .generated(.hilbert(features: 4), samples: .exact, target: .ones, noise: 0))
    #expect(plan.axisText(of: 0) == ["hilbert", nil])
    #expect(plan.axisText(of: 1) == ["equicorrelated", "0.7"])
  }

  @Test func zippedAxesRunTogether() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        optimizer.step: [0.1, 0.2]
        zip:
          - data.features: [2, 3]
            data.correlation: [0.1, 0.9]
          - optimizer.kind: [heavy-ball, nesterov]
            optimizer.momentum: [0.5, 0.6]
      """)
    var expected: [[String?]] = []
    for (features, correlation) in [("2", "0.1"), ("3", "0.9")] {
      for step in ["0.1", "0.2"] {
        for (kind, momentum) in [("heavy-ball", "0.5"), ("nesterov", "0.6")] {
          expected.append([step, features, correlation, kind, momentum])
        }
      }
    }
    #expect((0..<plan.trialCount).map { plan.axisText(of: $0) } == expected)
  }

  @Test func aZippedAxisMayJoinProblemAndTrial() throws {
    let plan = try Fixture.correlated(
      """
      axes:
        zip: [{data.correlation: [0.1, 0.9], optimizer.step: [0.5, 0.25]}]
        stop.gap: [0.1, 0.01]
      """)
    #expect((0..<4).map { plan.parameters(of: $0).step } == [0.5, 0.5, 0.25, 0.25].map { .absolute($0) })
    #expect((0..<4).map { plan.parameters(of: $0).gap } == [0.1, 0.01, 0.1, 0.01])
  }

  /// Two ways to the same parameters: patches decoded in advance, and the values of all settings.
  @Test(arguments: Self.everything)
  func parametersAgreeWithSettings(_ text: String) throws {
    let plan = try Fixture.correlated(text)
    var seen = Set<TrialSettings>()
    var tuples = Set<[String?]>()
    var problems = 0
    for trial in 0..<plan.trialCount {
      let settings = plan.settings(of: trial)
      #expect(settings.parameters == plan.parameters(of: trial))
      #expect(plan.resolvedParameters(of: trial) == plan.parameters(of: trial))
      seen.insert(settings)
      tuples.insert(plan.axisText(of: trial))
      let range = plan.problemTrials(containing: trial)
      #expect(range.contains(trial))
      if range.lowerBound == trial {
        #expect(plan.problem(of: trial) == problems)
        #expect(plan.problemTrials(of: problems) == range)
        problems += 1
      }
      #expect(plan.problemSettings(plan.problem(of: trial)) == settings.problem)
    }
    #expect(seen.count == plan.trialCount)
    #expect(tuples.count == plan.trialCount)
    #expect(problems == plan.problemCount)
  }

  static let everything = [
    "axes:\n  optimizer.step: [0.1, 0.2]\n",
    "optimizer: {kind: adam, step: 0.01}\naxes:\n  optimizer.momentum: [optimal, 0.5]\n",
    """
    axes:
      zip: [{data.correlation: [0.1, 0.2], optimizer.kind: [heavy-ball, nesterov]}]
      precision: [float64, float32]
      optimizer.momentum: {values: [0.5, 0.9], when: {precision: float32}}
    """,
    """
    axes:
      optimizer.kind: [gradient-descent, heavy-ball, nesterov]
      optimizer.step: {linear: [0.1, 0.9], count: 5, unit: 1/L}
      optimizer.momentum: {values: [0.5, 0.9], when: {optimizer.kind: [heavy-ball, nesterov]}}
      data.correlation: {one-minus-log: [0.001, 1], count: 4}
      seed: {replicates: 3}
    constraints:
      - optimizer.step * (1 - optimizer.momentum) < 0.5
      - data.correlation < 0.9 or optimizer.kind != gradient-descent
    """,
    """
    axes:
      data.features: {integers: [2, 6], by: 2}
      stop.gap: [0.1, 0.01]
      precision: [float64, float32]
      optimizer.step: [1/L, 0.1]
    constraints: [data.features * stop.gap < 0.4, not (precision == float32 and data.features > 2)]
    """,
    """
    search: {kind: sobol, points: 50, seed: 3}
    axes:
      optimizer.kind: [gradient-descent, heavy-ball]
      optimizer.step: {log: [0.01, 1]}
      optimizer.momentum: {linear: [0, 0.9], when: {optimizer.kind: heavy-ball}}
      seed: {replicates: 2}
    """,
    """
    search: {kind: random, points: 40, seed: 1}
    axes:
      data.correlation: {linear: [0, 0.9]}
      optimizer.step: {linear: [0.1, 1.9], unit: 1/L}
      seed: {replicates: 3}
    constraints: [optimizer.step < 1 or data.correlation > 0.3]
    """,
  ]
}
