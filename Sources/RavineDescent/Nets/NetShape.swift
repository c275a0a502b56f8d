import RavineLanes

/// What a net is judged by; the mean over the rows.
package enum NetLoss: String, Hashable, Sendable, CaseIterable {
  /// 1/(2n) Σ |out − y|².
  case squared
  /// Cross-entropy of one output: the mean of log(1 + eᶻ) − y z, y in [0, 1].
  case logistic
  /// Cross-entropy of softmax outputs against targets that sum to 1.
  case softmax
}

/// One layer: out = act(W in + b).
package struct NetLayer: Hashable, Sendable {
  package var inputs: Int
  package var outputs: Int
  package var activation: Activation
  package var bias: Bool

  package init(inputs: Int, outputs: Int, activation: Activation, bias: Bool) {
    self.inputs = inputs
    self.outputs = outputs
    self.activation = activation
    self.bias = bias
  }

  /// Weights and biases.
  package var count: Int { inputs * outputs + (bias ? outputs : 0) }
}

/// A feed-forward net. Every model of this module that is not a quadratic is one: logistic and softmax regression have
/// one layer, two-layer nets two, deep linear nets any number without activations; a linear bottleneck is a layer of k
/// units without activation and bias before the hidden one.
///
/// Its weights as one array, the natural order: layer after layer, W row by row (outputs × inputs), then b.
package struct NetShape: Hashable, Sendable {
  package var layers: [NetLayer]
  package var loss: NetLoss

  package init(layers: [NetLayer], loss: NetLoss) {
    self.layers = layers
    self.loss = loss
  }

  package var inputs: Int { layers.first?.inputs ?? 0 }
  package var outputs: Int { layers.last?.outputs ?? 0 }
  package var parameters: Int { layers.reduce(0) { $0 + $1.count } }

  /// Where each layer's weights begin in the natural order.
  package var offsets: [Int] {
    var offset = 0
    return layers.map { layer in
      defer { offset += layer.count }
      return offset
    }
  }

  /// Multiplications and additions of one gradient over `rows` rows, products only: every layer's forward and weight
  /// product and, but for the first layer, the product that carries the error back.
  package func flops(rows: Int) -> Double {
    var products = 0.0
    for (index, layer) in layers.enumerated() {
      products += Double(layer.inputs) * Double(layer.outputs) * (index == 0 ? 2 : 3)
    }
    return 2 * Double(rows) * products
  }
}

/// Rows that a net learns from: inputs n × D and targets n × O, row by row.
package struct NetRows: Sendable {
  package var count: Int
  package var inputs: [Double]
  package var targets: [Double]

  package init(count: Int, inputs: [Double], targets: [Double]) {
    self.count = count
    self.inputs = inputs
    self.targets = targets
  }
}

/// Rows are taken in blocks, so that a block's activations stay in cache; losses leave the element type at the end of
/// one.
enum NetBlock {
  static let most = 128

  /// Up to 128 rows are one block, more go in blocks of 96.
  static func rows(of total: Int) -> Int { total <= most ? max(total, 1) : 96 }
}
