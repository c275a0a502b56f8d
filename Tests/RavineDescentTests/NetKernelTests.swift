import RavineLanes
import Testing

@testable import RavineDescent

/// The lane kernels of nets against the one-lane reference, bit for bit, on every instruction set of this machine.
@Suite struct NetKernelTests {
  static let shapes: [NetShape] = [
    NetShape(layers: [NetLayer(inputs: 5, outputs: 1, activation: .identity, bias: true)], loss: .logistic),
    NetShape(layers: [NetLayer(inputs: 70, outputs: 3, activation: .identity, bias: true)], loss: .softmax),
    NetShape(layers: [NetLayer(inputs: 33, outputs: 40, activation: .identity, bias: false)], loss: .softmax),
    net([3, 4, 2], .tanh), net([3, 17, 2], .relu), net([64, 64, 10], .tanh), net([7, 100, 5], .tanh),
    NetShape(
      layers: [
        NetLayer(inputs: 20, outputs: 3, activation: .identity, bias: false),
        NetLayer(inputs: 3, outputs: 70, activation: .relu, bias: true),
        NetLayer(inputs: 70, outputs: 9, activation: .identity, bias: true),
      ], loss: .squared),
    NetShape(
      layers: [(6, 5), (5, 9), (9, 2)].map {
        NetLayer(inputs: $0, outputs: $1, activation: .identity, bias: false)
      }, loss: .squared),
    net([1, 1, 1], .tanh), net([130, 9, 129], .relu),
    net([300, 70, 5], .relu), net([300, 70, 5], .tanh), net([5, 20, 100, 4], .relu), net([5, 20, 100, 4], .tanh),
    net([5, 100, 20, 4], .relu), net([5, 100, 20, 4], .tanh),
  ]

  static func net(_ sizes: [Int], _ activation: Activation) -> NetShape {
    NetShape(
      layers: (1..<sizes.count).map {
        NetLayer(
          inputs: sizes[$0 - 1], outputs: sizes[$0], activation: $0 == sizes.count - 1 ? .identity : activation,
          bias: true)
      }, loss: .squared)
  }

  static func rows(_ count: Int, _ shape: NetShape, seed: UInt64) -> NetRows {
    let x = RandomStream(seed: seed, stream: 1)
    let y = RandomStream(seed: seed, stream: 2)
    var targets: [Double] = []
    for i in 0..<count {
      let label = Int(y.bits(at: UInt64(i)) % UInt64(max(shape.outputs, 2)))
      for j in 0..<shape.outputs {
        switch shape.loss {
        case .squared: targets.append(y.normal(at: UInt64(i * shape.outputs + j)))
        case .logistic: targets.append(Double(label))
        case .softmax: targets.append(j == label ? 1 : 0)
        }
      }
    }
    return NetRows(
      count: count, inputs: (0..<(count * shape.inputs)).map { x.normal(at: UInt64($0)) }, targets: targets)
  }

  static func weights(_ shape: NetShape, seed: UInt64, scale: Double = 0.5) -> [Double] {
    let stream = RandomStream(seed: seed, stream: 3)
    return (0..<shape.parameters).map { scale * stream.normal(at: UInt64($0)) }
  }

  @Test(arguments: shapes.indices)
  func lossAndGradientEqualTheReference(_ index: Int) {
    for table in InstructionSets.available where table.reproducible {
      check(Double.self, Self.shapes[index], table)
      check(Float.self, Self.shapes[index], table)
    }
  }

  /// A step that updates panel by panel is a gradient and then an update.
  @Test(arguments: shapes.indices)
  func descentIsGradientAndUpdate(_ index: Int) {
    for table in InstructionSets.available where table.reproducible {
      descend(Double.self, Self.shapes[index], table)
      descend(Float.self, Self.shapes[index], table)
    }
  }

  private func descend<Scalar: NetScalar>(_: Scalar.Type, _ shape: NetShape, _ table: KernelTable) {
    let rows = Self.rows(160, shape, seed: 5)
    let kernels = Scalar.netKernels(of: table)
    for (l2, count) in [(0, 43), (0, 150), (0.01, 43)] as [(Double, Int)] {
      var net = LaneNet<Scalar>(shape: shape, l2: l2, rows: rows, largestBatch: 128, kernels: kernels)
      for rule in UpdateRule.allCases {
        let one = LaneMemory<Scalar>(count: 4 * net.count)
        let two = LaneMemory<Scalar>(count: 4 * net.count)
        for memory in [one.base, two.base] {
          net.layout.write(Self.weights(shape, seed: 6), shape, kernels, to: memory)
          net.layout.write(Self.weights(shape, seed: 7).map { abs($0) }, shape, kernels, to: memory + 2 * net.count)
          net.layout.write(Self.weights(shape, seed: 8).map { abs($0) }, shape, kernels, to: memory + 3 * net.count)
        }
        let numbers = UpdateNumbers(step: 0.1, momentum: 0.9, decay: 0.99, epsilon: 1e-8)
        let batch = Array(0..<count)
        let size = net.count
        let (fused, whole) = (
          WeightUpdate(
            rule: rule, numbers: numbers, weights: one.base, first: one.base + 2 * size, second: one.base + 3 * size),
          WeightUpdate(
            rule: rule, numbers: numbers, weights: two.base, first: two.base + 2 * size, second: two.base + 3 * size)
        )
        net.descend(batch: batch, upcoming: [], gradient: one.base + net.count, fused)
        _ = net.evaluate(two.base, batch: batch, gradient: two.base + net.count)
        whole.apply(kernels, net.count, at: 0, two.base + net.count)
        let same = (0..<(4 * size)).allSatisfy { $0 / size == 1 || one.base[$0] == two.base[$0] }
        #expect(same, "\(table.instructionSet) \(Scalar.self) \(rule) \(l2) \(count)")
      }
    }
  }

  /// Rows that were gathered on the side are the rows that are gathered when they are needed; rows that were expected
  /// and do not come do no harm.
  @Test(arguments: shapes.indices)
  func whatIsGatheredAheadChangesNothing(_ index: Int) {
    for table in InstructionSets.available {
      gatherAhead(Double.self, Self.shapes[index], table)
      gatherAhead(Float.self, Self.shapes[index], table)
    }
  }

  private func gatherAhead<Scalar: NetScalar>(_: Scalar.Type, _ shape: NetShape, _ table: KernelTable) {
    let rows = Self.rows(200, shape, seed: 5)
    let kernels = Scalar.netKernels(of: table)
    let batches = [
      Array(3..<131), Array(stride(from: 199, to: 0, by: -7)), [5, 5, 17], Array(0..<150), [199], Array(40..<141),
    ]
    // What the next batch is said to be: right, wrong, none, too long.
    let hints = [batches[1], batches[0], batches[3], [], batches[5], batches[3]]
    for l2 in [0, 0.01] {
      var ahead = LaneNet<Scalar>(shape: shape, l2: l2, rows: rows, largestBatch: 128, kernels: kernels)
      var plain = LaneNet<Scalar>(shape: shape, l2: l2, rows: rows, largestBatch: 128, kernels: kernels)
      let size = plain.count
      let one = LaneMemory<Scalar>(count: 2 * size)
      let two = LaneMemory<Scalar>(count: 2 * size)
      for memory in [one.base, two.base] {
        plain.layout.write(Self.weights(shape, seed: 6), shape, kernels, to: memory)
      }
      func update(_ memory: UnsafeMutablePointer<Scalar>) -> WeightUpdate<Scalar> {
        WeightUpdate(
          rule: .gradientDescent, numbers: UpdateNumbers(step: 1e-3), weights: memory, first: memory, second: memory)
      }
      for (batch, hint) in zip(batches, hints) {
        ahead.descend(batch: batch, upcoming: hint, gradient: one.base + size, update(one.base))
        plain.descend(batch: batch, upcoming: [], gradient: two.base + size, update(two.base))
      }
      let moved = plain.layout.read(two.base, shape, kernels)
      #expect(moved != Self.weights(shape, seed: 6) && moved.allSatisfy { $0.isFinite })
      #expect(
        (0..<size).allSatisfy { one.base[$0] == two.base[$0] }, "\(table.instructionSet) \(Scalar.self) \(l2)")
    }
  }

  private func check<Scalar: NetScalar>(_: Scalar.Type, _ shape: NetShape, _ table: KernelTable) {
    let rows = Self.rows(shape.parameters > 4000 ? 131 : 300, shape, seed: 5)
    let w = Self.weights(shape, seed: 6).map { Double(Scalar($0)) }
    let kernels = Scalar.netKernels(of: table)
    for (l2, batch) in [(0, nil), (0.01, Array(stride(from: 2, to: 130, by: 3)))] as [(Double, [Int]?)] {
      let reference = ReferenceNet<Scalar>(shape: shape, l2: l2, rows: rows).evaluate(
        w.map { Scalar($0) }, batch: batch)
      var net = LaneNet<Scalar>(shape: shape, l2: l2, rows: rows, largestBatch: 128, kernels: kernels)
      let memory = LaneMemory<Scalar>(count: 2 * net.count)
      net.layout.write(w, shape, kernels, to: memory.base)
      let loss = net.evaluate(memory.base, batch: batch, gradient: memory.base + net.count)
      #expect(loss == reference.loss, "\(table.instructionSet) \(Scalar.self)")
      let gradient = net.layout.read(memory.base + net.count, shape, kernels)
      #expect(gradient == reference.gradient.map { Double($0) }, "\(table.instructionSet) \(Scalar.self)")
      var used = 0
      var nonZero = 0
      for i in 0..<net.count where memory.base[net.count + i] != 0 { nonZero += 1 }
      for value in gradient where value != 0 { used += 1 }
      #expect(nonZero == used, "padding stays zero")
    }
  }
}
