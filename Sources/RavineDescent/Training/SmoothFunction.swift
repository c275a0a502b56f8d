import RavineLanes

/// A function in float64 and natural order, for methods that look at more than one gradient.
struct SmoothFunction {
  var dimension: Int
  /// f − f*, ∇f.
  var gradient: ([Double]) -> (gap: Double, gradient: [Double])
  /// H(w) v.
  var curvature: (_ w: [Double], _ v: [Double]) -> [Double]
  /// The diagonal of the Hessian at w.
  var diagonal: (_ w: [Double]) -> [Double]
  /// The Hessian at w, row-major.
  var hessian: (_ w: [Double]) -> [Double]
  /// H⁺ v of a quadratic, whose Hessian is the same everywhere; nil for others.
  var inverse: (([Double]) -> [Double])?
  /// Multiplications and additions of a gradient and of a Hessian; none where the Hessian is constant.
  var flops: Double
  var hessianFlops: Double
  var isQuadratic: Bool
  /// A gap below this is rounding noise.
  var noise: (_ w: [Double], _ gap: Double) -> Double

  init(_ problem: Problem) {
    let d = problem.linear.count
    let reference = ReferenceObjective<Double>(problem, rows: nil)
    let hessian = problem.hessian
    dimension = d
    gradient = reference.gradient
    noise = reference.noise
    curvature = { _, v in
      (0..<d).map { j in
        var sum = 0.0
        for k in 0..<d { sum = sum.addingProduct(hessian[j * d + k], v[k]) }
        return sum
      }
    }
    self.hessian = { _ in hessian }
    diagonal = { _ in (0..<d).map { hessian[$0 * d + $0] } }
    let (eigenvalues, eigenvectors) = (problem.eigenvalues, problem.eigenvectors)
    inverse = { v in
      var result = [Double](repeating: 0, count: d)
      for (mode, lambda) in eigenvalues.enumerated() {
        var share = 0.0
        for j in 0..<d { share = share.addingProduct(eigenvectors[mode * d + j], v[j]) }
        share /= lambda
        for j in 0..<d { result[j] = result[j].addingProduct(share, eigenvectors[mode * d + j]) }
      }
      return result
    }
    flops = 2 * Double(d) * Double(d)
    hessianFlops = 0
    isQuadratic = true
  }

  /// The gradient comes from the lane kernels, its second derivatives from ``NetCurvature``.
  init(_ problem: NetProblem, kernels: NetKernelSet) {
    let evaluator = NetEvaluator(problem, kernels: kernels)
    let reference = problem.reference
    let floor = problem.floor
    dimension = problem.shape.parameters
    gradient = { w in
      let (loss, gradient) = evaluator.evaluate(w)
      return (loss - floor, gradient)
    }
    curvature = { NetCurvature(reference, at: $0).product($1) }
    hessian = { NetCurvature(reference, at: $0).dense() }
    diagonal = { NetCurvature(reference, at: $0).diagonal() }
    flops = problem.shape.flops(rows: problem.rows.count)
    // A product for each weight, each as dear as two gradients.
    hessianFlops = 2 * flops * Double(dimension)
    isQuadratic = false
    noise = { _, value in floor == 0 ? 0 : 4 * Double.ulpOfOne * (value + floor).magnitude }
  }
}

/// Loss and gradient of a net in natural order, on the lane kernels.
final class NetEvaluator {
  private var net: LaneNet<Double>
  private let memory: LaneMemory<Double>

  init(_ problem: NetProblem, kernels: NetKernelSet) {
    net = LaneNet(shape: problem.shape, l2: problem.l2, rows: problem.rows, kernels: kernels)
    memory = LaneMemory(count: 2 * net.count)
  }

  func evaluate(_ w: [Double]) -> (loss: Double, gradient: [Double]) {
    net.layout.write(w, net.shape, net.kernels, to: memory.base)
    let loss = net.evaluate(memory.base, gradient: memory.base + net.count)
    return (loss, net.layout.read(memory.base + net.count, net.shape, net.kernels))
  }
}

/// Vectors as arrays, sums from the first entry to the last.
enum Vectors {
  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  /// a + factor · b.
  static func add(_ a: [Double], _ factor: Double, _ b: [Double]) -> [Double] {
    var result = a
    for i in a.indices { result[i] = a[i].addingProduct(factor, b[i]) }
    return result
  }

  static func negated(_ a: [Double]) -> [Double] { a.map { -$0 } }
}
