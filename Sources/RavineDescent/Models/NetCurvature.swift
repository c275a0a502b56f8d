import RavineLanes

/// Exact Hessian-vector products of a net: the derivative of the gradient along a direction, carried through the
/// forward and the backward pass (Pearlmutter, Neural Computation 6 (1994) 147-160). float64, natural order.
struct NetCurvature {
  let net: ReferenceNet<Double>
  let weights: [Double]
  /// Activations and back-carried errors (∂f/∂z · n) of every row at `weights`.
  private let values: [[[Double]]]

  init(_ net: ReferenceNet<Double>, at weights: [Double]) {
    self.net = net
    self.weights = weights
    values = (0..<net.count).map { net.activations(weights, row: $0) }
  }

  /// H v.
  func product(_ v: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: v.count)
    for row in 0..<net.count { add(row, v, &result) }
    let scale = 1 / Double(net.count)
    for i in result.indices { result[i] *= scale }
    for (layer, offset) in zip(net.shape.layers, net.shape.offsets) {
      for i in offset..<(offset + layer.inputs * layer.outputs) { result[i] += net.l2 * v[i] }
    }
    return result
  }

  private func add(_ row: Int, _ v: [Double], _ result: inout [Double]) {
    let shape = net.shape
    let offsets = shape.offsets
    let activations = values[row]
    var changes: [[Double]] = [[Double](repeating: 0, count: shape.inputs)]
    for (index, layer) in shape.layers.enumerated() {
      changes.append(
        forwardChange(layer, offsets[index], activations[index], changes[index], activations[index + 1], v))
    }
    let outputs = activations[shape.layers.count]
    var (error, change) = outputError(row, outputs, changes[shape.layers.count])
    for index in shape.layers.indices.reversed() {
      let layer = shape.layers[index]
      let offset = offsets[index]
      let (input, inputChange) = (activations[index], changes[index])
      for j in 0..<layer.outputs {
        for k in 0..<layer.inputs {
          result[offset + j * layer.inputs + k] += change[j] * input[k] + error[j] * inputChange[k]
        }
        if layer.bias { result[offset + layer.inputs * layer.outputs + j] += change[j] }
      }
      guard index > 0 else { return }
      (error, change) = carried(layer, offset, error, change, input, inputChange, v, shape.layers[index - 1].activation)
    }
  }

  /// The change of a layer's outputs along v.
  private func forwardChange(
    _ layer: NetLayer, _ offset: Int, _ input: [Double], _ inputChange: [Double], _ output: [Double], _ v: [Double]
  ) -> [Double] {
    (0..<layer.outputs).map { j in
      var z = layer.bias ? v[offset + layer.inputs * layer.outputs + j] : 0
      for k in 0..<layer.inputs {
        let at = offset + j * layer.inputs + k
        z += v[at] * input[k] + weights[at] * inputChange[k]
      }
      return z * slope(layer.activation, output[j])
    }
  }

  private func slope(_ activation: Activation, _ a: Double) -> Double {
    switch activation {
    case .identity: 1
    case .tanh: 1 - a * a
    case .relu: a > 0 ? 1 : 0
    }
  }

  /// ∂f/∂z of the outputs, and its change.
  private func outputError(_ row: Int, _ z: [Double], _ dz: [Double]) -> (error: [Double], change: [Double]) {
    let y = net.targets[(row * z.count)..<((row + 1) * z.count)]
    switch net.shape.loss {
    case .squared: return (zip(z, y).map { $0 - $1 }, dz)
    case .logistic:
      let e = Elementary.exp(-z[0].magnitude)
      let p = z[0] < 0 ? e / (1 + e) : 1 / (1 + e)
      return ([p - (y.first ?? 0)], [p * (1 - p) * dz[0]])
    case .softmax:
      let most = z.reduce(-.infinity) { max($0, $1) }
      let e = z.map { Elementary.exp($0 - most) }
      let sum = e.reduce(0, +)
      let p = e.map { $0 / sum }
      let mean = zip(p, dz).reduce(0) { $0 + $1.0 * $1.1 }
      return (zip(p, y).map { $0 - $1 }, zip(p, dz).map { $0 * ($1 - mean) })
    }
  }

  /// The error that reaches the layer below, and its change.
  private func carried(
    _ layer: NetLayer, _ offset: Int, _ error: [Double], _ change: [Double], _ input: [Double],
    _ inputChange: [Double], _ v: [Double], _ activation: Activation
  ) -> (error: [Double], change: [Double]) {
    var below = [Double](repeating: 0, count: layer.inputs)
    var belowChange = below
    for k in 0..<layer.inputs {
      var d = 0.0
      var dChange = 0.0
      for j in 0..<layer.outputs {
        let at = offset + j * layer.inputs + k
        d += error[j] * weights[at]
        dChange += change[j] * weights[at] + error[j] * v[at]
      }
      let slope = slope(activation, input[k])
      below[k] = d * slope
      // inputChange is already act′ · dz; the slope of tanh changes by −2 a da.
      belowChange[k] = dChange * slope + (activation == .tanh ? d * -2 * input[k] * inputChange[k] : 0)
    }
    return (below, belowChange)
  }

  /// H as a matrix, column by column of products: for few weights.
  func dense() -> [Double] {
    let d = weights.count
    var matrix = [Double](repeating: 0, count: d * d)
    for j in 0..<d {
      var unit = [Double](repeating: 0, count: d)
      unit[j] = 1
      let column = product(unit)
      for i in 0..<d { matrix[i * d + j] = column[i] }
    }
    return matrix
  }

  /// The extreme eigenvalues by Lanczos.
  func extremes(tolerance: Double = 1e-10) -> CurvatureExtremes {
    Lanczos.extremes(dimension: weights.count, tolerance: tolerance) { product($0) }
  }
}
