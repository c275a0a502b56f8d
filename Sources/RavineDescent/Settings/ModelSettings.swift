import RavineLanes

/// What is fitted.
package enum Model: Hashable, Sendable {
  /// f(w) = 1/(2n) |Xw − y|² + l2/2 |w|²: a quadratic, with its spectrum.
  case linear
  /// Cross-entropy of a linear function of the inputs; y is 1 where the target is above its median (targets that are 0
  /// or 1 already are taken as they are).
  case logistic
  /// Cross-entropy of linear outputs, one for each class. Targets are the class numbers 0, 1, …; generated data are
  /// labelled by a linear teacher of `classes` outputs.
  case softmax(classes: Int)
  /// A net with hidden layers.
  case net(NetSettings)
}

/// A net with hidden layers and what it learns from.
package struct NetSettings: Hashable, Sendable {
  /// Units of each hidden layer, from the inputs on.
  package var hidden: [Int]
  /// Of every hidden layer; `identity` makes a deep linear net.
  package var activation: Activation
  package var loss: NetLoss = .squared
  /// k linear units between the inputs and the first hidden layer, which factor its weights (Ba, Caruana 2014); 0:
  /// none.
  package var bottleneck: Int = 0
  package var teacher: Teacher = .target
  package var initial = InitialWeights.scaled(1)

  package init(hidden: [Int], activation: Activation) {
    self.hidden = hidden
    self.activation = activation
  }
}

/// Where a net's targets come from.
package enum Teacher: Hashable, Sendable {
  /// The target of the data: one output.
  case target
  /// `outputs` linear functions of the inputs with standard normal weights over √D.
  case linear(outputs: Int)
  /// Output i is x_i · a_i, a_i = λ_i^(−exponent), scaled so that Σ λ_i a_i² = 1; λ the eigenvalues of diagonal data.
  case diagonal(exponent: Double)
  /// One-hot classes, as for softmax regression.
  case classes(Int)
  /// A ReLU net with the given hidden layers, weights normal · √(2/inputs); its outputs (logits) are standardised.
  case net(hidden: [Int], outputs: Int)
}

/// Weights at step 0 (biases are zero). Random ones are keyed by the problem's seed.
package enum InitialWeights: Hashable, Sendable {
  /// W_ij = scale · normal/√inputs, layer by layer.
  case scaled(Double)
  case zero
  /// Every hidden unit is a copy of the first one of `scaled`.
  case identical(scale: Double)
  /// `identical` plus ε · normal on every weight into a hidden unit, from a stream of its own.
  case nearIdentical(scale: Double, epsilon: Double)
  /// Every W is scale^(1/layers) on its main diagonal and zero elsewhere: balanced, the product is scale · I.
  case balanced(Double)
  /// In the natural order: layer after layer, W row by row (outputs × inputs), then its biases.
  case values([Double])
}
