import Testing

@testable import RavineDescent

/// Trials that a careless engine would call converged, or diverged, by accident.
@Suite struct HonestEndsTests {
  private static let inputs: [[Double]] = [
    [0.35, 0.82], [0.33, -1.3], [0.91, 0.45], [-0.54, 0.58], [0.36, 0.29], [0.03, 0.55], [-0.74, -0.16],
    [-0.48, 0.6], [0.04, -0.29], [-0.78, -0.26], [0.01, -0.28], [1.29, 1.01],
  ]
  private static let targets = [-2.71, -1.89, -0.17, -0.42, 0.21, 0.22, 2.12, -1.11, -0.38, 2.04, 0.65, 0.66]

  private static func outcome(
    _ settings: ProblemSettings, _ change: (inout TrialParameters) -> Void = { _ in }
  ) throws -> TrialRecord {
    var parameters = TrialParameters()
    parameters.steps = 3000
    change(&parameters)
    let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    return try #require(
      Measurement().run([TrialRequest(id: 0, problem: 0, parameters: parameters)], problems: [problem]))[
        0]
  }

  /// float32 holds no losses of 1e-50 or 1e50; the modal path, which scales them away, does not mind.
  @Test(arguments: [1e-25, 1e25]) func lossesOutOfFloat32(_ unit: Double) throws {
    let settings = ProblemSettings(
      data: .rows(inputs: Self.inputs, targets: Self.targets.map { unit * $0 }))
    for method in [Method.gradientDescent, .adam] {
      let record = try Self.outcome(settings) {
        $0.method = method
        $0.precision = .float32
        $0.engine = .direct
      }
      #expect(record.status == .failed, "\(method) \(record)")
    }
    let modal = try Self.outcome(settings) { $0.precision = .float32 }
    #expect(modal.status == .converged)
    #expect(modal.crossCheck != .differed)
  }

  @Test func targetsWhoseSquaresUnderflow() {
    let settings = ProblemSettings(data: .rows(inputs: [[1], [2]], targets: [1e-165, 2e-165]))
    #expect(throws: DataError.self) { try Problem.prepare(settings, tables: [:]) }
  }

  /// The minimum of logistic regression does not depend on the coordinates of the inputs: 0.68967958681125141 (Newton's
  /// method with 50 digits).
  @Test(arguments: [
    (1, 1, 0), (1e4, 1e-4, 0), (1e-6, 1, 0), (1, 1e-5, 1), (1, 1e-7, 1),
  ])
  func minimumWhateverTheCoordinates(_ first: Double, _ second: Double, _ shared: Double) throws {
    var settings = ProblemSettings(
      data: .rows(
        inputs: Self.inputs.map { [first * $0[0], shared * $0[0] + second * $0[1]] }, targets: Self.targets))
    settings.model = .logistic
    let net = try #require(try Problem.prepare(settings, tables: [:]).net)
    #expect(close(net.floor, 0.68967958681125141, 1e-10), "\(net.floor)")
    settings.model = .softmax(classes: 2)
    settings.data = .rows(
      inputs: Self.inputs.map { [first * $0[0], shared * $0[0] + second * $0[1]] },
      targets: Self.targets.map { $0 > -0.1 ? 1 : 0 })
    // The median lies between −0.17 and 0.21: the same two classes.
    let softmax = try #require(try Problem.prepare(settings, tables: [:]).net)
    #expect(close(softmax.floor, 0.68967958681125141, 1e-10), "\(softmax.floor)")
  }

  /// Newton's method far from the minimum of a logistic regression runs off to where the Hessian underflows.
  @Test(arguments: [3.0, 30, 300]) func newtonThatRunsAway(_ start: Double) throws {
    var settings = ProblemSettings(
      data: .rows(inputs: [[1], [2], [-1], [3], [-2]], targets: [1, -0.5, 0, 2, 0.5]))
    settings.model = .logistic
    settings.start = .values([start])
    let record = try Self.outcome(settings) { $0.method = .newton }
    #expect(record.status == .diverged, "\(record)")
  }

  /// f − f* of a logistic regression rounds to some 1e-16: nobody can see a gap of 1e-30, or say that it was reached.
  @Test(arguments: [
    Method.gradientDescent, .exactLineSearch, .lbfgs, .backtracking, .diagonalNewton, .newton, .conjugateGradient,
  ])
  func gapsBelowRounding(_ method: Method) throws {
    var settings = ProblemSettings(
      data: .rows(inputs: [[1, 2], [0.3, -1], [2, 1], [-1, 0.7]], targets: [1, -0.5, 2, 0.3]))
    settings.model = .logistic
    settings.l2 = 0.1
    let record = try Self.outcome(settings) {
      $0.method = method
      $0.step = .absolute(1)
      $0.gap = 1e-30
    }
    #expect(record.status == .floor, "\(record)")
    #expect(record.gap >= 0 && record.hits.count >= 10)
  }

  /// No record has a gap below zero, and a start that lies at the minimum but for rounding is no divergence.
  @Test func gapsAreNotNegative() throws {
    var settings = ProblemSettings(data: .rows(inputs: Self.inputs, targets: Self.targets))
    settings.model = .logistic
    let net = try #require(try Problem.prepare(settings, tables: [:]).net)
    for precision in Precision.allCases {
      for gap in [1e-6, 1e-12] {
        let record = try Self.outcome(settings) {
          $0.precision = precision
          $0.gap = gap
        }
        #expect(record.gap >= 0 && record.status != .diverged, "\(record)")
      }
      var there = settings
      there.start = .values(net.optimum)
      let record = try Self.outcome(there) { $0.precision = precision }
      #expect([.floor, .converged, .budget].contains(record.status), "\(record)")
    }
  }

  /// What cannot be seen is a floor at any step limit, not only where the bits have rested long enough.
  @Test(arguments: [100, 1000, 100_000] as [UInt64]) func floorsDoNotDependOnTheLimit(_ steps: UInt64) throws {
    let settings = ProblemSettings(
      data: .rows(inputs: [[1, 2], [0.3, -1], [2, 1], [-1, 0.7]], targets: [1, -0.5, 2, 0.3]))
    for precision in Precision.allCases {
      let record = try Self.outcome(settings) {
        $0.engine = .direct
        $0.precision = precision
        $0.gap = 1e-40
        $0.steps = steps
      }
      #expect(record.status == .floor, "\(record)")
    }
  }

  /// Squares that overflow are no reason to stop: the first step that is short enough is found.
  @Test(arguments: [0.5, 0.9]) func backtrackingBeyondTheRangeOfSquares(_ shrink: Double) throws {
    let settings = ProblemSettings(data: .rows(inputs: [[1e150]], targets: [1e150]))
    let record = try Self.outcome(settings) {
      $0.method = .backtracking
      $0.step = .absolute(1)
      $0.shrink = shrink
    }
    #expect(record.status == .converged, "\(record)")
  }

  /// Of all weights that fit, H⁺ leads to those of minimum norm.
  @Test func newtonEndsAtMinimumNorm() throws {
    let settings = ProblemSettings(
      data: .generated(.duplicated(features: 1, copies: 2), samples: .exact, target: .first, noise: 0))
    let record = try Self.outcome(settings) { $0.method = .newton }
    #expect(record.status == .converged && record.steps == 1 && record.distance <= 1e-14)
  }

  /// Yardsticks step in float64 whatever the precision, and are forecast so.
  @Test func forecastOfPreconditionedFloat32() throws {
    let settings = ProblemSettings(
      data: .generated(.equicorrelated(features: 4, correlation: 0.9), samples: .exact, target: .ramp, noise: 0))
    let record = try Self.outcome(settings) {
      $0.method = .diagonalNewton
      $0.step = .absolute(1e-4)
      $0.precision = .float32
      $0.steps = 10_000_000
    }
    #expect(record.status == .converged && record.forecast.steps == record.steps, "\(record)")
  }

  @Test func largeBatchesAreDrawnWhole() {
    var batch = Batch()
    batch.size = 100
    batch.sampling = .withReplacement
    var order = BatchOrder(batch, rows: 4, seed: 1)
    #expect(order.next().count == 100)
    batch.sampling = .withoutReplacement
    order = BatchOrder(batch, rows: 4, seed: 1)
    #expect(order.next().sorted() == [0, 1, 2, 3])
  }

  @Test func whatNoMemoryHolds() throws {
    var settings = ProblemSettings(
      data: .generated(.equicorrelated(features: 100, correlation: 0.5), samples: .exact, target: .ones, noise: 0))
    let fresh = try Self.outcome(settings) {
      $0.batch.size = 1 << 31
      $0.batch.sampling = .fresh
      $0.step = .absolute(0.1)
    }
    #expect(fresh.status == .failed)
    settings.data = .generated(
      .equicorrelated(features: 100, correlation: 0.5), samples: .drawn(4), target: .random, noise: 0)
    settings.model = .net(NetSettings(hidden: [1000], activation: .tanh))
    #expect(try Self.outcome(settings) { $0.method = .newton }.status == .failed)
    settings.data = .generated(
      .equicorrelated(features: 1, correlation: 0), samples: .drawn(1_000_000), target: .random, noise: 0)
    settings.model = .softmax(classes: 1000)
    #expect(throws: DataError.self) { try Problem.prepare(settings, tables: [:]) }
  }

  /// `gap-at-N` of a trial in lanes is that of its own path and precision: at the first hit it is below the rung, one
  /// step before above it.
  @Test(arguments: Precision.allCases, [Engine.auto, .direct])
  func curvesBelongToTheRecord(_ precision: Precision, _ engine: Engine) throws {
    let settings = ProblemSettings(
      data: .generated(.hilbert(features: 4), samples: .exact, target: .ones, noise: 0))
    let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    var parameters = TrialParameters()
    parameters.method = .heavyBall
    parameters.momentum = .value(0.8)
    parameters.precision = precision
    parameters.engine = engine
    parameters.gap = 1e-3
    let request = TrialRequest(id: 0, problem: 0, parameters: parameters)
    let record = try #require(Measurement().run([request], problems: [problem]))[0]
    let steps = (0..<record.hits.count).flatMap { [record.hits[$0] - 1, record.hits[$0]] }.filter { $0 > 0 }
    #expect(steps.count >= 4)
    let metrics = steps.map { Metric(kind: .gapAt, index: Int($0)) }
    let measured = try #require(Measurement().measure([request], problems: [problem], metrics: metrics))
    for (step, gap) in zip(steps, measured.metrics.values) {
      for rung in 0..<record.hits.count {
        // Rungs in the arithmetic of the trial.
        if record.hits[rung] == step { #expect(gap <= Ladder.rungs[rung] * (1 + 1e-6)) }
        if record.hits[rung] == step + 1 { #expect(gap > Ladder.rungs[rung] * (1 - 1e-6)) }
      }
    }
    #expect(measured.metrics.values.last == record.gap)
  }

  @Test func defaultMomentumOfAdam() {
    var parameters = TrialParameters()
    parameters.method = .adam
    parameters.momentum = .optimal
    #expect(parameters.resolved(lambdaMin: 1, lambdaMax: 4).momentum == 0.9)
  }
}
