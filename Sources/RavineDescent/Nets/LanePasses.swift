import RavineLanes

/// The passes through the layers. A layer much wider than its neighbours is taken panel by panel of its units: all that
/// belongs to a panel, in every layer, is computed while the panel is in the cache. Every sum has the same terms in the
/// same order as without.
extension LaneNet {
  /// Units that are computed together: a panel of a layer's outputs.
  private struct Panel {
    /// Its first lane, its lanes, its lanes that are units.
    var lane: Int
    var width: Int
    var used: Int
    var isLast: Bool
  }

  private func panels(_ layer: LaneLayer, _ body: (Panel) -> Void) {
    kernels.shape(rows: 0, columns: layer.outputs).forEachPanel(kernels) {
      body(Panel(lane: $0, width: $1, used: $2, isLast: $0 + $1 >= layer.outputLanes))
    }
  }

  private func inputs(_ index: Int, _ block: NetBlockRows<Scalar>) -> Operand<Scalar> {
    guard index > 0 else {
      return Operand(
        base: UnsafePointer(block.inputs), shape: data.inputShape, stored: block.stored, first: block.first)
    }
    return outputs(layout.layers[index - 1], block, values)
  }

  /// What `memory` holds for a layer's units: their values, or the errors carried back to them.
  private func outputs(
    _ layer: LaneLayer, _ block: NetBlockRows<Scalar>, _ memory: borrowing LaneMemory<Scalar>
  ) -> Operand<Scalar> {
    Operand(
      base: UnsafePointer(place(layer, memory)), shape: kernels.shape(rows: block.rows, columns: layer.outputs),
      stored: block.rows, first: 0)
  }

  private func place(
    _ layer: LaneLayer, _ memory: borrowing LaneMemory<Scalar>
  ) -> UnsafeMutablePointer<Scalar> { memory.base + layer.unitOffset * NetBlock.most }

  // MARK: - Forward

  func forward(_ w: UnsafePointer<Scalar>, _ block: NetBlockRows<Scalar>) {
    var index = 0
    while index < layout.layers.count {
      let isWide = layout.layers[index].goesForwardByPanels
      if isWide { forwardByPanels(w, block, index) } else { forwardWhole(w, block, index) }
      index += isWide ? 2 : 1
    }
  }

  private func forwardWhole(_ w: UnsafePointer<Scalar>, _ block: NetBlockRows<Scalar>, _ index: Int) {
    let layer = layout.layers[index]
    let output = place(layer, values)
    multiply(
      inputs(index, block), block, by: matrix(w, layer, forward: true), depthRows: layer.inputs,
      lanes: layer.outputLanes, into: output, start: .zero, bias: layer.biasOffset.map { w + $0 },
      end: activation(index))
    finishActivation(index, block.rows * layer.outputLanes, output)
  }

  /// What of the activation is done as the sums are stored.
  private func activation(_ index: Int) -> LayerEnd {
    LayerEnd(kind: shape.layers[index].activation == .relu ? .relu : .none)
  }

  /// What is not: tanh needs more registers than the sums leave.
  private func finishActivation(_ index: Int, _ count: Int, _ z: UnsafeMutablePointer<Scalar>) {
    if shape.layers[index].activation == .tanh { kernels.tanh(count, z) }
  }

  /// A layer and the one above it.
  private func forwardByPanels(_ w: UnsafePointer<Scalar>, _ block: NetBlockRows<Scalar>, _ index: Int) {
    let (layer, above) = (layout.layers[index], layout.layers[index + 1])
    let (input, sums) = (inputs(index, block), place(above, values))
    let matrix = matrix(w, layer, forward: true)
    panels(layer) { panel in
      let output = place(layer, values) + panel.lane * block.rows
      multiply(
        input, block, by: matrix + panel.lane * layer.inputs, depthRows: layer.inputs, lanes: panel.width,
        into: output, start: .zero, bias: layer.biasOffset.map { w + $0 + panel.lane }, end: activation(index))
      finishActivation(index, block.rows * panel.width, output)
      let upwards = part(w, above, panel, block, forward: true)
      multiply(
        operand(output, panel, block), block, by: upwards.base, depthRows: upwards.rows, from: upwards.first,
        lanes: above.outputLanes, into: sums, start: panel.lane == 0 ? .zero : .accumulate,
        bias: panel.lane == 0 ? above.biasOffset.map { w + $0 } : nil,
        end: panel.isLast ? activation(index + 1) : LayerEnd())
    }
    finishActivation(index + 1, block.rows * above.outputLanes, sums)
  }

  private func operand(
    _ base: UnsafeMutablePointer<Scalar>, _ panel: Panel, _ block: NetBlockRows<Scalar>
  ) -> Operand<Scalar> {
    Operand(
      base: UnsafePointer(base), shape: kernels.shape(rows: block.rows, columns: panel.used), stored: block.rows,
      first: 0)
  }

  /// W with a row for each input and lanes of outputs (forward), or a row for each output and lanes of inputs.
  private func matrix(_ w: UnsafePointer<Scalar>, _ layer: LaneLayer, forward: Bool) -> UnsafePointer<Scalar> {
    layer.byInputs == forward ? w + layer.offset : UnsafePointer(transposed.base + layer.otherOffset)
  }

  /// The rows of `matrix` that belong to a panel of the units below (forward) or of its own (backward): where they lie,
  /// among how many, and the first of them. Of weights that lie the other way round, an only block transposes that
  /// part while it is in the cache.
  private func part(
    _ w: UnsafePointer<Scalar>, _ layer: LaneLayer, _ panel: Panel, _ block: NetBlockRows<Scalar>, forward: Bool
  ) -> (base: UnsafePointer<Scalar>, rows: Int, first: Int) {
    guard layer.byInputs != forward, block.isOnly, let other = layer.transposed else {
      return (matrix(w, layer, forward: forward), forward ? layer.inputs : layer.outputs, panel.lane)
    }
    let rows = layer.weights.rows
    kernels.transpose(
      rows, panel.used, panel.width, other.shape.lanes, w + layer.offset + panel.lane * rows,
      transposed.base + other.offset)
    return (UnsafePointer(transposed.base + other.offset), panel.used, 0)
  }

  /// C = A B (+ bias), with `end` done to it. A's columns are the depth: panel after panel of A is taken in turn; its
  /// first column meets row `from` of B.
  private func multiply(
    _ a: Operand<Scalar>, _ block: NetBlockRows<Scalar>, by b: UnsafePointer<Scalar>, depthRows: Int, from: Int = 0,
    lanes: Int,
    into c: UnsafeMutablePointer<Scalar>, start: Product.Start, bias: UnsafePointer<Scalar>?,
    end: LayerEnd = LayerEnd()
  ) {
    var start = bias == nil ? start : .bias
    var lane = 0
    while lane < a.shape.lanes {
      let width = kernels.panelWidth(a.shape.lanes - lane)
      var product = Product(
        rows: block.rows, lanes: lanes, cRows: block.rows, bRows: depthRows,
        depth: min(width, a.shape.columns - lane),
        a: a.base + lane * a.stored + a.first * width, aRow: width, aDepth: 1, b: b, c: c, start: start,
        bias: bias ?? UnsafePointer(zeros.base))
      product.bFirstRow = from + lane
      product.gathering = block.gathering
      // Panels of full width lie at equal distances: one call takes them all.
      if width == kernels.panel {
        product.blocks = max(1, (a.shape.columns - lane) / width)
        product.aJump = a.stored * width
      }
      if lane + width * product.blocks >= a.shape.lanes {
        product.end = end.kind
        product.operand = end.operand
      }
      kernels.product(&product)
      lane += width * product.blocks
      start = .accumulate
    }
  }

  // MARK: - Backward

  /// Adds to `gradient` what the rows of the block contribute, from the errors that stand in the outputs' place. With
  /// an `update`, which the only block may have, all weights are updated by its gradient.
  func backward(
    _ w: UnsafePointer<Scalar>, _ block: NetBlockRows<Scalar>, _ gradient: UnsafeMutablePointer<Scalar>,
    isFirst: Bool, update: WeightUpdate<Scalar>? = nil
  ) {
    let updated = carryBack(w, block, GradientShare(sum: gradient, isFirst: isFirst), update)
    guard let update else { return }
    for (index, layer) in layout.layers.enumerated() {
      if !updated.contains(index) {
        update.apply(kernels, layer.weights.count, at: layer.offset, gradient + layer.offset)
      }
      if let bias = layer.biasOffset { update.apply(kernels, layer.outputLanes, at: bias, gradient + bias) }
    }
  }

  /// - Returns: the layers whose matrices are updated already.
  private func carryBack(
    _ w: UnsafePointer<Scalar>, _ block: NetBlockRows<Scalar>, _ share: GradientShare<Scalar>,
    _ update: WeightUpdate<Scalar>?
  ) -> [Int] {
    var updated: [Int] = []
    var index = layout.layers.count - 1
    var error = outputs(layout.layers[index], block, values)
    while true {
      let layer = layout.layers[index]
      let own = isUpdatedEarly(index) ? update : nil
      panels(layer) { panel in
        let at = matrixOffset(layer, panel)
        addGradient(index, block, error, panel, share, into: share.sum + at, own, at: at)
      }
      if own != nil { updated.append(index) }
      guard index > 0 else { return updated }
      let below = layout.layers[index - 1]
      guard below.goesBackByPanels else {
        let carried = place(below, errors)
        multiply(
          error, block, by: matrix(w, layer, forward: false), depthRows: layer.outputs,
          lanes: below.outputLanes, into: carried, start: .zero, bias: nil,
          end: derivative(index - 1, place(below, values)))
        index -= 1
        error = outputs(below, block, errors)
        continue
      }
      let early = isUpdatedEarly(index - 1)
      carryBackByPanels(w, block, index - 1, error, share, early ? update : nil)
      if early, update != nil { updated.append(index - 1) }
      index -= 2
      guard index >= 0 else { return updated }
      error = outputs(layout.layers[index], block, errors)
    }
  }

  /// Whether a layer's matrix is needed no more once its gradient is there: what is below takes the other orientation.
  private func isUpdatedEarly(_ index: Int) -> Bool { layout.layers[index].byInputs }

  /// Where the part of a layer's matrix that belongs to a panel of its units begins; of a matrix by outputs, the whole.
  private func matrixOffset(_ layer: LaneLayer, _ panel: Panel) -> Int {
    layer.offset + (layer.byInputs ? panel.lane * layer.inputs : 0)
  }

  /// Carries the error of the layer above to layer `index` and on to the one below, and takes the gradient of `index`;
  /// with an `update` its matrix is updated, and the gradient of a panel is soon overwritten by the next one's.
  private func carryBackByPanels(
    _ w: UnsafePointer<Scalar>, _ block: NetBlockRows<Scalar>, _ index: Int, _ error: Operand<Scalar>,
    _ share: GradientShare<Scalar>, _ update: WeightUpdate<Scalar>?
  ) {
    let (above, layer) = (layout.layers[index + 1], layout.layers[index])
    let downwards = matrix(w, above, forward: false)
    // One panel's place serves all.
    let carried = place(layer, errors)
    panels(layer) { panel in
      multiply(
        error, block, by: downwards + panel.lane * above.outputs, depthRows: above.outputs,
        lanes: panel.width, into: carried, start: .zero, bias: nil,
        end: derivative(index, place(layer, values) + panel.lane * block.rows))
      let own = operand(carried, panel, block)
      // Before the matrix is updated.
      let onwards = index > 0 ? part(w, layer, panel, block, forward: false) : nil
      let at = matrixOffset(layer, panel)
      let sum = share.sum + (update == nil ? at : layer.offset)
      addGradient(index, block, own, panel, share, into: sum, errorIsOfPanel: true, update, at: at)
      guard let onwards else { return }
      let below = layout.layers[index - 1]
      multiply(
        own, block, by: onwards.base, depthRows: onwards.rows, from: onwards.first,
        lanes: below.outputLanes, into: place(below, errors), start: panel.lane == 0 ? .zero : .accumulate, bias: nil,
        end: panel.isLast ? derivative(index - 1, place(below, values)) : LayerEnd())
    }
  }

  private func derivative(_ index: Int, _ activations: UnsafeMutablePointer<Scalar>) -> LayerEnd {
    switch shape.layers[index].activation {
    case .identity: LayerEnd()
    case .tanh: LayerEnd(kind: .tanhDerivative, operand: activations)
    case .relu: LayerEnd(kind: .reluDerivative, operand: activations)
    }
  }

  /// Adds the products of the inputs of a layer with the errors of one panel of its units, summed over the rows, and
  /// the sums of the errors. `error` holds the whole layer, or that panel alone; `sum` is what `matrixOffset` says.
  /// With an `update` the part of the matrix from number `at` on is updated, and `sum` is room.
  private func addGradient(
    _ index: Int, _ block: NetBlockRows<Scalar>, _ error: Operand<Scalar>, _ panel: Panel,
    _ share: GradientShare<Scalar>, into sum: UnsafeMutablePointer<Scalar>, errorIsOfPanel: Bool = false,
    _ update: WeightUpdate<Scalar>?, at: Int
  ) {
    let layer = layout.layers[index]
    let input = inputs(index, block)
    let units = error.base + (errorIsOfPanel ? 0 : panel.lane * error.stored)
    input.shape.forEachPanel(kernels) { lane, width, used in
      let columns = input.base + lane * input.stored
      var product: Product
      if layer.byInputs {
        product = Product(
          rows: used, lanes: panel.width, cRows: layer.inputs, bRows: error.stored, depth: block.rows,
          a: columns + input.first * width, aRow: 1, aDepth: width, b: units,
          c: sum, start: share.start, bias: zeros.base)
        product.firstRow = lane
      } else {
        product = Product(
          rows: panel.used, lanes: width, cRows: layer.outputs, bRows: input.stored, depth: block.rows, a: units,
          aRow: 1, aDepth: panel.width, b: columns, c: sum + lane * layer.outputs,
          start: share.start, bias: zeros.base)
        product.firstRow = panel.lane
        product.bFirstRow = input.first
      }
      update?.finish(&product, at: at)
      product.gathering = block.gathering
      kernels.product(&product)
    }
    if let update, !update.isAtOnce {
      update.apply(kernels, layer.inputs * panel.width, at: at, sum)
    }
    guard let bias = layer.biasOffset else { return }
    let sums = share.sum + bias + panel.lane
    if share.start == .zero { sums.update(repeating: 0, count: panel.width) }
    kernels.columnSums(block.rows, block.rows, panel.width, units, sums)
  }
}

/// An update of weights, element by element.
struct WeightUpdate<Scalar> {
  var rule: UpdateRule
  var numbers: UpdateNumbers
  var weights: UnsafeMutablePointer<Scalar>
  /// The memories of the rule, each as long as the weights.
  var first: UnsafeMutablePointer<Scalar>
  var second: UnsafeMutablePointer<Scalar>

  /// Whether a product can do it as it stores the gradient.
  var isAtOnce: Bool { rule == .gradientDescent }

  /// Lets the `product` whose sums are the gradient of the weights from number `offset` on update them.
  func finish(_ product: inout Product, at offset: Int) {
    guard isAtOnce else { return }
    product.end = .descend
    product.operand = UnsafeMutableRawPointer(weights + offset)
    product.factor = -numbers.step
  }

  /// Updates `count` weights from number `offset` on; `gradient` begins with theirs.
  func apply(_ kernels: NetKernelSet, _ count: Int, at offset: Int, _ gradient: UnsafePointer<Scalar>) {
    withUnsafePointer(to: numbers) {
      kernels.update(rule.rawValue, $0, count, weights + offset, gradient, first + offset, second + offset)
    }
  }
}

/// A matrix that a product reads: `stored` rows in its panels, of which the first used is `first`.
private struct Operand<Scalar> {
  var base: UnsafePointer<Scalar>
  var shape: PanelShape
  var stored: Int
  var first: Int
}

/// What a product does to its sums at their end.
private struct LayerEnd {
  var kind = Product.End.none
  var operand: UnsafeMutableRawPointer?
}

/// Where the gradient of a block goes: it begins it, or is added.
private struct GradientShare<Scalar> {
  var sum: UnsafeMutablePointer<Scalar>
  var start: Product.Start

  init(sum: UnsafeMutablePointer<Scalar>, isFirst: Bool) {
    self.sum = sum
    start = isFirst ? .zero : .accumulate
  }
}
