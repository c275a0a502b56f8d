import RavineLanes

extension NetLayer {
  /// Whether W is stored with a row for each input and a lane for each output, or the other way round. The longer side
  /// goes into the lanes; but the error of the first layer is carried no further, so that one orientation is enough
  /// there: the outputs', unless there is one alone.
  func isStoredByInputs(first: Bool) -> Bool { outputs >= inputs || (first && outputs > 1) }
}

/// One layer's place in a weight array of lanes.
struct LaneLayer: Hashable, Sendable {
  struct Transposed: Hashable, Sendable {
    var offset: Int
    var shape: PanelShape
  }

  var inputs: Int
  var outputs: Int
  var outputLanes: Int
  var byInputs: Bool
  /// W as it is stored.
  var weights: PanelShape
  var offset: Int
  var biasOffset: Int?
  /// Sum of the output lanes of the layers below.
  var unitOffset: Int
  /// W in the other orientation; none where it is not needed.
  var transposed: Transposed?
  var otherOffset: Int { transposed?.offset ?? 0 }
  /// Whether its units are taken panel by panel: forward, with the sums of the layer above; as errors are carried back,
  /// with those of the layer below.
  var goesForwardByPanels = false
  var goesBackByPanels = false
  /// Whether only parts of `transposed` are ever needed at a time, where one block of rows is all there is.
  var isTransposedByPanels = false
}

/// Where the weights of a net lie: layer after layer, the matrix in panels, then the bias, one entry for each lane.
struct LaneLayout: Hashable, Sendable {
  let layers: [LaneLayer]
  /// Scalars of a weight array.
  let count: Int
  /// Scalars of the transposed copies.
  let transposedCount: Int
  /// Output lanes of all layers.
  let unitLanes: Int

  init(_ shape: NetShape, _ kernels: NetKernelSet) {
    var layers: [LaneLayer] = []
    var offset = 0
    var other = 0
    var units = 0
    for (index, layer) in shape.layers.enumerated() {
      let byInputs = layer.isStoredByInputs(first: index == 0)
      let natural = kernels.shape(rows: layer.inputs, columns: layer.outputs)
      let turned = kernels.shape(rows: layer.outputs, columns: layer.inputs)
      let weights = byInputs ? natural : turned
      var transposed: LaneLayer.Transposed?
      if index > 0 || !byInputs {
        transposed = .init(offset: other, shape: byInputs ? turned : natural)
        other += (byInputs ? turned : natural).count
      }
      let bias = layer.bias ? offset + weights.count : nil
      layers.append(
        LaneLayer(
          inputs: layer.inputs, outputs: layer.outputs, outputLanes: natural.lanes, byInputs: byInputs,
          weights: weights, offset: offset, biasOffset: bias, unitOffset: units, transposed: transposed))
      offset += weights.count + (layer.bias ? natural.lanes : 0)
      units += natural.lanes
    }
    self.layers = Self.withPanels(layers, kernels)
    count = offset
    transposedCount = other
    unitLanes = units
  }

  /// Says of every layer how it is passed. Panels are for layers of more than one, beside a neighbour whose sums are
  /// few enough to wait in the cache while the panels pass by.
  private static func withPanels(_ layers: [LaneLayer], _ kernels: NetKernelSet) -> [LaneLayer] {
    var layers = layers
    func isWide(_ index: Int, neighbour: Int) -> Bool {
      guard layers[index].outputLanes > kernels.panel else { return false }
      return !layers.indices.contains(neighbour) || layers[neighbour].outputLanes <= 4 * kernels.panel
    }
    var index = 0
    while index + 1 < layers.count {
      let isWide = isWide(index, neighbour: index + 1)
      layers[index].goesForwardByPanels = isWide
      if isWide, !layers[index + 1].byInputs { layers[index + 1].isTransposedByPanels = true }
      index += isWide ? 2 : 1
    }
    index = layers.count - 2
    while index >= 0 {
      let isWide = isWide(index, neighbour: index - 1)
      layers[index].goesBackByPanels = isWide
      if isWide, layers[index].byInputs { layers[index].isTransposedByPanels = layers[index].transposed != nil }
      index -= isWide ? 2 : 1
    }
    return layers
  }

  /// Natural order to lanes; padding becomes zero.
  func write<Scalar: NetScalar>(
    _ weights: [Double], _ shape: NetShape, _ kernels: NetKernelSet, to memory: UnsafeMutablePointer<Scalar>
  ) {
    memory.update(repeating: 0, count: count)
    for (layer, start) in zip(layers, shape.offsets) {
      layer.weights.write(kernels, to: memory + layer.offset) { row, column in
        let (output, input) = layer.byInputs ? (column, row) : (row, column)
        return Scalar(weights[start + output * layer.inputs + input])
      }
      guard let bias = layer.biasOffset else { continue }
      for j in 0..<layer.outputs { memory[bias + j] = Scalar(weights[start + layer.inputs * layer.outputs + j]) }
    }
  }

  /// Lanes to natural order.
  func read<Scalar: NetScalar>(
    _ memory: UnsafePointer<Scalar>, _ shape: NetShape, _ kernels: NetKernelSet
  ) -> [Double] {
    var weights = [Double](repeating: 0, count: shape.parameters)
    for (layer, start) in zip(layers, shape.offsets) {
      layer.weights.read(kernels, from: memory + layer.offset) { row, column, value in
        let (output, input) = layer.byInputs ? (column, row) : (row, column)
        weights[start + output * layer.inputs + input] = Double(value)
      }
      guard let bias = layer.biasOffset else { continue }
      for j in 0..<layer.outputs { weights[start + layer.inputs * layer.outputs + j] = Double(memory[bias + j]) }
    }
    return weights
  }
}

/// Inputs and targets in panels.
struct LaneRows<Scalar: NetScalar>: ~Copyable {
  let count: Int
  let inputShape: PanelShape
  let targetShape: PanelShape
  let inputs: LaneMemory<Scalar>
  let targets: LaneMemory<Scalar>

  init(_ rows: NetRows, shape: NetShape, kernels: NetKernelSet) {
    count = rows.count
    inputShape = kernels.shape(rows: rows.count, columns: shape.inputs)
    targetShape = kernels.shape(rows: rows.count, columns: shape.outputs)
    inputs = LaneMemory(count: inputShape.count)
    targets = LaneMemory(count: targetShape.count)
    inputShape.write(kernels, to: inputs.base) { Scalar(rows.inputs[$0 * shape.inputs + $1]) }
    targetShape.write(kernels, to: targets.base) { Scalar(rows.targets[$0 * shape.outputs + $1]) }
  }
}

/// Cross-entropy outputs, row by row.
struct OutputRow<Scalar: NetScalar> {
  private var shifted: [Scalar] = []
  private var exponentials: [Scalar] = []
  private var target: [Scalar] = []

  /// Σ of the rows' losses; turns the outputs z into errors in place and leaves the padding zero.
  mutating func crossEntropy(
    _ loss: NetLoss, _ block: NetBlockRows<Scalar>, _ z: UnsafeMutablePointer<Scalar>, outputs: Int,
    kernels: NetKernelSet, factor: Scalar
  ) -> Double {
    if loss == .logistic {
      let width = kernels.vector
      var total = 0.0
      for row in 0..<block.rows {
        let y = block.targets[(block.first + row) * width]
        let (value, error) = CrossEntropy.logistic(z[row * width], y, factor)
        z[row * width] = error
        total += value
      }
      return total
    }
    return softmax(block, z, kernels.shape(rows: block.rows, columns: outputs), kernels, factor)
  }

  private mutating func softmax(
    _ block: NetBlockRows<Scalar>, _ z: UnsafeMutablePointer<Scalar>, _ shape: PanelShape, _ kernels: NetKernelSet,
    _ factor: Scalar
  ) -> Double {
    let places = (0..<shape.columns).map { shape.place($0, kernels) }
    shifted = [Scalar](repeating: 0, count: block.rows * shape.columns)
    for row in 0..<block.rows {
      var most = z[row * places[0].width]
      for (j, place) in places.enumerated() {
        let value = z[place.start * block.rows + row * place.width + j - place.start]
        if value > most { most = value }
      }
      for (j, place) in places.enumerated() {
        let at = place.start * block.rows + row * place.width + j - place.start
        z[at] -= most
        shifted[row * shape.columns + j] = z[at]
      }
    }
    kernels.exponential(shape.count, z)
    var total = 0.0
    for row in 0..<block.rows {
      exponentials.removeAll(keepingCapacity: true)
      target.removeAll(keepingCapacity: true)
      for (j, place) in places.enumerated() {
        exponentials.append(z[place.start * block.rows + row * place.width + j - place.start])
        target.append(block.targets[place.start * block.stored + (block.first + row) * place.width + j - place.start])
      }
      let first = row * shape.columns
      let (value, sum) = CrossEntropy.softmax(
        Array(shifted[first..<(first + shape.columns)]), exponentials, target)
      total += value
      for (j, place) in places.enumerated() {
        let at = place.start * block.rows + row * place.width + j - place.start
        z[at] = CrossEntropy.error(exponentials[j], sum, target[j], factor)
      }
    }
    clearPadding(z, shape, kernels)
    return total
  }

  private func clearPadding(_ z: UnsafeMutablePointer<Scalar>, _ shape: PanelShape, _ kernels: NetKernelSet) {
    shape.forEachPanel(kernels) { start, width, used in
      guard used < width else { return }
      let base = z + start * shape.rows
      for row in 0..<shape.rows { for lane in used..<width { base[row * width + lane] = 0 } }
    }
  }
}
