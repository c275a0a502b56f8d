import RavineLanes
import Testing

@testable import RavineDescent

/// Mini-batch trials on the lane kernels against the one-lane reference, bit for bit, with looks at all rows between.
@Suite struct MiniBatchTests {
  /// Several layers that go by panels, one after another and one above another.
  static let wideShapes = [
    NetKernelTests.net([5, 100, 20, 100, 4], .relu), NetKernelTests.net([8, 100, 100, 4], .tanh),
  ]

  /// A look after every epoch takes all rows, block after block; the steps between take one block (60) or two (150).
  @Test(arguments: wideShapes.indices, [60, 150])
  func stepsAndLooksInTurnEqualTheReference(_ shape: Int, _ batch: UInt32) throws {
    var parameters = TrialParameters()
    parameters.batch.size = batch
    parameters.steps = 12
    for l2 in [0, 0.01] {
      let net = Self.net(Self.wideShapes[shape], rows: 300, l2: l2)
      for table in InstructionSets.available where table.reproducible {
        try Self.check(Double.self, net, parameters, step: 0.01, table) { #expect($0.status == .budget) }
        try Self.check(Float.self, net, parameters, step: 0.01, table) { #expect($0.status == .budget) }
      }
    }
  }

  /// Wherever a trial ends, its gradient is that of all rows at the point that was tested.
  @Test(arguments: [Method.gradientDescent, .nesterov, .adam])
  func earlyEndsEqualTheReference(_ method: Method) throws {
    let net = Self.net(NetKernelTests.net([5, 7, 3], .tanh), rows: 40, l2: 0.01)
    var parameters = TrialParameters()
    parameters.method = method
    parameters.batch.size = 7
    parameters.steps = 600
    for table in InstructionSets.available where table.reproducible {
      var converging = parameters
      converging.gap = 0.9
      try Self.check(Double.self, net, converging, step: 0.02, table) {
        #expect($0.status == .converged && $0.steps > 0 && $0.steps < 600)
      }
      var diverging = parameters
      diverging.divergence = 1.5
      try Self.check(Double.self, net, diverging, step: 30, table) {
        #expect($0.status == .diverged && $0.steps < 600)
      }
      var still = parameters
      still.steps = 0
      try Self.check(Double.self, net, still, step: 0.02, table) { #expect($0.status == .budget && $0.steps == 0) }
    }
  }

  @Test func aBatchThatNoMemoryHoldsIsAnObstacle() {
    let problem = RotatedProblem.geometric(13, condition: 50)
    var parameters = TrialParameters()
    parameters.batch.size = 1 << 31
    #expect(Training.obstacle(problem, parameters) == nil)
    parameters.batch.sampling = .withReplacement
    #expect(
      Training.obstacle(problem, parameters)
        == "a batch drawn with replacement of 2147483648 rows × 13 features is too large")
  }

  private static func net(_ shape: NetShape, rows: Int, l2: Double) -> NetProblem {
    NetProblem(
      shape: shape, rows: NetKernelTests.rows(rows, shape, seed: 1), l2: l2,
      start: NetKernelTests.weights(shape, seed: 2), floor: 0, optimum: [], lossAtStart: 0,
      startCurvature: CurvatureExtremes(largest: 1, smallest: 0), seed: 3)
  }

  private static func check<Scalar: NetScalar>(
    _: Scalar.Type, _ net: NetProblem, _ parameters: TrialParameters, step: Double, _ table: KernelTable,
    _ end: (TrialRecord) -> Void
  ) throws {
    let expected = ReferenceTraining.run(
      ReferenceObjective<Scalar>(net), parameters, step: step, momentum: 0.8, start: net.start, seed: 3)
    let trial = ElementwiseTrial(
      NetObjective<Scalar>(net, batch: Int(parameters.batch.size), kernels: Scalar.netKernels(of: table)), parameters,
      step: step, momentum: 0.8, start: net.start, seed: 3, freshRows: nil)
    let outcome = try #require(trial.run { _ in true })
    end(outcome.record)
    #expect(outcome.weights == expected.weights, "\(table.instructionSet) \(Scalar.self)")
    #expect(outcome.gradient == expected.gradient, "\(table.instructionSet) \(Scalar.self)")
    #expect(LaneKernelTests.measured(outcome.record) == LaneKernelTests.measured(expected.record))
  }
}
