import RavineDescent
import RavineLanes

/// A workload of trials that run one at a time: nets and classifiers.
struct NetWorkload {
  let name: String
  let problems: [PreparedProblem]
  let precisions: [Precision]
  let flopsPerStep: Double
  private let steps: UInt64
  private let batch: UInt32
  private let stepSizes: [Double]

  private init(
    _ name: String, _ problems: [Problem], precisions: [Precision], steps: UInt64, batch: UInt32 = 0,
    stepSizes: [Double]
  ) {
    self.name = name
    self.problems = problems.map { PreparedProblem($0) }
    self.precisions = precisions
    self.steps = steps
    self.batch = batch
    self.stepSizes = stepSizes
    var parameters = TrialParameters()
    parameters.batch.size = batch
    flopsPerStep = problems.first.map { Training.flops($0, parameters) } ?? 0
  }

  func requests(_ precision: Precision) -> [TrialRequest] {
    problems.indices.flatMap { problem in
      stepSizes.enumerated().map { index, size in
        TrialRequest(
          id: UInt64(problem * stepSizes.count + index), problem: problem,
          parameters: parameters(step: size, steps: steps, precision))
      }
    }
  }

  /// A trial of the workload that nothing ends before its last step but divergence.
  func parameters(step: Double, steps: UInt64, _ precision: Precision) -> TrialParameters {
    var parameters = TrialParameters()
    parameters.step = .absolute(step)
    parameters.steps = steps
    parameters.gap = 1e-30
    parameters.precision = precision
    parameters.batch.size = batch
    parameters.every = steps
    return parameters
  }

  /// A net around given rows and weights.
  private static func problem(_ shape: NetShape, _ rows: NetRows, start: [Double]) -> Problem {
    var settings = ProblemSettings(data: .rows(inputs: [], targets: []))
    settings.model = .net(NetSettings(hidden: [], activation: shape.layers[0].activation))
    return Problem(net: NetProblem(training: shape, rows, start: start), settings)
  }

  private static func normals(_ count: Int, _ stream: UInt64, scale: Double) -> [Double] {
    let random = RandomStream(seed: 1, stream: 60 << 32 | stream)
    return (0..<count).map { scale * random.normal(at: UInt64($0)) }
  }

  /// W3: 1,024 digits, 64 tanh units, 10 outputs, full batch, 200 steps; `seeds` initial weights (at most 16) × four
  /// step sizes.
  static func digits(data: String?, seeds: Int = 2) throws -> NetWorkload {
    let layers = [
      NetLayer(inputs: 64, outputs: 64, activation: .tanh, bias: true),
      NetLayer(inputs: 64, outputs: 10, activation: .identity, bias: true),
    ]
    let shape = NetShape(layers: layers, loss: .squared)
    var rows = NetRows(count: 1024, inputs: normals(65_536, 0, scale: 1), targets: normals(10_240, 1, scale: 1))
    var weights = (0..<seeds).map { seed in
      (normals(4096, 2 + 2 * UInt64(seed), scale: 0.125), normals(640, 3 + 2 * UInt64(seed), scale: 0.125))
    }
    if let folder = data.map({ $0 + "/w3/" }) {
      rows.inputs = try BenchArray.table(folder + "X.npy").values
      rows.targets = try BenchArray.table(folder + "Y.npy").values
      let (first, second) = (try BenchArray.table(folder + "W1.npy"), try BenchArray.table(folder + "W2.npy"))
      weights = (0..<seeds).map {
        (Array(first.values[($0 * 4096)..<(($0 + 1) * 4096)]), Array(second.values[($0 * 640)..<(($0 + 1) * 640)]))
      }
    }
    let problems = weights.map { first, second in
      problem(shape, rows, start: Self.natural(shape, [first, second]))
    }
    return NetWorkload(
      "W3 tanh 64-64-10", problems, precisions: [.float64, .float32], steps: 200, stepSizes: [0.005, 0.02, 0.1, 0.5])
  }

  /// W4: a ReLU student of 1,024 units and 32 outputs on 256 inputs through k linear units, batches of 128, 2,000
  /// steps (the passes over all rows at start and end, which other programs' rates leave out, are 1/170 of the work).
  static func mimic(bottleneck k: Int, data: String?) throws -> NetWorkload {
    var layers = [NetLayer(inputs: 256, outputs: 1024, activation: .relu, bias: true)]
    if k > 0 {
      layers = [
        NetLayer(inputs: 256, outputs: k, activation: .identity, bias: false),
        NetLayer(inputs: k, outputs: 1024, activation: .relu, bias: true),
      ]
    }
    layers.append(NetLayer(inputs: 1024, outputs: 32, activation: .identity, bias: true))
    let shape = NetShape(layers: layers, loss: .squared)
    var rows = NetRows(count: 1024, inputs: normals(262_144, 10, scale: 1), targets: normals(32_768, 11, scale: 1))
    var matrices = layers.enumerated().map { index, layer in
      normals(layer.inputs * layer.outputs, 12 + UInt64(index), scale: 1 / Double(layer.inputs).squareRoot())
    }
    if let folder = data.map({ $0 + "/w4/" }) {
      rows.inputs = try BenchArray.table(folder + "X.npy").values
      rows.targets = try BenchArray.table(folder + "T.npy").values
      let names = (k == 0 ? ["W"] : ["U\(k)", "V\(k)"]) + ["Wout"]
      matrices = try names.map { try BenchArray.table(folder + $0 + ".npy").values }
    }
    let problem = problem(shape, rows, start: natural(shape, matrices))
    return NetWorkload(
      "W4 ReLU 1,024, k = \(k)", [problem], precisions: [.float32], steps: 2000, batch: 128,
      stepSizes: [3e-4, 1e-3])
  }

  /// The other models on 1,024 equicorrelated rows of 64 inputs.
  static func models() throws -> [NetWorkload] {
    var settings = ProblemSettings(
      data: .generated(
        .equicorrelated(features: 64, correlation: 0.5), samples: .drawn(1024), target: .random, noise: 1))
    settings.bias = true
    settings.l2 = 0.01
    func make(_ name: String, _ model: Model) throws -> NetWorkload {
      settings.model = model
      return NetWorkload(
        name, [try Problem.prepare(settings, tables: [:])], precisions: [.float64, .float32], steps: 200,
        stepSizes: [0.01, 0.02, 0.05, 0.1])
    }
    var deep = NetSettings(hidden: [64, 64], activation: .identity)
    deep.teacher = .linear(outputs: 16)
    var relu = NetSettings(hidden: [64], activation: .relu)
    relu.teacher = .net(hidden: [64], outputs: 16)
    return [
      try make("logistic 64", .logistic), try make("softmax 64-10", .softmax(classes: 10)),
      try make("deep linear 64-64-64-16", .net(deep)), try make("ReLU 64-64-16", .net(relu)),
    ]
  }

  /// Matrices of another program (inputs × outputs) with zero biases, in natural order.
  private static func natural(_ shape: NetShape, _ matrices: [[Double]]) -> [Double] {
    zip(shape.layers, matrices).flatMap { layer, matrix -> [Double] in
      var weights = [Double](repeating: 0, count: layer.count)
      for i in 0..<layer.inputs {
        for j in 0..<layer.outputs { weights[j * layer.inputs + i] = matrix[i * layer.outputs + j] }
      }
      return weights
    }
  }
}
