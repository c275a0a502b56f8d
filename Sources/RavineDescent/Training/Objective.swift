import RavineLanes

/// What a trial descends: a function of weights that lie in lanes, `count` scalars in whole vectors, padding zero.
protocol Objective: ~Copyable {
  associatedtype Scalar: NetScalar
  var kernels: NetKernelSet { get }
  /// Scalars of a weight array.
  var count: Int { get }
  /// Multiplications and additions of one gradient over `rows` rows (nil: all).
  func flops(rows: Int?) -> Double
  /// Rows that batches are drawn from.
  var rows: Int { get }
  func write(_ weights: [Double], to memory: UnsafeMutablePointer<Scalar>)
  func read(_ memory: UnsafePointer<Scalar>) -> [Double]
  /// f − f* at `w`, and ∇f into `gradient`.
  mutating func gradient(_ w: UnsafePointer<Scalar>, into gradient: UnsafeMutablePointer<Scalar>) -> Double
  /// The gradient of the mean over `batch` alone.
  mutating func gradient(_ w: UnsafePointer<Scalar>, batch: RowBatch, into gradient: UnsafeMutablePointer<Scalar>)
  /// One `update` by the gradient over `batch`; `gradient` is room, and holds nothing of use afterwards.
  mutating func descend(batch: RowBatch, gradient: UnsafeMutablePointer<Scalar>, _ update: WeightUpdate<Scalar>)
  /// f − f* at `w`.
  mutating func value(_ w: UnsafePointer<Scalar>) -> Double
  /// A gap below this is the rounding noise of its own evaluation.
  func noise(_ w: UnsafePointer<Scalar>, value: Double) -> Double
}

extension Objective where Self: ~Copyable {
  mutating func descend(batch: RowBatch, gradient: UnsafeMutablePointer<Scalar>, _ update: WeightUpdate<Scalar>) {
    self.gradient(update.weights, batch: batch, into: gradient)
    update.apply(kernels, count, at: 0, gradient)
  }
}

/// The rows of one mini-batch: numbers of stored rows, and what the next batch is to have; or new rows.
enum RowBatch {
  case rows([Int], upcoming: [Int])
  case fresh(NetRows)
}

/// A quadratic f* + ½ (w − w*)ᵀ H (w − w*), one trial, the rows of H in lanes.
struct QuadraticObjective<Scalar: NetScalar>: Objective, ~Copyable {
  let kernels: NetKernelSet
  let problem: Problem
  let count: Int
  private let dimension: Int
  private let hessian: LaneMemory<Scalar>
  private let negativeLinear: LaneMemory<Scalar>
  private let optimum: LaneMemory<Scalar>
  private let scratch: LaneMemory<Scalar>

  init(_ problem: Problem, kernels: NetKernelSet) {
    self.kernels = kernels
    self.problem = problem
    let d = problem.linear.count
    dimension = d
    let shape = kernels.shape(rows: d, columns: d)
    count = shape.lanes
    hessian = LaneMemory(count: shape.count)
    negativeLinear = LaneMemory(count: shape.lanes)
    optimum = LaneMemory(count: shape.lanes)
    scratch = LaneMemory(count: shape.lanes)
    shape.write(kernels, to: hessian.base) { Scalar(problem.hessian[$0 * d + $1]) }
    for j in 0..<d {
      negativeLinear.base[j] = -Scalar(problem.linear[j])
      optimum.base[j] = Scalar(problem.optimum[j])
    }
  }

  var rows: Int { Int(problem.card.samples) }

  func flops(rows: Int?) -> Double { 2 * Double(dimension) * Double(dimension) }

  func write(_ weights: [Double], to memory: UnsafeMutablePointer<Scalar>) {
    for j in 0..<dimension { memory[j] = Scalar(weights[j]) }
  }

  func read(_ memory: UnsafePointer<Scalar>) -> [Double] { (0..<dimension).map { Double(memory[$0]) } }

  /// ∇f = H w − c, each entry with k ascending.
  func multiply(_ w: UnsafePointer<Scalar>, into gradient: UnsafeMutablePointer<Scalar>) {
    var product = Product(
      rows: 1, lanes: count, cRows: 1, bRows: dimension, depth: dimension, a: w, aRow: 1, aDepth: 1,
      b: hessian.base, c: gradient, start: .bias, bias: negativeLinear.base)
    kernels.product(&product)
  }

  mutating func gradient(_ w: UnsafePointer<Scalar>, into gradient: UnsafeMutablePointer<Scalar>) -> Double {
    multiply(w, into: gradient)
    var gap: Scalar = 0
    for j in 0..<dimension { gap = gap.addingProduct(w[j] - optimum.base[j], gradient[j]) }
    return Double(gap) * 0.5
  }

  /// There are no rows here: the gradient over all of them.
  mutating func gradient(
    _ w: UnsafePointer<Scalar>, batch: RowBatch, into gradient: UnsafeMutablePointer<Scalar>
  ) {
    _ = self.gradient(w, into: gradient)
  }

  mutating func value(_ w: UnsafePointer<Scalar>) -> Double { gradient(w, into: scratch.base) }

  /// As on the direct path: half of 2 ε √d · L |w*| |w − w*|.
  func noise(_ w: UnsafePointer<Scalar>, value: Double) -> Double {
    var size = 0.0
    var error = 0.0
    for j in 0..<dimension {
      let e = Double(w[j]) - problem.optimum[j]
      size += problem.optimum[j] * problem.optimum[j]
      error += e * e
    }
    return Double(Scalar.ulpOfOne) * Double(dimension).squareRoot() * problem.card.lambdaMax
      * (size * error).squareRoot()
  }
}

/// A linear model whose gradients come from batches of rows and whose gap comes from the quadratic of all of them.
struct RowsObjective<Scalar: NetScalar>: Objective, ~Copyable {
  private var quadratic: QuadraticObjective<Scalar>
  private var net: LaneNet<Scalar>
  private let shape: NetShape
  private let scratch: LaneMemory<Scalar>

  init(_ problem: Problem, rows: NetRows, batch: Int, kernels: NetKernelSet) {
    shape = problem.rowShape
    quadratic = QuadraticObjective(problem, kernels: kernels)
    net = LaneNet(shape: shape, l2: problem.settings.l2, rows: rows, largestBatch: batch, kernels: kernels)
    scratch = LaneMemory(count: 2 * max(net.count, quadratic.count))
  }

  var kernels: NetKernelSet { quadratic.kernels }
  var count: Int { quadratic.count }
  var rows: Int { net.rowCount }

  func flops(rows: Int?) -> Double { rows.map { shape.flops(rows: $0) } ?? quadratic.flops(rows: nil) }

  func write(_ weights: [Double], to memory: UnsafeMutablePointer<Scalar>) { quadratic.write(weights, to: memory) }

  func read(_ memory: UnsafePointer<Scalar>) -> [Double] { quadratic.read(memory) }

  mutating func gradient(_ w: UnsafePointer<Scalar>, into gradient: UnsafeMutablePointer<Scalar>) -> Double {
    quadratic.gradient(w, into: gradient)
  }

  mutating func gradient(
    _ w: UnsafePointer<Scalar>, batch: RowBatch, into gradient: UnsafeMutablePointer<Scalar>
  ) {
    // One output: the net keeps its weights side by side as the quadratic does, then the bias in a vector of its own.
    let features = shape.inputs
    let bias = net.layout.layers[0].biasOffset
    let (weights, result) = (scratch.base, scratch.base + net.count)
    weights.update(repeating: 0, count: net.count)
    weights.update(from: w, count: features)
    if let bias { weights[bias] = w[features] }
    switch batch {
    case .rows(let rows, _): _ = net.evaluate(weights, batch: rows, gradient: result)
    case .fresh(let rows):
      var fresh = LaneNet<Scalar>(shape: shape, l2: net.l2, rows: rows, kernels: kernels)
      _ = fresh.evaluate(weights, gradient: result)
    }
    gradient.update(from: result, count: features)
    if let bias { gradient[features] = result[bias] }
  }

  mutating func value(_ w: UnsafePointer<Scalar>) -> Double { quadratic.value(w) }

  func noise(_ w: UnsafePointer<Scalar>, value: Double) -> Double { quadratic.noise(w, value: value) }
}

extension Problem {
  /// The linear model as a net of one layer over the rows of the data.
  var rowShape: NetShape {
    let bias = settings.bias
    return NetShape(
      layers: [
        NetLayer(inputs: linear.count - (bias ? 1 : 0), outputs: 1, activation: .identity, bias: bias)
      ], loss: .squared)
  }
}

/// The loss of a net above its floor.
struct NetObjective<Scalar: NetScalar>: Objective, ~Copyable {
  private var net: LaneNet<Scalar>
  private let floor: Double

  init(_ problem: NetProblem, batch: Int, kernels: NetKernelSet) {
    net = LaneNet(
      shape: problem.shape, l2: problem.l2, rows: problem.rows, largestBatch: batch, kernels: kernels)
    floor = problem.floor
  }

  var kernels: NetKernelSet { net.kernels }
  var count: Int { net.count }
  var rows: Int { net.rowCount }

  func flops(rows: Int?) -> Double { net.shape.flops(rows: rows ?? net.rowCount) }

  func write(_ weights: [Double], to memory: UnsafeMutablePointer<Scalar>) {
    net.layout.write(weights, net.shape, net.kernels, to: memory)
  }

  func read(_ memory: UnsafePointer<Scalar>) -> [Double] { net.layout.read(memory, net.shape, net.kernels) }

  mutating func gradient(_ w: UnsafePointer<Scalar>, into gradient: UnsafeMutablePointer<Scalar>) -> Double {
    net.evaluate(w, gradient: gradient) - floor
  }

  mutating func gradient(
    _ w: UnsafePointer<Scalar>, batch: RowBatch, into gradient: UnsafeMutablePointer<Scalar>
  ) {
    guard case .rows(let rows, _) = batch else { return }
    _ = net.evaluate(w, batch: rows, gradient: gradient)
  }

  mutating func descend(batch: RowBatch, gradient: UnsafeMutablePointer<Scalar>, _ update: WeightUpdate<Scalar>) {
    guard case .rows(let rows, let upcoming) = batch else { return }
    net.descend(batch: rows, upcoming: upcoming, gradient: gradient, update)
  }

  mutating func value(_ w: UnsafePointer<Scalar>) -> Double { net.evaluate(w, gradient: nil) - floor }

  /// f − f* cancels: some units in the last place of f, none where the floor is 0.
  func noise(_ w: UnsafePointer<Scalar>, value: Double) -> Double {
    floor == 0 ? 0 : 4 * Double(Scalar.ulpOfOne) * (value + floor).magnitude
  }
}
