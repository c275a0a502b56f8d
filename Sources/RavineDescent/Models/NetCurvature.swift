import RavineLanes

/// Exact Hessian-vector products of a net: the derivative of the gradient along a direction, carried through the
/// forward and the backward pass (Pearlmutter, Neural Computation 6 (1994) 147-160). float64; sums run in blocks of
/// eight along the inputs of a unit, in an order that no host changes.
struct NetCurvature: ~Copyable {
  private let shape: NetShape
  private let l2: Double
  private let count: Int
  private let layout: PaddedLayout
  private let weights: LaneMemory<Double>
  /// Of every row: the activations of every layer, the input first.
  private let values: LaneMemory<Double>
  /// Of every row: n ∂f/∂(activation) of every layer; of the outputs n ∂f/∂z.
  private let errors: LaneMemory<Double>
  private let targets: [Double]

  init(_ net: ReferenceNet<Double>, at natural: [Double]) {
    shape = net.shape
    l2 = net.l2
    count = net.count
    targets = net.targets
    layout = PaddedLayout(net.shape)
    weights = LaneMemory<Double>(count: layout.weights)
    values = LaneMemory<Double>(count: layout.row * net.count)
    errors = LaneMemory<Double>(count: layout.row * net.count)
    layout.write(natural, net.shape, to: weights.base)
    for row in 0..<count {
      for (place, activation) in zip(layout.places, net.activations(natural, row: row)) {
        for (k, value) in activation.enumerated() { values.base[row * layout.row + place + k] = value }
      }
      carryErrors(row)
    }
  }

  /// H v.
  func product(_ v: [Double]) -> [Double] {
    let direction = LaneMemory<Double>(count: layout.weights)
    let result = LaneMemory<Double>(count: layout.weights)
    let changes = LaneMemory<Double>(count: layout.row)
    let below = LaneMemory<Double>(count: layout.row)
    layout.write(v, shape, to: direction.base)
    for row in 0..<count {
      forward(row, direction.base, changes.base)
      outputChange(row, changes.base, below.base)
      backward(row, direction.base, changes.base, below.base, result.base)
    }
    var sum = layout.read(result.base, shape)
    let scale = 1 / Double(count)
    for i in sum.indices { sum[i] *= scale }
    for (layer, offset) in zip(shape.layers, shape.offsets) {
      for i in offset..<(offset + layer.inputs * layer.outputs) { sum[i] += l2 * v[i] }
    }
    return sum
  }

  // MARK: - One row

  /// The change of every layer's activations along v.
  private func forward(
    _ row: Int, _ v: UnsafeMutablePointer<Double>, _ changes: UnsafeMutablePointer<Double>
  ) {
    let values = values.base + row * layout.row
    for (index, layer) in shape.layers.enumerated() {
      let (stride, blocks) = (layout.strides[index], layout.strides[index] / 8)
      let matrix = layout.matrices[index]
      let (input, output) = (layout.places[index], layout.places[index + 1])
      for j in 0..<layer.outputs {
        var z = layer.bias ? v[layout.biases[index] + j] : 0
        z += ColumnKernels.dot(v + matrix + j * stride, values + input, blocks: blocks)
        if index > 0 {
          z += ColumnKernels.dot(weights.base + matrix + j * stride, changes + input, blocks: blocks)
        }
        changes[output + j] = z * Self.slope(layer.activation, values[output + j])
      }
    }
  }

  /// The change of n ∂f/∂z of the outputs.
  private func outputChange(
    _ row: Int, _ changes: UnsafeMutablePointer<Double>, _ below: UnsafeMutablePointer<Double>
  ) {
    let place = layout.places[shape.layers.count]
    let outputs = shape.outputs
    let dz = changes + place
    let (probabilities, _) = outputError(row)
    switch shape.loss {
    case .squared: for j in 0..<outputs { below[place + j] = dz[j] }
    case .logistic: below[place] = probabilities[0] * (1 - probabilities[0]) * dz[0]
    case .softmax:
      var mean = 0.0
      for j in 0..<outputs { mean += probabilities[j] * dz[j] }
      for j in 0..<outputs { below[place + j] = probabilities[j] * (dz[j] - mean) }
    }
  }

  private func backward(
    _ row: Int, _ v: UnsafeMutablePointer<Double>, _ changes: UnsafeMutablePointer<Double>,
    _ below: UnsafeMutablePointer<Double>, _ result: UnsafeMutablePointer<Double>
  ) {
    let values = values.base + row * layout.row
    let errors = errors.base + row * layout.row
    for index in shape.layers.indices.reversed() {
      let layer = shape.layers[index]
      let (stride, blocks) = (layout.strides[index], layout.strides[index] / 8)
      let (input, output) = (layout.places[index], layout.places[index + 1])
      (below + input).update(repeating: 0, count: stride)
      for j in 0..<layer.outputs {
        let unit = layout.matrices[index] + j * stride
        let slope = Self.slope(layer.activation, values[output + j])
        let error = errors[output + j] * slope
        var change = below[output + j] * slope
        // The change of an activation is act′ · dz already; the slope of tanh changes by −2 a da.
        if layer.activation == .tanh { change += errors[output + j] * -2 * values[output + j] * changes[output + j] }
        ColumnKernels.add(change, values + input, to: result + unit, blocks: blocks)
        if layer.bias { result[layout.biases[index] + j] += change }
        guard index > 0 else { continue }
        ColumnKernels.add(error, changes + input, to: result + unit, blocks: blocks)
        ColumnKernels.add(change, weights.base + unit, to: below + input, blocks: blocks)
        ColumnKernels.add(error, v + unit, to: below + input, blocks: blocks)
      }
    }
  }

  /// n ∂f/∂(activation) of a row, from the outputs down.
  private func carryErrors(_ row: Int) {
    let values = values.base + row * layout.row
    let errors = errors.base + row * layout.row
    for (j, error) in outputError(row).error.enumerated() { errors[layout.places[shape.layers.count] + j] = error }
    for index in shape.layers.indices.dropFirst().reversed() {
      let layer = shape.layers[index]
      let (stride, output) = (layout.strides[index], layout.places[index + 1])
      for j in 0..<layer.outputs {
        let error = errors[output + j] * Self.slope(layer.activation, values[output + j])
        ColumnKernels.add(
          error, weights.base + layout.matrices[index] + j * stride, to: errors + layout.places[index],
          blocks: stride / 8)
      }
    }
  }

  private static func slope(_ activation: Activation, _ a: Double) -> Double {
    switch activation {
    case .identity: 1
    case .tanh: 1 - a * a
    case .relu: a > 0 ? 1 : 0
    }
  }

  /// The probabilities that a cross-entropy sees in the outputs of a row (none for squared loss), and n ∂f/∂z.
  private func outputError(_ row: Int) -> (probabilities: [Double], error: [Double]) {
    let outputs = shape.outputs
    let start = values.base + row * layout.row + layout.places[shape.layers.count]
    let z = (0..<outputs).map { start[$0] }
    let y = targets[(row * outputs)..<((row + 1) * outputs)]
    switch shape.loss {
    case .squared: return ([], zip(z, y).map { $0 - $1 })
    case .logistic:
      let e = Elementary.exp(-z[0].magnitude)
      let p = z[0] < 0 ? e / (1 + e) : 1 / (1 + e)
      return ([p], [p - (y.first ?? 0)])
    case .softmax:
      let most = z.reduce(-.infinity) { max($0, $1) }
      let e = z.map { Elementary.exp($0 - most) }
      let sum = e.reduce(0, +)
      let p = e.map { $0 / sum }
      return (p, zip(p, y).map { $0 - $1 })
    }
  }

  // MARK: - Whole matrices

  /// H as a matrix, column by column of products: for few weights.
  func dense() -> [Double] {
    let d = shape.parameters
    var matrix = [Double](repeating: 0, count: d * d)
    for j in 0..<d {
      var unit = [Double](repeating: 0, count: d)
      unit[j] = 1
      let column = product(unit)
      for i in 0..<d { matrix[i * d + j] = column[i] }
    }
    return matrix
  }

  /// The diagonal of H, a product for each weight.
  func diagonal() -> [Double] {
    var unit = [Double](repeating: 0, count: shape.parameters)
    return unit.indices.map { j in
      unit[j] = 1
      defer { unit[j] = 0 }
      return product(unit)[j]
    }
  }

  /// The extreme eigenvalues by Lanczos.
  func extremes(tolerance: Double = 1e-10) -> CurvatureExtremes {
    Lanczos.extremes(dimension: shape.parameters, tolerance: tolerance) { product($0) }
  }

  /// The same over the directions in which the loss of a convex model changes at all: the biases of a softmax can grow
  /// together without any effect, and so can, without penalty, the weights of each input.
  func effectiveExtremes(tolerance: Double = 1e-10) -> CurvatureExtremes {
    guard shape.loss == .softmax, shape.layers.count == 1, let layer = shape.layers.first, layer.bias || l2 == 0 else {
      return extremes(tolerance: tolerance)
    }
    let weights = layer.inputs * layer.outputs
    var idle: [[Double]] = layer.bias ? [(0..<shape.parameters).map { $0 < weights ? 0.0 : 1 }] : []
    for input in 0..<(l2 == 0 ? layer.inputs : 0) {
      idle.append((0..<shape.parameters).map { $0 < weights && $0 % layer.inputs == input ? 1 : 0 })
    }
    return Lanczos.extremes(dimension: shape.parameters, tolerance: tolerance, without: idle) { product($0) }
  }
}

/// Where the weights and activations of a net stand so that every row of a matrix and every layer's activations begin
/// on a block of eight; the padding is zero.
private struct PaddedLayout {
  /// Elements of a unit's row of weights, layer by layer.
  var strides: [Int] = []
  /// Where the layers' matrices and biases begin.
  var matrices: [Int] = []
  var biases: [Int] = []
  /// Elements of all weights.
  var weights = 0
  /// Where the activations of each layer begin, the input first; elements of them all.
  var places: [Int] = [0]
  var row: Int

  init(_ shape: NetShape) {
    row = ColumnMatrix.padded(shape.inputs)
    for layer in shape.layers {
      let stride = ColumnMatrix.padded(layer.inputs)
      strides.append(stride)
      matrices.append(weights)
      biases.append(weights + stride * layer.outputs)
      weights += stride * layer.outputs + ColumnMatrix.padded(layer.outputs)
      places.append(row)
      row += ColumnMatrix.padded(layer.outputs)
    }
  }

  func write(_ natural: [Double], _ shape: NetShape, to memory: UnsafeMutablePointer<Double>) {
    forEach(shape) { memory[$1] = natural[$0] }
  }

  func read(_ memory: UnsafeMutablePointer<Double>, _ shape: NetShape) -> [Double] {
    var natural = [Double](repeating: 0, count: shape.parameters)
    forEach(shape) { natural[$0] = memory[$1] }
    return natural
  }

  /// Every weight: its place in the natural order, and here.
  private func forEach(_ shape: NetShape, _ body: (Int, Int) -> Void) {
    for (index, layer) in shape.layers.enumerated() {
      let offset = shape.offsets[index]
      for j in 0..<layer.outputs {
        for k in 0..<layer.inputs { body(offset + j * layer.inputs + k, matrices[index] + j * strides[index] + k) }
        if layer.bias { body(offset + layer.inputs * layer.outputs + j, biases[index] + j) }
      }
    }
  }
}
