import RavineLanes
import Testing

@testable import RavineDescent

/// Optimizers against the weights that optax gives (Tests/Expected/expected_optimizers.json).
@Suite struct OptimizerTests {
  struct File: Decodable { var cases: [String: Case] }
  struct Case: Decodable {
    var d: Int
    var rho: Double
    var w_star: [Double]
    var w_after: [String: [String: [Double]]]
  }

  static func parameters(_ name: String) -> (parameters: TrialParameters, step: Double, momentum: Double)? {
    var parameters = TrialParameters()
    let words = name.split(separator: "_").map(String.init)
    func number(_ prefix: String) -> Double? {
      words.first { $0.hasPrefix(prefix) }.flatMap { Double($0.dropFirst(prefix.count)) }
    }
    switch words[0] {
    case "gd": parameters.method = .gradientDescent
    case "heavy": parameters.method = .heavyBall
    case "nesterov": parameters.method = .nesterovLookahead
    case "adagrad":
      parameters.method = .adaGrad
      parameters.epsilon = 1e-10
    case "rmsprop":
      parameters.method = .rmsProp
      parameters.decay = 0.99
      parameters.epsilon = 1e-8
    case "adam":
      parameters.method = .adam
      parameters.decay = 0.999
      parameters.epsilon = 1e-8
    default: return nil
    }
    let momentum = parameters.method == .adam ? 0.9 : number("m") ?? 0
    return number("lr").map { (parameters, $0, momentum) }
  }

  @Test func weightsEqualThoseOfOptax() throws {
    let file = try ReferenceTables.decode(File.self, "expected_optimizers.json")
    var checked = 0
    for (name, item) in file.cases {
      let hessian = (0..<item.d).map { i in (0..<item.d).map { Elementary.pow(item.rho, Double(abs(i - $0))) } }
      for (optimizer, table) in item.w_after {
        let setting = try #require(Self.parameters(optimizer), "\(optimizer)")
        let longest = try #require(table.keys.compactMap { Int($0) }.max())
        var w = [Double](repeating: 0, count: item.d)
        var state = ReferenceUpdate<Double>(
          setting.parameters, step: setting.step, momentum: setting.momentum, start: w)
        for step in 1...longest {
          // Late RMSprop grows again out of the rounding of w − w*, so the gradient is taken as the table's is.
          let e = zip(w, item.w_star).map { $0 - $1 }
          let g = e.indices.map { i in
            e.indices.reduce(0.0) { $0 + hessian[i][$1] * e[$1] }
          }
          state.update(&w, g, UInt64(step - 1))
          guard let expected = table[String(step)] else { continue }
          // AdaGrad there has ε inside the root.
          let tolerance = setting.parameters.method == .adaGrad ? 1e-9 : 1e-12
          for (a, b) in zip(w, expected) { #expect(abs(a - b) <= tolerance, "\(name) \(optimizer) \(step)") }
          checked += 1
        }
      }
    }
    #expect(checked >= 30)
  }

  /// The lane path of every element-wise method against the one-lane reference, bit for bit, on a quadratic and a net.
  @Test(arguments: Method.allCases.filter(\.isElementwise))
  func lanesEqualTheReference(_ method: Method) throws {
    let shape = NetKernelTests.net([5, 7, 3], .tanh)
    let rows = NetKernelTests.rows(40, shape, seed: 1)
    let net = NetProblem(
      shape: shape, rows: rows, l2: 0.01, start: NetKernelTests.weights(shape, seed: 2), floor: 0, optimum: [],
      lossAtStart: 0, startCurvature: CurvatureExtremes(largest: 1, smallest: 0), seed: 3)
    var parameters = TrialParameters()
    parameters.method = method
    parameters.decay = 0.99
    parameters.epsilon = 1e-8
    parameters.steps = 60
    for (batch, schedule) in [(0, Schedule.Kind.constant), (7, .constant), (0, .exponential), (9, .cosine)] {
      parameters.batch.size = UInt32(batch)
      parameters.batch.sampling = batch == 7 ? .withReplacement : .withoutReplacement
      parameters.schedule.kind = schedule
      parameters.schedule.period = 50
      parameters.schedule.rate = 0.5
      parameters.schedule.warmUp = schedule == .cosine ? 5 : 0
      for table in InstructionSets.available where table.reproducible {
        try check(Double.self, net, parameters, table)
        try check(Float.self, net, parameters, table)
      }
    }
  }

  private func check<Scalar: NetScalar>(
    _: Scalar.Type, _ net: NetProblem, _ parameters: TrialParameters, _ table: KernelTable
  ) throws {
    let kernels = Scalar.netKernels(of: table)
    let expected = ReferenceTraining.run(
      ReferenceObjective<Scalar>(net), parameters, step: 0.02, momentum: 0.8, start: net.start, seed: 3)
    let trial = ElementwiseTrial(
      NetObjective<Scalar>(net, batch: Int(parameters.batch.size), kernels: kernels), parameters, step: 0.02,
      momentum: 0.8, start: net.start, seed: 3, freshRows: nil)
    let outcome = try #require(trial.run { _ in true })
    #expect(outcome.weights == expected.weights, "\(table.instructionSet) \(parameters.method)")
    #expect(outcome.gradient == expected.gradient)
    #expect(LaneKernelTests.measured(outcome.record) == LaneKernelTests.measured(expected.record))
    guard parameters.batch.size == 0 else { return }
    let problem = RotatedProblem.geometric(13, condition: 50)
    let quadratic = ReferenceTraining.run(
      ReferenceObjective<Scalar>(problem, rows: nil), parameters, step: 0.02, momentum: 0.8, start: problem.start,
      seed: 3)
    let second = ElementwiseTrial(
      QuadraticObjective<Scalar>(problem, kernels: kernels), parameters, step: 0.02, momentum: 0.8,
      start: problem.start, seed: 3, freshRows: nil)
    let result = try #require(second.run { _ in true })
    #expect(result.weights == quadratic.weights, "quadratic \(table.instructionSet) \(parameters.method)")
    #expect(LaneKernelTests.measured(result.record) == LaneKernelTests.measured(quadratic.record))
  }
}
