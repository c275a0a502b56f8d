import RavineLanes

/// Loss and gradient of a net at one lane, in the plainest form: the judge of ``LaneNet``, bit for bit, and the model
/// on which everything that is not a hot loop works. Weights in the natural order of ``NetShape``.
struct ReferenceNet<Scalar: NetScalar> {
  let shape: NetShape
  /// l2 · ½|W|² over all weights, never over biases.
  let l2: Double
  let count: Int
  let inputs: [Scalar]
  let targets: [Scalar]

  init(shape: NetShape, l2: Double, rows: NetRows) {
    self.shape = shape
    self.l2 = l2
    count = rows.count
    inputs = rows.inputs.map { Scalar($0) }
    targets = rows.targets.map { Scalar($0) }
  }

  /// The outputs of every layer for row `row`, the input first.
  func activations(_ w: [Scalar], row: Int) -> [[Scalar]] {
    var values = [Array(inputs[(row * shape.inputs)..<((row + 1) * shape.inputs)])]
    for (layer, offset) in zip(shape.layers, shape.offsets) {
      let input = values[values.count - 1]
      values.append(
        (0..<layer.outputs).map { j in
          var z: Scalar = layer.bias ? w[offset + layer.inputs * layer.outputs + j] : 0
          for k in 0..<layer.inputs { z = z.addingProduct(input[k], w[offset + j * layer.inputs + k]) }
          switch layer.activation {
          case .identity: return z
          case .tanh: return Scalar.hyperbolicTangent(z)
          case .relu: return z < 0 ? 0 : z
          }
        })
    }
    return values
  }

  /// f at `w` over the rows of `batch` (nil: all), and its gradient.
  func evaluate(_ w: [Scalar], batch: [Int]? = nil) -> (loss: Double, gradient: [Scalar]) {
    let rows = batch ?? Array(0..<count)
    let factor = Scalar(1 / Double(rows.count))
    var gradient = [Scalar](repeating: 0, count: shape.parameters)
    var loss = OutputLoss<Scalar>(shape.loss, outputs: shape.outputs)
    for (place, row) in rows.enumerated() {
      if place % NetBlock.rows(of: rows.count) == 0 { loss.endBlock() }
      let values = activations(w, row: row)
      let target = Array(targets[(row * shape.outputs)..<((row + 1) * shape.outputs)])
      let error = loss.add(values[values.count - 1], target, factor)
      backward(w, values, error, &gradient)
    }
    loss.endBlock()
    let penalty = penalty(w, &gradient)
    return (loss.total / Double(rows.count) + penalty, gradient)
  }

  private func backward(_ w: [Scalar], _ values: [[Scalar]], _ error: [Scalar], _ gradient: inout [Scalar]) {
    var error = error
    for index in shape.layers.indices.reversed() {
      let layer = shape.layers[index]
      let offset = shape.offsets[index]
      let input = values[index]
      for j in 0..<layer.outputs {
        for k in 0..<layer.inputs {
          let at = offset + j * layer.inputs + k
          gradient[at] = gradient[at].addingProduct(input[k], error[j])
        }
        if layer.bias { gradient[offset + layer.inputs * layer.outputs + j] += error[j] }
      }
      guard index > 0 else { return }
      let activation = shape.layers[index - 1].activation
      error = (0..<layer.inputs).map { k in
        var d: Scalar = 0
        for j in 0..<layer.outputs { d = d.addingProduct(error[j], w[offset + j * layer.inputs + k]) }
        switch activation {
        case .identity: return d
        case .tanh: return d * Scalar(1).addingProduct(-input[k], input[k])
        case .relu: return input[k] > 0 ? d : 0
        }
      }
    }
  }

  /// l2/2 |W|², summed along the stored rows of ``LaneLayout``, and its gradient.
  private func penalty(_ w: [Scalar], _ gradient: inout [Scalar]) -> Double {
    guard l2 != 0 else { return 0 }
    var total = 0.0
    for (index, layer) in shape.layers.enumerated() {
      let offset = shape.offsets[index]
      let byInputs = layer.isStoredByInputs(first: index == 0)
      for column in 0..<(byInputs ? layer.outputs : layer.inputs) {
        var sum: Scalar = 0
        for row in 0..<(byInputs ? layer.inputs : layer.outputs) {
          let at = offset + (byInputs ? column * layer.inputs + row : row * layer.inputs + column)
          sum = sum.addingProduct(w[at], w[at])
        }
        total += Double(sum)
      }
      for at in offset..<(offset + layer.inputs * layer.outputs) {
        gradient[at] = gradient[at].addingProduct(Scalar(l2), w[at])
      }
    }
    return 0.5 * l2 * total
  }
}

/// Losses of rows, added up in blocks; the error that is carried back is ∂f/∂z of each row.
private struct OutputLoss<Scalar: NetScalar> {
  let loss: NetLoss
  private(set) var total = 0.0
  private var columns: [Scalar]
  private var rows = 0.0

  init(_ loss: NetLoss, outputs: Int) {
    self.loss = loss
    columns = [Scalar](repeating: 0, count: outputs)
  }

  mutating func add(_ z: [Scalar], _ target: [Scalar], _ factor: Scalar) -> [Scalar] {
    switch loss {
    case .squared:
      let r = zip(z, target).map { $0 - $1 }
      for j in r.indices { columns[j] = columns[j].addingProduct(r[j], r[j]) }
      return r.map { $0 * factor }
    case .logistic:
      let (value, error) = CrossEntropy.logistic(z[0], target[0], factor)
      rows += value
      return [error]
    case .softmax:
      let shifted = CrossEntropy.shifted(z)
      let exponentials = shifted.map { Scalar.exponential($0) }
      let (value, sum) = CrossEntropy.softmax(shifted, exponentials, target)
      rows += value
      return zip(exponentials, target).map { CrossEntropy.error($0, sum, $1, factor) }
    }
  }

  mutating func endBlock() {
    var sum = 0.0
    for j in columns.indices {
      sum += Double(columns[j])
      columns[j] = 0
    }
    total += rows + 0.5 * sum
    rows = 0
  }
}

/// The cross-entropies of one row, shared by the reference and the lane path.
enum CrossEntropy {
  /// log(1 + eᶻ) − y z and its derivative (σ(z) − y) · factor.
  @inline(__always)
  static func logistic<Scalar: NetScalar>(
    _ z: Scalar, _ y: Scalar, _ factor: Scalar
  ) -> (value: Double, error: Scalar) {
    let e = Scalar.exponential(-z.magnitude)
    let p = z < 0 ? e / (1 + e) : 1 / (1 + e)
    let value = Double(z < 0 ? 0 : z) + Elementary.log(1 + Double(e)) - Double(y) * Double(z)
    return (value, (p - y) * factor)
  }

  /// z_j − max z.
  @inline(__always)
  static func shifted<Scalar: NetScalar>(_ z: [Scalar]) -> [Scalar] {
    var most = z[0]
    for value in z where value > most { most = value }
    return z.map { $0 - most }
  }

  /// log Σ eᵗ − Σ y t for shifted outputs t, and Σ eᵗ.
  @inline(__always)
  static func softmax<Scalar: NetScalar>(
    _ shifted: [Scalar], _ exponentials: [Scalar], _ target: [Scalar]
  ) -> (value: Double, sum: Scalar) {
    var sum: Scalar = 0
    var product: Scalar = 0
    for j in shifted.indices {
      sum += exponentials[j]
      product = product.addingProduct(target[j], shifted[j])
    }
    return (Elementary.log(Double(sum)) - Double(product), sum)
  }

  @inline(__always)
  static func error<Scalar: NetScalar>(_ e: Scalar, _ sum: Scalar, _ y: Scalar, _ factor: Scalar) -> Scalar {
    (e / sum - y) * factor
  }
}
