import Foundation
import RavineLanes
import Testing

@testable import RavineDescent

/// What permutation symmetry and balance promise of nets (science of identical units, conserved quantities).
@Suite struct SymmetryTests {
  static func trained<Scalar: NetScalar>(
    _: Scalar.Type, _ problem: NetProblem, _ parameters: TrialParameters, step: Double, momentum: Double = 0,
    table: KernelTable = InstructionSets.best
  ) -> TrialOutcome? {
    let kernels = Scalar.netKernels(of: table)
    return ElementwiseTrial(
      NetObjective<Scalar>(problem, batch: Int(parameters.batch.size), kernels: kernels), parameters, step: step,
      momentum: momentum, start: problem.start, seed: problem.seed, freshRows: nil
    ).run { _ in true }
  }

  static func problem(_ shape: NetShape, _ rows: NetRows, _ start: [Double]) -> NetProblem {
    NetProblem(
      shape: shape, rows: rows, l2: 0, start: start, floor: 0, optimum: [], lossAtStart: 0,
      startCurvature: CurvatureExtremes(largest: .nan, smallest: .nan), seed: 7)
  }

  /// Identical hidden units stay identical bit for bit, whatever the width, method, element type or instruction set.
  @Test(arguments: [2, 3, 5, 7, 8, 9, 16, 17])
  func identicalUnitsStayIdentical(_ units: Int) throws {
    let shape = NetKernelTests.net([3, units, 2], .tanh)
    let rows = NetKernelTests.rows(24, shape, seed: 2)
    let start = try InitialWeights.identical(scale: 1).weights(shape, seed: 5)
    var parameters = TrialParameters()
    parameters.steps = 400
    parameters.gap = 1e-12
    for (method, momentum) in [(Method.gradientDescent, 0), (.heavyBall, 0.9), (.adam, 0.9)] as [(Method, Double)] {
      parameters.method = method
      for table in InstructionSets.available {
        let problem = Self.problem(shape, rows, start)
        let step = method == .adam ? 0.01 : 0.1
        for outcome in [
          Self.trained(Double.self, problem, parameters, step: step, momentum: momentum, table: table),
          Self.trained(Float.self, problem, parameters, step: step, momentum: momentum, table: table),
        ] {
          let w = try #require(outcome).weights
          #expect(w != start)
          for unit in 1..<units {
            #expect(w[(unit * 3)..<(unit * 3 + 3)] == w[0..<3])
            #expect(w[3 * units + unit] == w[3 * units])
            for output in 0..<2 { #expect(w[4 * units + output * units + unit] == w[4 * units + output * units]) }
          }
        }
      }
    }
  }

  /// H identical units are one unit whose output weights step H times as far and whose input weights 1/H as far: in
  /// the variables (w √H, v √H) both are plain gradient descent on the same function.
  @Test func identicalUnitsAreOneUnit() throws {
    let units = 4
    let wide = NetShape(
      layers: [
        NetLayer(inputs: 3, outputs: units, activation: .identity, bias: false),
        NetLayer(inputs: units, outputs: 1, activation: .identity, bias: false),
      ], loss: .squared)
    let narrow = NetShape(
      layers: [
        NetLayer(inputs: 3, outputs: 1, activation: .identity, bias: false),
        NetLayer(inputs: 1, outputs: 1, activation: .identity, bias: false),
      ], loss: .squared)
    let rows = NetKernelTests.rows(24, wide, seed: 2)
    let one = [0.3, -0.2, 0.5]
    var parameters = TrialParameters()
    parameters.steps = 200
    parameters.gap = 1e-12
    let root = Double(units).squareRoot()
    let wideStart = (0..<units).flatMap { _ in one } + [Double](repeating: 0.4, count: units)
    let a = try #require(
      Self.trained(Double.self, Self.problem(wide, rows, wideStart), parameters, step: 0.1))
    let b = try #require(
      Self.trained(
        Double.self, Self.problem(narrow, rows, one.map { $0 * root } + [0.4 * root]), parameters, step: 0.1))
    #expect(abs(a.record.gap - b.record.gap) <= 1e-14)
  }

  struct ScalarProduct: Decodable {
    var a0: Double
    var b0: Double
    var eta: Double
    var steps: UInt64
    var a: Double
    var b: Double
    var a2_minus_b2: Double
  }

  struct DeepLinear: Decodable {
    var s: [Double]
    var a0: Double
    var eta: Double
    var half_time_discrete_exact: [UInt64]
  }

  struct Generators: Decodable {
    var scalar_product: [ScalarProduct]
    var deep_linear_modes: [DeepLinear]
  }

  static func chain(_ target: Double, _ a: Double, _ b: Double) -> NetProblem {
    let layer = NetLayer(inputs: 1, outputs: 1, activation: .identity, bias: false)
    return problem(
      NetShape(layers: [layer, layer], loss: .squared), NetRows(count: 1, inputs: [1], targets: [target]), [a, b])
  }

  @Test func theScalarProduct() throws {
    let table = try ReferenceTables.decode(Generators.self, "expected_generators.json")
    for item in table.scalar_product {
      var parameters = TrialParameters()
      parameters.steps = item.steps
      parameters.gap = 1e-300
      let outcome = try #require(
        Self.trained(Double.self, Self.chain(1, item.a0, item.b0), parameters, step: item.eta))
      let (a, b) = (outcome.weights[0], outcome.weights[1])
      #expect(abs(a - item.a) <= 1e-13)
      #expect(abs(b - item.b) <= 1e-13)
      #expect(abs(a * a - b * b - item.a2_minus_b2) <= 1e-13)
    }
  }

  /// The minimum is left exactly where η > 2/(a² + b²).
  @Test(arguments: [(0.98, true), (1.02, false)])
  func theMinimumIsStableUpToItsSharpness(_ multiple: Double, _ stays: Bool) throws {
    let (a, b) = (2.0, 0.5)
    var parameters = TrialParameters()
    parameters.steps = 3000
    parameters.gap = 1e-20
    let outcome = try #require(
      Self.trained(Double.self, Self.chain(1, a + 1e-6, b), parameters, step: multiple * 2 / (a * a + b * b)))
    let distance = abs(outcome.weights[0] - a) + abs(outcome.weights[1] - b)
    #expect(stays ? distance < 1e-4 : distance > 1e-2)
  }

  @Test func halfTimesOfDeepLinearModes() throws {
    let table = try ReferenceTables.decode(Generators.self, "expected_generators.json")
    for item in table.deep_linear_modes {
      for (s, expected) in zip(item.s, item.half_time_discrete_exact) {
        var parameters = TrialParameters()
        // Half of the way: (s/2)² of (s − a₀)².
        parameters.gap = s * s / 4 / ((s - item.a0) * (s - item.a0))
        let root = item.a0.squareRoot()
        let outcome = try #require(
          Self.trained(Double.self, Self.chain(s, root, root), parameters, step: item.eta))
        #expect(outcome.record.status == .converged)
        #expect(outcome.record.steps == expected)
      }
    }
  }

  /// D⁺ = D + η² (G₂ᵀ G₂ − G₁ G₁ᵀ), D = W₂ᵀ W₂ − W₁ W₁ᵀ: exact for every step of a two-layer linear net.
  @Test func theBalanceLaw() {
    let shape = NetShape(
      layers: [
        NetLayer(inputs: 4, outputs: 3, activation: .identity, bias: false),
        NetLayer(inputs: 3, outputs: 2, activation: .identity, bias: false),
      ], loss: .squared)
    let net = ReferenceNet<Double>(shape: shape, l2: 0, rows: NetKernelTests.rows(10, shape, seed: 1))
    let w = NetKernelTests.weights(shape, seed: 3)
    let g = net.evaluate(w).gradient
    let eta = 0.07
    func balance(_ w: [Double], _ i: Int, _ j: Int) -> Double {
      let upper = w[12 + i] * w[12 + j] + w[15 + i] * w[15 + j]
      return (0..<4).reduce(upper) { $0 - w[4 * i + $1] * w[4 * j + $1] }
    }
    let next = Vectors.add(w, -eta, g)
    for i in 0..<3 {
      for j in 0..<3 {
        let predicted = balance(w, i, j) + eta * eta * balance(g, i, j)
        #expect(abs(balance(next, i, j) - predicted) <= 1e-14)
      }
    }
  }
}
