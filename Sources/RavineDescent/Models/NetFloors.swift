import RavineLanes

/// The minimum of a convex net (one layer with cross-entropy), by L-BFGS until the gradient is round-off. It descends
/// in the principal axes of the inputs, each scaled by 1/√(λ/4 + l2), where the Hessian is about the identity however
/// ill-conditioned the inputs are; directions in which they do not vary have no effect.
struct ConvexMinimum {
  private static let longest: UInt64 = 20_000

  private let evaluator: NetEvaluator
  private let layer: NetLayer
  /// Of every axis: its eigenvector of XᵀX/n times its scale; inputs, then the bias.
  private let axes: [[Double]]

  init(_ problem: NetProblem, layer: NetLayer, axes: PrincipalAxes, kernels: NetKernelSet) {
    evaluator = NetEvaluator(problem, kernels: kernels)
    self.layer = layer
    self.axes = zip(axes.eigenvalues, axes.vectors).map { lambda, vector in
      let scale = 1 / (lambda / 4 + problem.l2).squareRoot()
      return vector.map { scale * $0 }
    }
  }

  /// f* and w*; f* is the least value seen, w* the last point.
  func find() -> (floor: Double, optimum: [Double]) {
    var v = [Double](repeating: 0, count: axes.count * layer.outputs)
    var (loss, g) = evaluate(v)
    var least = loss
    var memory = SecantPairs()
    let first = Vectors.dot(g, g)
    for _ in 0..<Self.longest {
      let size = Vectors.dot(g, g)
      guard size > 1e-32 * max(first, 1e-300), size > 0 else { break }
      let direction = memory.direction(g)
      guard let next = step(v, loss, g, direction) else { break }
      memory.add(s: Vectors.add(next.v, -1, v), y: Vectors.add(next.g, -1, g))
      (v, loss, g) = next
      least = min(least, loss)
    }
    return (least, weights(v))
  }

  /// f and its gradient in the coordinates of the axes, unit after unit.
  private func evaluate(_ v: [Double]) -> (loss: Double, gradient: [Double]) {
    let (loss, gradient) = evaluator.evaluate(weights(v))
    var result: [Double] = []
    for unit in 0..<layer.outputs {
      for axis in axes {
        var share = 0.0
        for (k, entry) in axis.enumerated() { share = share.addingProduct(entry, gradient[place(unit, k)]) }
        result.append(share)
      }
    }
    return (loss, result)
  }

  /// In the natural order.
  private func weights(_ v: [Double]) -> [Double] {
    var w = [Double](repeating: 0, count: layer.outputs * (layer.inputs + (layer.bias ? 1 : 0)))
    for unit in 0..<layer.outputs {
      for (mode, axis) in axes.enumerated() {
        let share = v[unit * axes.count + mode]
        for (k, entry) in axis.enumerated() { w[place(unit, k)] = w[place(unit, k)].addingProduct(share, entry) }
      }
    }
    return w
  }

  /// Where input k of a unit stands; the bias follows the inputs.
  private func place(_ unit: Int, _ k: Int) -> Int {
    k < layer.inputs ? unit * layer.inputs + k : layer.outputs * layer.inputs + unit
  }

  /// The first of 1, ½, ¼ … along `direction` that lowers the loss enough or, where the loss no longer tells, the
  /// gradient.
  private func step(
    _ v: [Double], _ loss: Double, _ g: [Double], _ direction: [Double]
  ) -> (v: [Double], loss: Double, g: [Double])? {
    let slope = Vectors.dot(direction, g)
    var length = 1.0
    for _ in 0..<40 {
      let trial = Vectors.add(v, length, direction)
      let (value, gradient) = evaluate(trial)
      let flat = (value - loss).magnitude <= 1e-14 * loss.magnitude
      if value <= loss + 1e-4 * length * slope && !flat { return (trial, value, gradient) }
      if flat && Vectors.dot(gradient, gradient) < Vectors.dot(g, g) { return (trial, value, gradient) }
      length *= 0.5
    }
    return nil
  }
}

/// The eigenvectors of XᵀX/n, with the bias as a last column of ones, and their eigenvalues; zero ones left out.
struct PrincipalAxes {
  var eigenvalues: [Double]
  var vectors: [[Double]]

  /// Of finished inputs, before their bias column is appended.
  init(_ design: consuming Design, bias: Bool) {
    if bias { design.appendBias() }
    let spectrum = SpectralDecomposition(design, l2: 0)
    let all = spectrum.eigenvectors(design)
    eigenvalues = spectrum.eigenvalues
    let d = all.count / max(eigenvalues.count, 1)
    vectors = eigenvalues.indices.map { Array(all[($0 * d)..<(($0 + 1) * d)]) }
  }
}

/// The inverse curvature that the last steps have shown: the two-loop recursion of L-BFGS.
struct SecantPairs {
  private var pairs: [(s: [Double], y: [Double], product: Double)] = []
  private let most: Int

  init(most: Int = 20) { self.most = most }

  mutating func add(s: [Double], y: [Double]) {
    let product = Vectors.dot(s, y)
    guard product > 0 else { return }
    pairs.append((s, y, product))
    if pairs.count > most { pairs.removeFirst() }
  }

  /// A descent direction at gradient `g`.
  func direction(_ g: [Double]) -> [Double] {
    var q = g
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let factor = Vectors.dot(pair.s, q) / pair.product
      q = Vectors.add(q, -factor, pair.y)
      factors.append(factor)
    }
    if let newest = pairs.last {
      let scale = newest.product / Vectors.dot(newest.y, newest.y)
      q = q.map { $0 * scale }
    }
    for (pair, factor) in zip(pairs, factors.reversed()) {
      q = Vectors.add(q, factor - Vectors.dot(pair.y, q) / pair.product, pair.s)
    }
    let direction = Vectors.negated(q)
    return Vectors.dot(direction, g) < 0 ? direction : Vectors.negated(g)
  }
}

/// The least squared loss of a linear net: least squares, less what the narrowest layer of k units cannot express,
/// f* = residual + ½ Σ_(i > k) σ_i(Y_fitᵀ/√n)², Y_fit the projection of the targets on the inputs (Eckart, Young 1936).
/// A bias of the last layer is free, so that with biases inputs and targets are centred first.
enum LinearFloor {
  static func find(_ problem: NetProblem) -> Double {
    let (n, d, outputs) = (problem.rows.count, problem.shape.inputs, problem.shape.outputs)
    let hasBias = problem.shape.layers.last?.bias == true
    func column(_ values: [Double], _ j: Int, of width: Int) -> [Double] {
      let own = (0..<n).map { values[$0 * width + j] }
      return hasBias ? centred(own) : own
    }
    let inputs = ColumnMatrix(rows: n, columns: d, capacity: d + 1)
    for j in 0..<d { inputs.column(j).update(from: column(problem.rows.inputs, j, of: d), count: n) }
    let basis = orthonormal(inputs)
    var residual = 0.0
    let fitted = ColumnMatrix(rows: max(basis.columns, 1), columns: outputs)
    for o in 0..<outputs {
      var y = column(problem.rows.targets, o, of: outputs)
      for k in 0..<basis.columns {
        let q = Array(UnsafeBufferPointer(start: basis.column(k), count: n))
        let share = Vectors.dot(q, y)
        fitted.column(o)[k] = share
        y = Vectors.add(y, -share, q)
      }
      residual += Vectors.dot(y, y)
    }
    let narrowest = problem.shape.layers.dropLast().reduce(min(d, outputs)) { min($0, $1.outputs) }
    var lost = 0.0
    if narrowest < min(basis.columns, outputs) {
      let nonZero = nonZeroColumns(fitted)
      let sigma = nonZero.columns > 0 ? JacobiSVD.orthogonalise(nonZero, activeRows: fitted.rows) : []
      for value in sigma.sorted(by: >).dropFirst(narrowest) { lost += value * value }
    }
    // What is only round-off of an exact fit is zero.
    let noise = 16 * Double.ulpOfOne
    let total = Vectors.dot(problem.rows.targets, problem.rows.targets)
    return residual + lost <= noise * noise * Double(n) * total ? 0 : 0.5 * (residual + lost) / Double(n)
  }

  /// Less the mean, which a second pass frees of its rounding; a constant is zero exactly.
  private static func centred(_ values: [Double]) -> [Double] {
    guard values.contains(where: { $0 != values[0] }) else { return values.map { _ in 0 } }
    return (0..<2).reduce(values) { left, _ in
      let mean = left.reduce(0, +) / Double(left.count)
      return left.map { $0 - mean }
    }
  }

  private static func nonZeroColumns(_ matrix: borrowing ColumnMatrix) -> ColumnMatrix {
    var result = ColumnMatrix(rows: matrix.rows, columns: 0, capacity: matrix.columns)
    for j in 0..<matrix.columns {
      let column = matrix.column(j)
      guard (0..<matrix.rows).contains(where: { column[$0] != 0 }) else { continue }
      result.append().update(from: column, count: matrix.rows)
    }
    return result
  }

  /// Modified Gram-Schmidt, twice; columns that depend on earlier ones are left out.
  private static func orthonormal(_ inputs: borrowing ColumnMatrix) -> ColumnMatrix {
    var basis = ColumnMatrix(rows: inputs.rows, columns: 0, capacity: inputs.columns)
    for j in 0..<inputs.columns {
      let column = inputs.column(j)
      let whole = ColumnKernels.dot(column, column, blocks: inputs.blocks)
      let next = ColumnMatrix(rows: inputs.rows, columns: 1)
      next.column(0).update(from: column, count: inputs.rows)
      for _ in 0..<2 {
        for k in 0..<basis.columns {
          let share = ColumnKernels.dot(basis.column(k), next.column(0), blocks: inputs.blocks)
          ColumnKernels.add(-share, basis.column(k), to: next.column(0), blocks: inputs.blocks)
        }
      }
      let left = ColumnKernels.dot(next.column(0), next.column(0), blocks: inputs.blocks)
      guard left > 1e-28 * whole, left > 0 else { continue }
      let target = basis.append()
      ColumnKernels.add(1 / left.squareRoot(), next.column(0), to: target, blocks: inputs.blocks)
    }
    return basis
  }
}
