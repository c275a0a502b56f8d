import Foundation
import RavineLanes
import Testing

@testable import RavineDescent

/// Exact invariants of descent on many random problems: duplicated inputs, equal units, balance, rotation, whitening,
/// convexity.
@Suite struct InvariantTests {
  private static func random(_ seed: UInt64, _ stream: UInt64) -> RandomStream {
    RandomStream(seed: seed, stream: 100 + stream)
  }

  /// A number in `range`, drawn.
  private static func number(_ range: ClosedRange<Int>, _ seed: UInt64, _ index: UInt64) -> Int {
    range.lowerBound + Int(random(seed, 0).bits(at: index) % UInt64(range.count))
  }

  /// Inputs that stand twice, anywhere: bitwise equal gradients of their weights in every unit, whatever the weights,
  /// the model, the instruction set and the element type.
  @Test(arguments: 0..<12)
  func duplicatedInputsHaveEqualGradients(_ seed: UInt64) {
    let d = Self.number(2...40, seed, 0)
    let first = Self.number(0...(d - 1), seed, 1)
    let second = (first + Self.number(1...(d - 1), seed, 2)) % d
    let hidden = Self.number(1...33, seed, 3)
    let shapes = [
      NetShape(layers: [NetLayer(inputs: d, outputs: 1, activation: .identity, bias: true)], loss: .logistic),
      NetShape(layers: [NetLayer(inputs: d, outputs: 4, activation: .identity, bias: true)], loss: .softmax),
      NetKernelTests.net([d, hidden, 3], .tanh), NetKernelTests.net([d, hidden, 1], .relu),
    ]
    for shape in shapes {
      var rows = NetKernelTests.rows(Self.number(1...50, seed, 4), shape, seed: seed)
      for row in 0..<rows.count { rows.inputs[row * d + second] = rows.inputs[row * d + first] }
      var w = NetKernelTests.weights(shape, seed: seed + 50)
      // Equal weights too where a penalty would tell them apart.
      for unit in 0..<shape.layers[0].outputs { w[unit * d + second] = w[unit * d + first] }
      for table in InstructionSets.available {
        check(Double.self, shape, rows, w, (first, second), table)
        check(Float.self, shape, rows, w, (first, second), table)
      }
    }
  }

  private func check<Scalar: NetScalar>(
    _: Scalar.Type, _ shape: NetShape, _ rows: NetRows, _ w: [Double], _ pair: (Int, Int), _ table: KernelTable
  ) {
    let kernels = Scalar.netKernels(of: table)
    var net = LaneNet<Scalar>(shape: shape, l2: 0.1, rows: rows, kernels: kernels)
    let memory = LaneMemory<Scalar>(count: 2 * net.count)
    net.layout.write(w, shape, kernels, to: memory.base)
    _ = net.evaluate(memory.base, gradient: memory.base + net.count)
    let gradient = net.layout.read(memory.base + net.count, shape, kernels)
    let d = shape.inputs
    for unit in 0..<shape.layers[0].outputs {
      #expect(gradient[unit * d + pair.0].bitPattern == gradient[unit * d + pair.1].bitPattern)
    }
  }

  /// Units that start equal, at any places among others that do not, stay equal bit for bit in mini-batches too.
  @Test(arguments: 0..<8)
  func equalUnitsAmongOthersStayEqual(_ seed: UInt64) throws {
    let units = Self.number(3...20, seed, 0)
    let first = Self.number(0...(units - 1), seed, 1)
    let second = (first + Self.number(1...(units - 1), seed, 2)) % units
    let inputs = Self.number(1...9, seed, 3)
    let shape = NetKernelTests.net([inputs, units, 2], seed % 2 == 0 ? .tanh : .relu)
    var start = NetKernelTests.weights(shape, seed: seed + 9)
    let bias = inputs * units
    for k in 0..<inputs { start[second * inputs + k] = start[first * inputs + k] }
    start[bias + second] = start[bias + first]
    for output in 0..<2 {
      let row = bias + units + output * units
      start[row + second] = start[row + first]
    }
    var parameters = TrialParameters()
    parameters.steps = 60
    parameters.gap = 1e-12
    parameters.batch.size = UInt32(Self.number(0...7, seed, 4))
    parameters.method = [.heavyBall, .adam, .rmsProp, .adaGrad][Int(seed) % 4]
    let problem = SymmetryTests.problem(shape, NetKernelTests.rows(21, shape, seed: seed), start)
    for table in InstructionSets.available {
      let outcome = SymmetryTests.trained(
        Double.self, problem, parameters, step: 0.02, momentum: 0.9, table: table)
      let w = try #require(outcome).weights
      for k in 0..<inputs { #expect(w[second * inputs + k] == w[first * inputs + k]) }
      #expect(w[bias + second] == w[bias + first])
      let row = bias + units
      #expect(w[row + second] == w[row + first] && w[row + units + second] == w[row + units + first])
    }
  }

  /// a² − b² is multiplied by 1 − η²(ab − 1)² in every step, from any start.
  @Test(arguments: 0..<20)
  func balanceOfTheScalarProduct(_ seed: UInt64) throws {
    let stream = Self.random(seed, 1)
    let eta = 0.2 * stream.uniform(at: 0)
    var (a, b) = (2 * stream.normal(at: 1), 2 * stream.normal(at: 2))
    for _ in 0..<20 {
      let problem = SymmetryTests.chain(1, a, b)
      var parameters = TrialParameters()
      parameters.steps = 1
      parameters.gap = 1e-300
      let w = try #require(SymmetryTests.trained(Double.self, problem, parameters, step: eta)).weights
      let factor = 1 - eta * eta * (a * b - 1) * (a * b - 1)
      let scale = max(1, a * a + b * b, w[0] * w[0] + w[1] * w[1])
      #expect(abs(w[0] * w[0] - w[1] * w[1] - factor * (a * a - b * b)) <= 1e-14 * scale)
      (a, b) = (w[0], w[1])
      guard scale < 1e6 else { break }
    }
  }

  /// Two minima that differ by the order of their units: the loss half way between them is higher than at both.
  @Test func permutedMinimaHaveABarrierBetweenThem() throws {
    let shape = NetKernelTests.net([3, 2, 1], .tanh)
    let rows = NetKernelTests.rows(12, shape, seed: 2)
    var parameters = TrialParameters()
    parameters.steps = 20_000
    parameters.gap = 1e-6
    let start = NetKernelTests.weights(shape, seed: 4)
    let problem = SymmetryTests.problem(shape, rows, start)
    let w = try #require(SymmetryTests.trained(Double.self, problem, parameters, step: 0.2)).weights
    let swapped = [3, 4, 5, 0, 1, 2, 7, 6, 9, 8, 10].map { w[$0] }
    let net = problem.reference
    let (one, two) = (net.evaluate(w).loss, net.evaluate(swapped).loss)
    #expect(abs(one - two) <= 1e-14)
    let middle = Vectors.add(w, 1, swapped).map { $0 / 2 }
    #expect(net.evaluate(middle).loss > 1.1 * one)
  }

  /// Methods that commute with rotations need the same steps on axis-aligned and on turned inputs; the direct path too.
  @Test(arguments: 0..<6)
  func rotationChangesNothingForRecurrences(_ seed: UInt64) throws {
    let d = Self.number(2...24, seed, 0)
    let condition = 1 + 300 * Self.random(seed, 2).uniform(at: 0)
    var settings = ProblemSettings(
      data: .generated(.geometric(features: d, condition: condition), samples: .exact, target: .random, noise: 0))
    settings.seed = seed
    settings.bias = seed % 2 == 0
    for method in [Method.gradientDescent, .heavyBall, .nesterov] {
      for engine in [Engine.modal, .direct] {
        var steps: [Int] = []
        for isRotated in [false, true] {
          settings.isRotated = isRotated
          let record = try ClosedFormTests.weights(settings, engine: engine) {
            $0.method = method
            $0.momentum = .optimal
            $0.gap = 1e-8
          }.record
          #expect(record.status == .converged)
          steps.append(Int(record.steps))
        }
        #expect(abs(steps[0] - steps[1]) <= 1)
      }
    }
  }

  /// All three whitenings are one problem to gradient descent: the same loss after every number of steps, and one step
  /// of 1/L is the last.
  @Test(arguments: 0..<6)
  func whiteningsHaveOneLossCurve(_ seed: UInt64) throws {
    var settings = ProblemSettings(
      data: .generated(
        .equicorrelated(features: Self.number(2...9, seed, 0), correlation: 0.9), samples: .drawn(40),
        target: .random, noise: 0.5))
    settings.seed = seed
    settings.shift = 3
    settings.bias = true
    for steps in [1, 2, 5, 20] as [UInt64] {
      var losses: [Double] = []
      for rule in [Preprocessing.whitenPCA, .whitenZCA, .whitenCholesky] {
        settings.preprocessing = rule
        let record = try ClosedFormTests.weights(settings) {
          $0.step = .absolute(0.3)
          $0.steps = steps
        }.record
        let card = try Problem.prepare(settings, tables: [:]).card
        losses.append(card.lossAtOptimum + record.gap * (card.lossAtStart - card.lossAtOptimum))
        let one = try ClosedFormTests.weights(settings) { $0.gap = 1e-12 }.record
        #expect(one.status == .converged && one.steps == 1)
      }
      for loss in losses { #expect(abs(loss - losses[0]) <= 1e-12 * losses[0]) }
    }
  }
}
