import RavineLanes

/// A model that is no quadratic, ready to be trained: its net, rows, start and what is known of its minimum.
package struct NetProblem: Sendable {
  package var shape: NetShape
  package var rows: NetRows
  package var l2: Double
  /// w₀ in the natural order of ``NetShape``.
  package var start: [Double]
  /// The least loss f*: the minimum of convex models, of deep linear nets the best of their rank; 0, a lower bound, for
  /// all others.
  package var floor: Double
  /// w* of convex models; empty where it is not known.
  package var optimum: [Double]
  package var lossAtStart: Double
  /// Extreme eigenvalues of the Hessian at the start.
  package var startCurvature: CurvatureExtremes
  /// The loss around w*, where that is known, along the way there from the start.
  var optimumModel: LocalModel?
  package var seed: UInt64

  package init(
    shape: NetShape, rows: NetRows, l2: Double, start: [Double], floor: Double, optimum: [Double],
    lossAtStart: Double, startCurvature: CurvatureExtremes, seed: UInt64
  ) {
    self.shape = shape
    self.rows = rows
    self.l2 = l2
    self.start = start
    self.floor = floor
    self.optimum = optimum
    self.lossAtStart = lossAtStart
    self.startCurvature = startCurvature
    self.seed = seed
  }

  /// A net to be trained from `start` on `rows`, without penalty; nothing is known of its minimum but that it is not
  /// below 0, nor of its curvature.
  package init(training shape: NetShape, _ rows: NetRows, start: [Double], seed: UInt64 = 0) {
    self.init(
      shape: shape, rows: rows, l2: 0, start: start, floor: 0, optimum: [], lossAtStart: .nan,
      startCurvature: CurvatureExtremes(largest: .nan, smallest: .nan), seed: seed)
  }

  /// f at weights in natural order, over all rows, in float64.
  package func loss(at weights: [Double]) -> Double {
    NetEvaluator(self, kernels: InstructionSets.best.nets.float64).evaluate(weights).loss
  }

  var reference: ReferenceNet<Double> { ReferenceNet(shape: shape, l2: l2, rows: rows) }
}

/// The largest and the smallest eigenvalue of a Hessian.
package struct CurvatureExtremes: Equatable, Sendable {
  package var largest: Double
  package var smallest: Double

  package init(largest: Double, smallest: Double) {
    self.largest = largest
    self.smallest = smallest
  }
}

extension NetSettings {
  /// The net over `inputs` inputs with `outputs` outputs; `bias` gives every layer but the bottleneck one.
  func shape(inputs: Int, outputs: Int, bias: Bool) -> NetShape {
    var layers: [NetLayer] = []
    var width = inputs
    if bottleneck > 0 {
      layers.append(NetLayer(inputs: width, outputs: bottleneck, activation: .identity, bias: false))
      width = bottleneck
    }
    for units in hidden {
      layers.append(NetLayer(inputs: width, outputs: units, activation: activation, bias: bias))
      width = units
    }
    layers.append(NetLayer(inputs: width, outputs: outputs, activation: .identity, bias: bias))
    return NetShape(layers: layers, loss: loss)
  }
}

extension InitialWeights {
  /// Streams of random weights; the layer stands in the low half. Part of the results: never change.
  private static let stream: UInt64 = 16 << 32
  private static let splitStream: UInt64 = 17 << 32

  /// The weights of `shape` in natural order.
  func weights(_ shape: NetShape, seed: UInt64) throws(DataError) -> [Double] {
    switch self {
    case .scaled(let scale): return Self.scaled(shape, scale, seed)
    case .zero: return [Double](repeating: 0, count: shape.parameters)
    case .identical(let scale): return Self.identical(shape, scale, seed)
    case .nearIdentical(let scale, let epsilon):
      var weights = Self.identical(shape, scale, seed)
      for (index, offset) in shape.offsets.enumerated().dropLast() {
        let random = RandomStream(seed: seed, stream: Self.splitStream | UInt64(index))
        let layer = shape.layers[index]
        for i in 0..<(layer.inputs * layer.outputs) { weights[offset + i] += epsilon * random.normal(at: UInt64(i)) }
      }
      return weights
    case .balanced(let scale): return Self.balanced(shape, scale)
    case .values(let values):
      guard values.count == shape.parameters else {
        throw DataError(
          "the initial weights are \(values.count) values, the net has \(shape.parameters)",
          help: "layer after layer: the matrix row by row (outputs × inputs), then its biases")
      }
      return values
    }
  }

  private static func scaled(_ shape: NetShape, _ scale: Double, _ seed: UInt64) -> [Double] {
    var weights = [Double](repeating: 0, count: shape.parameters)
    for (index, offset) in shape.offsets.enumerated() {
      let layer = shape.layers[index]
      let random = RandomStream(seed: seed, stream: stream | UInt64(index))
      let factor = scale / Double(layer.inputs).squareRoot()
      for i in 0..<(layer.inputs * layer.outputs) { weights[offset + i] = factor * random.normal(at: UInt64(i)) }
    }
    return weights
  }

  private static func identical(_ shape: NetShape, _ scale: Double, _ seed: UInt64) -> [Double] {
    var weights = scaled(shape, scale, seed)
    for (index, offset) in shape.offsets.enumerated() {
      let layer = shape.layers[index]
      for j in 0..<layer.outputs {
        for k in 0..<layer.inputs {
          // Hidden units: all rows are the first; and they are read alike, so all columns are the first too.
          let row = index + 1 < shape.layers.count ? 0 : j
          let column = index > 0 ? 0 : k
          weights[offset + j * layer.inputs + k] = weights[offset + row * layer.inputs + column]
        }
      }
    }
    return weights
  }

  private static func balanced(_ shape: NetShape, _ scale: Double) -> [Double] {
    var weights = [Double](repeating: 0, count: shape.parameters)
    let entry = Elementary.pow(scale, 1 / Double(shape.layers.count))
    for (layer, offset) in zip(shape.layers, shape.offsets) {
      for i in 0..<min(layer.inputs, layer.outputs) { weights[offset + i * layer.inputs + i] = entry }
    }
    return weights
  }
}
