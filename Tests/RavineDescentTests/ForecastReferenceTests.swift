import Foundation
import RavineDescent
import Testing

/// The forecast against the reference tables (70-digit closed forms made without this code) and published figures.
@Suite struct ForecastReferenceTests {
  private static let methods: [(name: String, method: Method, step: StepSize)] = [
    ("gd_1_over_L", .gradientDescent, .overL(1)), ("gd_optimal", .gradientDescent, .optimal),
    ("heavy_ball_optimal", .heavyBall, .optimal), ("nesterov_1_over_L", .nesterov, .overL(1)),
    ("nesterov_quadratic_optimal", .nesterov, .optimal),
  ]

  private static func table(_ name: String) throws -> [String: Any] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Expected/\(name).json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private static func target(_ kind: String, _ d: Int) -> [Double] {
    (0..<d).map { i in
      switch kind {
      case "ones": 1
      case "alternating": i % 2 == 0 ? 1 : -1
      case "first": i == 0 ? 1 : 0
      case "ramp": Double(i + 1) / Double(d)
      case "harmonic": 1 / Double(i + 1)
      default: cos(Double(i + 1))
      }
    }
  }

  /// H = a I + b 11ᵀ: the mean of w on one eigenvector, the rest on one with eigenvalue a.
  private static func plusConstant(_ a: Double, _ b: Double, _ w: [Double]) -> Problem {
    let d = Double(w.count)
    let sum = w.reduce(0, +)
    let rest = w.reduce(0) { $0 + ($1 - sum / d) * ($1 - sum / d) }
    return ForecastFixtures.quadratic([a, a + d * b], [rest.squareRoot(), sum / d.squareRoot()])
  }

  private static func problem(_ entry: [String: Any]) throws -> Problem {
    let spectrum = try #require(entry["spectrum"] as? [String: Any])
    let d = try #require(entry["dim"] as? Int)
    let w = target(try #require(entry["w_star"] as? String), d)
    func number(_ key: String) -> Double { (spectrum[key] as? NSNumber)?.doubleValue ?? .nan }
    switch spectrum["kind"] as? String {
    case "equicorrelated":
      return number("rho") == 0
        ? ForecastFixtures.quadratic(w.map { _ in 1 }, w) : plusConstant(1 - number("rho"), number("rho"), w)
    case "uncentred": return plusConstant(1, number("mu") * number("mu"), w)
    case "geometric":
      return ForecastFixtures.quadratic((0..<d).map { pow(number("kappa"), -Double($0) / Double(d - 1)) }, w)
    case "power": return ForecastFixtures.quadratic((0..<d).map { pow(Double($0 + 1), -number("alpha")) }, w)
    case "duplicated":
      let copies = Int(number("copies"))
      let sums = stride(from: 0, to: d, by: copies).map { w[$0..<$0 + copies].reduce(0, +) }
      return ForecastFixtures.quadratic(
        sums.map { _ in Double(copies) }, sums.map { $0 / Double(copies).squareRoot() })
    case "ar1": return diagonalised(d, w) { pow(number("rho"), Double(abs($0 - $1))) }
    case "hilbert": return diagonalised(d, w) { 1 / Double($0 + $1 + 1) }
    case "factor":
      let l = (0..<d).map { number("a") + (number("b") - number("a")) * Double($0) / Double(d - 1) }
      return diagonalised(d, w) { $0 == $1 ? 1 : l[$0] * l[$1] }
    case "block":
      let sizes = try #require(spectrum["sizes"] as? [Int])
      let block = sizes.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
      return diagonalised(d, w) { $0 == $1 ? 1 : number(block[$0] == block[$1] ? "rho_in" : "rho_out") }
    case let kind: throw Unknown(kind: kind ?? "")
    }
  }

  private struct Unknown: Error { let kind: String }

  /// Cyclic Jacobi: eigenvalues of the symmetric matrix and w in the eigenvectors.
  private static func diagonalised(_ d: Int, _ w: [Double], _ entry: (Int, Int) -> Double) -> Problem {
    var a = [Double](repeating: 0, count: d * d)
    for i in 0..<d { for j in 0..<d { a[i * d + j] = entry(i, j) } }
    var w = w
    a.withUnsafeMutableBufferPointer { a in
      w.withUnsafeMutableBufferPointer { w in
        for _ in 0..<12 { for p in 0..<d { for q in p + 1..<d { rotate(a, w, d, p, q) } } }
      }
    }
    return ForecastFixtures.quadratic((0..<d).map { a[$0 * d + $0] }, w)
  }

  private static func rotate(
    _ a: UnsafeMutableBufferPointer<Double>, _ w: UnsafeMutableBufferPointer<Double>, _ d: Int, _ p: Int, _ q: Int
  ) {
    let off = a[p * d + q]
    guard abs(off) > 1e-300 else { return }
    let theta = (a[q * d + q] - a[p * d + p]) / (2 * off)
    let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot()
    let s = t * c
    for k in 0..<d {
      let (x, y) = (a[k * d + p], a[k * d + q])
      a[k * d + p] = c * x - s * y
      a[k * d + q] = s * x + c * y
    }
    for k in 0..<d {
      let (x, y) = (a[p * d + k], a[q * d + k])
      a[p * d + k] = c * x - s * y
      a[q * d + k] = s * x + c * y
    }
    (w[p], w[q]) = (c * w[p] - s * w[q], s * w[p] + c * w[q])
  }

  @Test func generatorTables() throws {
    let entries = try #require(try Self.table("expected_generators")["quadratics"] as? [[String: Any]])
    #expect(entries.count == 27)
    var compared = 0
    for entry in entries {
      let problem = try Self.problem(entry)
      let expected = try #require(entry["methods"] as? [String: [String: Any]])
      for (name, method, step) in Self.methods {
        let row = try #require(expected[name])
        let counts = try #require(row["iters"] as? [String: Any])
        let momentum = Momentum.optimal
        let ladder = problem.forecast(
          ForecastFixtures.trial(method, step, momentum, gap: 1e-10, steps: 1 << 53))
        for (tolerance, rung) in [("1e-3", 2), ("1e-6", 5), ("1e-10", 9)] {
          guard let count = counts[tolerance] as? UInt64 else { continue }
          #expect(ladder.hits.step(ofRung: rung) == count, "\(entry["spectrum"] ?? "") \(name) \(tolerance)")
          let trial = ForecastFixtures.trial(
            method, step, momentum, gap: Ladder.rungs[rung], steps: 1 << 53)
          #expect(problem.forecastEnd(trial) == Forecast(status: .converged, steps: count))
          compared += 1
        }
        let rate = try #require(row["rate_per_step"] as? Double)
        let trial = ForecastFixtures.trial(method, step, momentum)
        #expect(abs(try #require(PreparedProblem(problem).theoreticalRate(trial)) - rate) < 1e-7)
      }
    }
    #expect(compared == 27 * 5 * 3)
  }

  /// The stability borders of the tables, and what lies on either side of them.
  @Test func stabilityBorders() throws {
    let entries = try #require(try Self.table("expected_generators")["quadratics"] as? [[String: Any]])
    for entry in entries {
      let problem = try Self.problem(entry)
      let limits = try #require(entry["limits"] as? [String: Any])
      var borders = [(Method.gradientDescent, 0.0, try #require(limits["gd_eta_max"] as? Double))]
      for (key, method) in [("heavy_ball_eta_max", Method.heavyBall), ("nesterov_eta_max", .nesterov)] {
        for (momentum, border) in try #require(limits[key] as? [String: Double]) {
          borders.append((method, try #require(Double(momentum)), border))
        }
      }
      for (method, momentum, border) in borders {
        let prepared = PreparedProblem(problem)
        let below = ForecastFixtures.trial(method, .absolute(0.999 * border), .value(momentum))
        let above = ForecastFixtures.trial(method, .absolute(1.001 * border), .value(momentum))
        for trial in [below, above] {
          #expect(abs(try #require(prepared.largestStableStep(trial)) / border - 1) < 1e-12)
        }
        #expect(try #require(prepared.theoreticalRate(below)) < 1)
        #expect(try #require(prepared.theoreticalRate(above)) > 1)
        if problem.startError.last != 0 { #expect(problem.forecastEnd(above).status != .budget) }
      }
    }
  }

  /// d = 100 equicorrelated inputs, r = 0.99, w* alternating: κ = 9901.
  @Test func equicorrelatedHundred() {
    let problem = Self.plusConstant(1 - 0.99, 0.99, Self.target("alternating", 100))
    let found = Self.methods.prefix(4).map { problem.forecastEnd(ForecastFixtures.trial($0.method, $0.step, .optimal)) }
    #expect(found.map(\.steps) == [68_391, 34_197, 459, 914])
  }

  /// Hinton's lecture 6.2: the cases (101, 101) → 2 and (101, 99) → 0 from weights 0.
  @Test func hintonShift() {
    // X = [[101, 101], [101, 99]], H = XᵀX/2, w* = X⁻¹ (2, 0) = (−198/202, 1) = (−0.98019801980198, 1).
    let (a, b, c) = (101.0 * 101, 101.0 * 100, (101.0 * 101 + 99 * 99) / 2)
    let half = (((a - c) / 2) * ((a - c) / 2) + b * b).squareRoot()
    let large = (a + c) / 2 + half
    let small = (a * c - b * b) / large
    let length = ((large - c) * (large - c) + b * b).squareRoot()
    let (x, y) = ((large - c) / length, b / length)
    let w = (-198.0 / 202, 1.0)
    let problem = ForecastFixtures.quadratic([small, large], [-y * w.0 + x * w.1, x * w.0 + y * w.1])
    let found = Self.methods.prefix(4).map { problem.forecastEnd(ForecastFixtures.trial($0.method, $0.step, .optimal)) }
    #expect(found.map(\.steps) == [262_284, 138_176, 1_454, 1_764])
  }

  /// Hinton's scales (0.1, 10) and (0.1, −10): H = diag(0.01, 100), w* = (10, 0.1).
  @Test func hintonScale() {
    let problem = ForecastFixtures.quadratic([0.01, 100], [10, 0.1])
    let found = Self.methods.prefix(3).map { problem.forecastEnd(ForecastFixtures.trial($0.method, $0.step, .optimal)) }
    #expect(found.map(\.steps) == [65_609, 34_539, 689])
  }
}
