import RavineLanes
import Testing

@testable import RavineDescent

/// Nets against figures of automatic differentiation (Tests/Expected/expected_nets.json).
@Suite struct NetModelTests {
  struct File: Decodable { var cases: [Case] }

  struct Case: Decodable, CustomTestStringConvertible {
    struct Curvature: Decodable {
      var lambda_max: Double
      var lambda_min: Double
    }
    enum Values: Decodable {
      case vector([Double])
      case matrix([[Double]])
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let matrix = try? container.decode([[Double]].self) {
          self = .matrix(matrix)
        } else {
          self = .vector(try container.decode([Double].self))
        }
      }
      var flat: [Double] {
        switch self {
        case .vector(let values): values
        case .matrix(let rows): rows.flatMap { $0 }
        }
      }
    }
    var kind: String
    var n: Int
    var D: Int
    var H: Int
    var k: Int
    var O: Int
    var X: [[Double]]
    var Y: Values
    var params: [String: Values]
    var loss: Double
    var grad: [String: Values]
    var hessian: Curvature
    var eta: Double
    var loss_after_gd_steps: [String: Double]
    var hessian_after_1000_steps: Curvature
    var testDescription: String { kind }

    /// Layers in order, as `names` of the tables; a bias is named b1, b2, …
    var shape: NetShape {
      func layer(_ inputs: Int, _ outputs: Int, _ activation: Activation, _ bias: Bool = true) -> NetLayer {
        NetLayer(inputs: inputs, outputs: outputs, activation: activation, bias: bias)
      }
      switch kind {
      case "mlp_tanh": return NetShape(layers: [layer(D, H, .tanh), layer(H, O, .identity)], loss: .squared)
      case "mlp_relu": return NetShape(layers: [layer(D, H, .relu), layer(H, O, .identity)], loss: .squared)
      case "softmax_mlp": return NetShape(layers: [layer(D, H, .tanh), layer(H, O, .identity)], loss: .softmax)
      case "bottleneck_tanh":
        return NetShape(
          layers: [layer(D, k, .identity, false), layer(k, H, .tanh), layer(H, O, .identity)], loss: .squared)
      default:
        return NetShape(
          layers: [layer(D, H, .identity, false), layer(H, H, .identity, false), layer(H, O, .identity, false)],
          loss: .squared)
      }
    }

    private var order: [String] {
      switch kind {
      case "bottleneck_tanh": ["V", "U", "b1", "W2", "b2"]
      case "deep_linear3": ["W1", "W2", "W3"]
      default: ["W1", "b1", "W2", "b2"]
      }
    }

    func natural(_ values: [String: Values]) -> [Double] {
      order.flatMap { name in values.first { $0.key.split(separator: " ")[0] == name }?.value.flat ?? [] }
    }

    var rows: NetRows {
      NetRows(count: n, inputs: X.flatMap { $0 }, targets: Y.flat)
    }

    var problem: NetProblem {
      NetProblem(
        shape: shape, rows: rows, l2: 0, start: natural(params), floor: 0, optimum: [], lossAtStart: 0,
        startCurvature: CurvatureExtremes(largest: .nan, smallest: .nan), seed: 0)
    }
  }

  static let cases = (try? ReferenceTables.decode(File.self, "expected_nets.json").cases) ?? []

  /// The best of a linear net with biases is least squares with an intercept (figures of NumPy's lstsq).
  @Test func floorsOfLinearNets() throws {
    let inputs: [[Double]] = [[1, 2], [2, 1], [3, 5], [4, 4], [5, 9], [6, 7]]
    for (bias, expected) in [(true, 0.14314928425357862), (false, 0.18374558303886912)] {
      for hidden in [[], [1], [3, 2]] {
        var settings = ProblemSettings(data: .rows(inputs: inputs, targets: [1, 3, 2, 6, 4, 9]))
        settings.model = .net(NetSettings(hidden: hidden, activation: .identity))
        settings.bias = bias
        let net = try #require(try Problem.prepare(settings, tables: [:]).net)
        #expect(close(net.floor, expected, 1e-12), "\(bias) \(hidden): \(net.floor)")
      }
    }
  }

  @Test func theTableIsThere() { #expect(Self.cases.count == 5) }

  @Test(arguments: cases)
  func lossAndGradient(_ item: Case) {
    let (loss, gradient) = item.problem.reference.evaluate(item.natural(item.params))
    #expect(abs(loss - item.loss) <= 1e-12)
    let expected = item.natural(item.grad)
    #expect(gradient.count == expected.count)
    for (a, b) in zip(gradient, expected) { #expect(abs(a - b) <= 1e-12) }
  }

  @Test(arguments: cases)
  func curvatureAtTheStart(_ item: Case) {
    let found = NetCurvature(item.problem.reference, at: item.natural(item.params)).extremes()
    let scale = item.hessian.lambda_max
    #expect(abs(found.largest - scale) <= 1e-8 * scale)
    #expect(abs(found.smallest - item.hessian.lambda_min) <= 1e-8 * scale)
  }

  @Test(arguments: cases)
  func gradientDescent(_ item: Case) throws {
    var parameters = TrialParameters()
    parameters.gap = 1e-300
    for (steps, expected) in item.loss_after_gd_steps {
      parameters.steps = try #require(UInt64(steps))
      let trial = ElementwiseTrial(
        NetObjective<Double>(item.problem, batch: 0, kernels: InstructionSets.best.nets.float64), parameters,
        step: item.eta, momentum: 0, start: item.problem.start, seed: 0, freshRows: nil)
      let outcome = try #require(trial.run { _ in true })
      let loss = item.problem.reference.evaluate(outcome.weights).loss
      #expect(abs(loss - expected) <= 1e-9)
      guard steps == "1000" else { continue }
      let found = NetCurvature(item.problem.reference, at: outcome.weights).extremes()
      let scale = item.hessian_after_1000_steps.lambda_max
      #expect(abs(found.largest - scale) <= 1e-8 * scale)
      #expect(abs(found.smallest - item.hessian_after_1000_steps.lambda_min) <= 1e-8 * scale)
    }
  }

  /// Gradients of every kind of net against central differences, and Hessian-vector products against differences of
  /// gradients.
  @Test(arguments: NetKernelTests.shapes.indices)
  func centralDifferences(_ index: Int) {
    let shape = NetKernelTests.shapes[index]
    guard shape.parameters < 1000 else { return }
    let net = ReferenceNet<Double>(shape: shape, l2: 0.1, rows: NetKernelTests.rows(9, shape, seed: 3))
    let w = NetKernelTests.weights(shape, seed: 4)
    let v = NetKernelTests.weights(shape, seed: 8, scale: 1)
    let h = 1e-5
    let (up, down) = (net.evaluate(Vectors.add(w, h, v)), net.evaluate(Vectors.add(w, -h, v)))
    let slope = Vectors.dot(net.evaluate(w).gradient, v)
    #expect(abs((up.loss - down.loss) / (2 * h) - slope) <= 2e-7 * (1 + abs(slope)))
    let product = NetCurvature(net, at: w).product(v)
    let size = Vectors.dot(product, product).squareRoot()
    let difference = zip(up.gradient, down.gradient).map { ($0 - $1) / (2 * h) }
    let error = Vectors.add(product, -1, difference)
    #expect(Vectors.dot(error, error).squareRoot() <= 1e-6 * (1 + size))
  }
}
