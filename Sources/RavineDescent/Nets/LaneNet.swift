import RavineLanes

/// Loss and gradient of a net on the lane kernels: units side by side in lanes, rows one after another. Every unit does
/// the same operations in the same order, whatever its place, and padded units stay zero; so identical units stay
/// identical bit for bit.
struct LaneNet<Scalar: NetScalar>: ~Copyable {
  let shape: NetShape
  let l2: Double
  let kernels: NetKernelSet
  let layout: LaneLayout
  let data: LaneRows<Scalar>
  private var batches: LaneBatches<Scalar>
  /// The outputs of every layer for one block of rows, and the errors that are carried back to them.
  let values: LaneMemory<Scalar>
  let errors: LaneMemory<Scalar>
  let transposed: LaneMemory<Scalar>
  private let sums: LaneMemory<Scalar>
  let zeros: LaneMemory<Scalar>
  private var rowBuffer = OutputRow<Scalar>()

  init(shape: NetShape, l2: Double, rows: NetRows, largestBatch: Int = 0, kernels: NetKernelSet) {
    self.shape = shape
    self.l2 = l2
    self.kernels = kernels
    layout = LaneLayout(shape, kernels)
    data = LaneRows(rows, shape: shape, kernels: kernels)
    batches = LaneBatches(data, stored: min(largestBatch, NetBlock.most), kernels: kernels)
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
    pass(w, batch: batch, gradient: gradient, update: nil)
  }

  /// One `update` by the gradient over `batch`, the same as to evaluate and to apply, but for the cache; `gradient` is
  /// room, and holds nothing of use afterwards. The rows of `upcoming`, which the next batch is expected to have, are
  /// gathered meanwhile, where either is one block of rows.
  mutating func descend(
    batch: [Int], upcoming: [Int], gradient: UnsafeMutablePointer<Scalar>, _ update: WeightUpdate<Scalar>
  ) {
    let isWithin = l2 == 0 && batch.count <= NetBlock.most
    _ = pass(
      update.weights, batch: batch, upcoming: upcoming, gradient: gradient, update: isWithin ? update : nil)
    if !isWithin { update.apply(kernels, count, at: 0, gradient) }
  }

  private mutating func pass(
    _ w: UnsafePointer<Scalar>, batch: [Int]?, upcoming: [Int] = [], gradient: UnsafeMutablePointer<Scalar>?,
    update: WeightUpdate<Scalar>?
  ) -> Double {
    let total = batch?.count ?? data.count
    let factor = 1 / Double(total)
    let most = NetBlock.rows(of: total)
    let isOnly = total <= most
    transposeWeights(w, backward: gradient != nil, isOnlyBlock: isOnly)
    var loss = 0.0
    var first = 0
    while first < total {
      let rows = min(most, total - first)
      let block: NetBlockRows<Scalar>
      if let batch {
        let taken = batches.take(batch[first..<(first + rows)], of: data)
        if isOnly, upcoming.count <= batches.stored { batches.begin(upcoming[...], of: data) }
        block = NetBlockRows(
          rows: rows, stored: batches.stored, first: 0, inputs: taken.inputs, targets: taken.targets, isOnly: isOnly,
          gathering: batches.pending)
      } else {
        block = NetBlockRows(
          rows: rows, stored: data.count, first: first, inputs: data.inputs.base, targets: data.targets.base,
          isOnly: isOnly)
      }
      forward(w, block)
      loss += outputLoss(block, factor: factor)
      if let gradient { backward(w, block, gradient, isFirst: first == 0, update: update) }
      first += rows
    }
    return loss / Double(total) + penalty(w, gradient)
  }

  /// The other orientation of every weight matrix that needs both, but for what an only block transposes part by part.
  private func transposeWeights(_ w: UnsafePointer<Scalar>, backward: Bool, isOnlyBlock: Bool) {
    for layer in layout.layers {
      guard let other = layer.transposed, backward || !layer.byInputs else { continue }
      if isOnlyBlock, layer.isTransposedByPanels { continue }
      kernels.transpose(
        layer.weights.rows, layer.weights.columns, layer.weights.lanes, other.shape.lanes, w + layer.offset,
        transposed.base + other.offset)
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

/// Rows of the data that one pass takes.
struct NetBlockRows<Scalar> {
  var rows: Int
  var stored: Int
  var first: Int
  var inputs: UnsafeMutablePointer<Scalar>
  var targets: UnsafeMutablePointer<Scalar>
  /// Whether no other block has a share in the pass.
  var isOnly: Bool
  /// The ``Gathering`` that the products of the pass are to carry on with.
  var gathering: UnsafeMutableRawPointer?
}
