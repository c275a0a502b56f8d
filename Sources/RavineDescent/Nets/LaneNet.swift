import RavineLanes

/// Loss and gradient of a net on the lane kernels: units side by side in lanes, rows one after another. Every unit does
/// the same operations in the same order, whatever its place, and padded units stay zero; so identical units stay
/// identical bit for bit.
struct LaneNet<Scalar: NetScalar>: ~Copyable {
  let shape: NetShape
  let l2: Double
  let kernels: NetKernelSet
  let layout: LaneLayout
  private let data: LaneRows<Scalar>
  private let batchInputs: LaneMemory<Scalar>
  private let batchTargets: LaneMemory<Scalar>
  /// The outputs of every layer for one block of rows, and the errors that are carried back to them.
  private let values: LaneMemory<Scalar>
  private let errors: LaneMemory<Scalar>
  private let transposed: LaneMemory<Scalar>
  private let sums: LaneMemory<Scalar>
  private let zeros: LaneMemory<Scalar>
  private var rowBuffer = OutputRow<Scalar>()

  init(shape: NetShape, l2: Double, rows: NetRows, largestBatch: Int = 0, kernels: NetKernelSet) {
    self.shape = shape
    self.l2 = l2
    self.kernels = kernels
    layout = LaneLayout(shape, kernels)
    data = LaneRows(rows, shape: shape, kernels: kernels)
    let batch = min(largestBatch, NetBlock.most)
    batchInputs = LaneMemory(count: batch * data.inputShape.lanes)
    batchTargets = LaneMemory(count: batch * data.targetShape.lanes)
    values = LaneMemory(count: NetBlock.most * layout.unitLanes)
    errors = LaneMemory(count: NetBlock.most * layout.unitLanes)
    transposed = LaneMemory(count: layout.transposedCount)
    let widest = layout.layers.reduce(data.inputShape.lanes) { max($0, $1.weights.lanes, $1.outputLanes) }
    sums = LaneMemory(count: widest)
    zeros = LaneMemory(count: widest)
  }

  /// n.
  var rowCount: Int { data.count }

  /// Scalars of a weight array, padding and all.
  var count: Int { layout.count }

  /// f at `w` over the rows of `batch` (nil: all), and its gradient where one is asked for. Both arrays lie as `layout`
  /// says; the gradient's padding comes out zero.
  mutating func evaluate(
    _ w: UnsafePointer<Scalar>, batch: [Int]? = nil, gradient: UnsafeMutablePointer<Scalar>?
  ) -> Double {
    transposeWeights(w, backward: gradient != nil)
    let total = batch?.count ?? data.count
    let factor = 1 / Double(total)
    let most = NetBlock.rows(of: total)
    var loss = 0.0
    var first = 0
    while first < total {
      let rows = min(most, total - first)
      let block: NetBlockRows<Scalar>
      if let batch {
        gather(batch[first..<(first + rows)])
        block = NetBlockRows(
          rows: rows, stored: batchRowsStored, first: 0, inputs: batchInputs.base, targets: batchTargets.base)
      } else {
        block = NetBlockRows(
          rows: rows, stored: data.count, first: first, inputs: data.inputs.base, targets: data.targets.base)
      }
      forward(w, block)
      loss += outputLoss(block, factor: factor)
      if let gradient { backward(w, block, gradient, isFirst: first == 0) }
      first += rows
    }
    return loss / Double(total) + penalty(w, gradient)
  }

  private var batchRowsStored: Int { batchInputs.count / max(data.inputShape.lanes, 1) }

  private func gather(_ rows: ArraySlice<Int>) {
    data.gather(rows, stored: batchRowsStored, kernels, inputs: batchInputs.base, targets: batchTargets.base)
  }

  /// The other orientation of every weight matrix that needs both.
  private func transposeWeights(_ w: UnsafePointer<Scalar>, backward: Bool) {
    for layer in layout.layers {
      guard let other = layer.transposed, backward || !layer.byInputs else { continue }
      kernels.transpose(
        layer.weights.rows, layer.weights.columns, layer.weights.lanes, other.shape.lanes, w + layer.offset,
        transposed.base + other.offset)
    }
  }

  // MARK: - Forward

  private func forward(_ w: UnsafePointer<Scalar>, _ block: NetBlockRows<Scalar>) {
    var input = Operand(
      base: UnsafePointer(block.inputs), shape: data.inputShape, stored: block.stored, first: block.first)
    for (index, layer) in layout.layers.enumerated() {
      let matrix = layer.byInputs ? w + layer.offset : UnsafePointer(transposed.base + layer.otherOffset)
      let output = values.base + layer.unitOffset * NetBlock.most
      multiply(
        input, rows: block.rows, by: matrix, depthRows: layer.inputs, lanes: layer.outputLanes,
        into: output, outputRows: block.rows, bias: layer.biasOffset.map { w + $0 })
      kernels.activate(shape.layers[index].activation.rawValue, block.rows * layer.outputLanes, output)
      input = Operand(
        base: UnsafePointer(output), shape: kernels.shape(rows: block.rows, columns: layer.outputs),
        stored: block.rows, first: 0)
    }
  }

  /// C = A B (+ bias): A's columns are the depth, so panel after panel of A is taken in turn.
  private func multiply(
    _ a: Operand<Scalar>, rows: Int, by b: UnsafePointer<Scalar>, depthRows: Int, lanes: Int,
    into c: UnsafeMutablePointer<Scalar>, outputRows: Int, bias: UnsafePointer<Scalar>?
  ) {
    var start = Product.Start.zero
    if bias != nil { start = .bias }
    var lane = 0
    while lane < a.shape.lanes {
      let width = kernels.panelWidth(a.shape.lanes - lane)
      var product = Product(
        rows: rows, lanes: lanes, cRows: outputRows, bRows: depthRows, depth: min(width, a.shape.columns - lane),
        a: a.base + lane * a.stored + a.first * width, aRow: width, aDepth: 1, b: b, c: c, start: start,
        bias: bias ?? UnsafePointer(zeros.base))
      product.bFirstRow = lane
      // Panels of full width lie at equal distances: one call takes them all.
      if width == kernels.panel {
        product.blocks = max(1, (a.shape.columns - lane) / width)
        product.aJump = a.stored * width
      }
      kernels.product(&product)
      lane += width * product.blocks
      start = .accumulate
    }
  }

  // MARK: - Loss

  private mutating func outputLoss(_ block: NetBlockRows<Scalar>, factor: Double) -> Double {
    guard let last = layout.layers.last else { return 0 }
    let z = values.base + last.unitOffset * NetBlock.most
    if shape.loss == .squared {
      sums.base.update(repeating: 0, count: last.outputLanes)
      var loss = 0.0
      squaredError(block, z, block.targets, last, factor)
      for j in 0..<last.outputs { loss += Double(sums.base[j]) }
      return 0.5 * loss
    }
    return rowBuffer.crossEntropy(
      shape.loss, block, z, outputs: last.outputs, kernels: kernels, factor: Scalar(factor))
  }

  private func squaredError(
    _ block: NetBlockRows<Scalar>, _ z: UnsafeMutablePointer<Scalar>, _ targets: UnsafePointer<Scalar>,
    _ last: LaneLayer, _ factor: Double
  ) {
    // The targets of a block begin at its first row of every panel: one call for each panel.
    kernels.shape(rows: block.rows, columns: last.outputs).forEachPanel(kernels) { start, width, _ in
      kernels.squaredError(
        block.rows, block.rows, width, z + start * block.rows, targets + start * block.stored + block.first * width,
        block.stored, factor, sums.base + start)
    }
  }

  // MARK: - Backward

  private func backward(
    _ w: UnsafePointer<Scalar>, _ block: NetBlockRows<Scalar>, _ gradient: UnsafeMutablePointer<Scalar>, isFirst: Bool
  ) {
    let start = isFirst ? Product.Start.zero : .accumulate
    guard let last = layout.layers.last else { return }
    var error = UnsafePointer(values.base + last.unitOffset * NetBlock.most)
    for index in layout.layers.indices.reversed() {
      let layer = layout.layers[index]
      let errorOperand = Operand(
        base: error, shape: kernels.shape(rows: block.rows, columns: layer.outputs), stored: block.rows, first: 0)
      let input =
        index == 0
        ? Operand(base: UnsafePointer(block.inputs), shape: data.inputShape, stored: block.stored, first: block.first)
        : Operand(
          base: UnsafePointer(values.base + layout.layers[index - 1].unitOffset * NetBlock.most),
          shape: kernels.shape(rows: block.rows, columns: layer.inputs), stored: block.rows, first: 0)
      if layer.byInputs {
        weightGradient(input, errorOperand, block.rows, gradient + layer.offset, rows: layer.inputs, start)
      } else {
        weightGradient(errorOperand, input, block.rows, gradient + layer.offset, rows: layer.outputs, start)
      }
      if let bias = layer.biasOffset {
        if isFirst { (gradient + bias).update(repeating: 0, count: layer.outputLanes) }
        kernels.columnSums(block.rows, block.rows, layer.outputLanes, error, gradient + bias)
      }
      guard index > 0 else { return }
      let matrix = layer.byInputs ? UnsafePointer(transposed.base + layer.otherOffset) : w + layer.offset
      let below = layout.layers[index - 1]
      let carried = errors.base + below.unitOffset * NetBlock.most
      multiply(
        errorOperand, rows: block.rows, by: matrix, depthRows: layer.outputs, lanes: below.outputLanes, into: carried,
        outputRows: block.rows, bias: nil)
      kernels.backward(
        shape.layers[index - 1].activation.rawValue, block.rows * below.outputLanes,
        values.base + below.unitOffset * NetBlock.most, carried)
      error = UnsafePointer(carried)
    }
  }

  /// C += Aᵀ B over the rows of a block: A's columns become rows of C.
  private func weightGradient(
    _ a: Operand<Scalar>, _ b: Operand<Scalar>, _ rows: Int, _ c: UnsafeMutablePointer<Scalar>, rows cRows: Int,
    _ start: Product.Start
  ) {
    // Panel by panel of B: it stays in the cache while all of A passes by.
    b.shape.forEachPanel(kernels) { bLane, bWidth, _ in
      a.shape.forEachPanel(kernels) { lane, width, used in
        var product = Product(
          rows: used, lanes: bWidth, cRows: cRows, bRows: b.stored, depth: rows,
          a: a.base + lane * a.stored + a.first * width, aRow: 1, aDepth: width, b: b.base + bLane * b.stored,
          c: c + bLane * cRows, start: start, bias: zeros.base)
        product.firstRow = lane
        product.bFirstRow = b.first
        kernels.product(&product)
      }
    }
  }

  // MARK: - Penalty

  private func penalty(_ w: UnsafePointer<Scalar>, _ gradient: UnsafeMutablePointer<Scalar>?) -> Double {
    guard l2 != 0 else { return 0 }
    var total = 0.0
    for layer in layout.layers {
      sums.base.update(repeating: 0, count: layer.weights.lanes)
      kernels.squareSums(
        layer.weights.rows, layer.weights.rows, layer.weights.lanes, w + layer.offset, sums.base)
      for j in 0..<layer.weights.columns { total += Double(sums.base[j]) }
      if let gradient { kernels.add(l2, layer.weights.count, w + layer.offset, gradient + layer.offset) }
    }
    return 0.5 * l2 * total
  }
}

/// A matrix that a product reads: `stored` rows in its panels, of which the first used is `first`.
private struct Operand<Scalar> {
  var base: UnsafePointer<Scalar>
  var shape: PanelShape
  var stored: Int
  var first: Int
}

/// Rows of the data that one pass takes.
struct NetBlockRows<Scalar> {
  var rows: Int
  var stored: Int
  var first: Int
  var inputs: UnsafeMutablePointer<Scalar>
  var targets: UnsafeMutablePointer<Scalar>
}
