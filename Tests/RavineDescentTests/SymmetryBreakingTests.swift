import Foundation
import RavineLanes
import Testing

@testable import RavineDescent

/// How two identical units part: near a symmetric point that is a saddle the split grows by 1 + η|μ| a step, μ the
/// lowest eigenvalue of the Hessian on the directions (v, −v).
@Suite struct SymmetryBreakingTests {
  private static let eta = 0.2
  /// Makes the symmetric point a minimum in every symmetric direction.
  private static let l2 = 0.01
  private static let shape = NetKernelTests.net([3, 2, 1], .tanh)

  /// The weights of the two units that belong together: inputs, bias, output.
  private static let pairs = [(0, 3), (1, 4), (2, 5), (6, 7), (8, 9)]

  /// Targets that two different units meet and one cannot.
  private static let rows: NetRows = {
    var rows = NetKernelTests.rows(24, shape, seed: 2)
    for i in 0..<24 {
      let x = Array(rows.inputs[(3 * i)..<(3 * i + 3)])
      rows.targets[i] = Foundation.tanh(2 * x[0]) - Foundation.tanh(2 * x[1])
    }
    return rows
  }()

  private static func descended(_ start: [Double], steps: UInt64) throws -> [Double] {
    var parameters = TrialParameters()
    parameters.steps = steps
    parameters.gap = 1e-300
    var problem = SymmetryTests.problem(shape, rows, start)
    problem.l2 = l2
    return try #require(SymmetryTests.trained(Double.self, problem, parameters, step: eta)).weights
  }

  private static func parted(_ w: [Double], by direction: [Double], _ size: Double) -> [Double] {
    var w = w
    for (share, pair) in zip(direction, pairs) {
      w[pair.0] += size * share
      w[pair.1] -= size * share
    }
    return w
  }

  private static func split(_ w: [Double]) -> [Double] { pairs.map { (w[$0.0] - w[$0.1]) / 2 } }

  /// The symmetric stationary point that identical units end at, and the lowest curvature on (v, −v) with its v.
  private static func saddle() throws -> (w: [Double], curvature: Double, direction: [Double]) {
    let start = try InitialWeights.identical(scale: 1).weights(shape, seed: 5)
    let w = try descended(start, steps: 15_000)
    let net = ReferenceNet<Double>(shape: shape, l2: l2, rows: rows)
    let steepest = net.evaluate(w).gradient.reduce(0) { max($0, abs($1)) }
    #expect(steepest <= 1e-12)
    let curvature = NetCurvature(net, at: w)
    let zero = [Double](repeating: 0, count: w.count)
    // (v, −v)ᵀ H (v, −v)/|(v, −v)|² for unit vectors v.
    var block = [Double](repeating: 0, count: 25)
    for j in 0..<5 {
      var unit = [Double](repeating: 0, count: 5)
      unit[j] = 1
      let image = split(curvature.product(parted(zero, by: unit, 1)))
      for i in 0..<5 { block[i * 5 + j] = image[i] }
    }
    func product(_ v: [Double]) -> [Double] { (0..<5).map { i in Vectors.dot(Array(block[(i * 5)..<(i * 5 + 5)]), v) } }
    let extremes = Lanczos.extremes(dimension: 5, tolerance: 1e-14, product: product)
    // Power iteration on λ_max − B.
    var v = [1.0, 0.9, 0.8, 0.7, 0.6]
    for _ in 0..<2000 {
      let next = zip(v, product(v)).map { extremes.largest * $0 - $1 }
      let length = Vectors.dot(next, next).squareRoot()
      v = next.map { $0 / length }
    }
    return (w, extremes.smallest, v)
  }

  @Test func theSplitGrowsAsTheHessianSays() throws {
    let (w, curvature, direction) = try Self.saddle()
    #expect(curvature < -1e-2)
    let growth = 1 - Self.eta * curvature
    // While the split is small it grows by that factor, to five digits.
    let later = Self.split(try Self.descended(Self.parted(w, by: direction, 1e-9), steps: 100))
    let measured = pow(Vectors.dot(later, direction) / 1e-9, 1.0 / 100)
    #expect(abs(measured / growth - 1) <= 1e-5)
  }

  /// The steps until the units are 0.1 apart lie on a line in ln(1/ε) of slope 1/ln(1 + η|μ|), from ε = 1e-2 to 1e-8.
  @Test func theTimeToPartIsLinearInTheLogarithm() throws {
    let (w, curvature, direction) = try Self.saddle()
    let slope = 1 / log(1 - Self.eta * curvature)
    let net = ReferenceNet<Double>(shape: Self.shape, l2: Self.l2, rows: Self.rows)
    let logarithms = [2.0, 4, 6, 8].map { $0 * log(10) }
    let times = logarithms.map { logarithm in
      var point = Self.parted(w, by: direction, exp(-logarithm))
      var time = 0
      while abs(Vectors.dot(Self.split(point), direction)) < 0.1, time < 20_000 {
        point = Vectors.add(point, -Self.eta, net.evaluate(point).gradient)
        time += 1
      }
      return Double(time)
    }
    let centre = (logarithms.reduce(0, +) / 4, times.reduce(0, +) / 4)
    let deviations = zip(logarithms, times).map { ($0 - centre.0, $1 - centre.1) }
    let fitted = deviations.reduce(0) { $0 + $1.0 * $1.1 } / deviations.reduce(0) { $0 + $1.0 * $1.0 }
    #expect(abs(fitted / slope - 1) <= 0.01)
    // No step lies further from the line than rounding to whole steps and the bend at the largest split explain.
    for (x, y) in deviations { #expect(abs(y - slope * x) <= 2) }
  }

  /// Exactly equal units never part, however unstable the point: a split that is exactly 0 stays 0.
  @Test func noSplitIsNoSplit() throws {
    let (w, _, _) = try Self.saddle()
    let later = try Self.descended(w, steps: 2000)
    #expect(Self.split(later).allSatisfy { $0 == 0 })
  }
}
