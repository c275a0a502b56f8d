import Testing

@testable import RavineDescent

@Suite("Preparing problems")
struct ProblemPreparationTests {
  private struct Expected: Decodable {
    struct Spectrum: Decodable {
      var rank: Int
      var nullDimension: Int?
      var lambdaMax: Double
      var lambdaMin: Double?
      var kappa: Double
      var eigenvalues: [Double]?
      var stable, entropy, lossAtZero, lossAtOptimum: Double?
      var optimum: [String]?
      enum CodingKeys: String, CodingKey {
        case rank, kappa, eigenvalues
        case nullDimension = "null_dimension"
        case lambdaMax = "lambda_max"
        case lambdaMin = "lambda_min_nonzero"
        case stable = "stable_rank"
        case entropy = "effective_rank_entropy"
        case lossAtZero = "loss_at_zero"
        case lossAtOptimum = "loss_optimum"
        case optimum = "w_optimum_min_norm"
      }
    }
    struct Certified: Decodable { var estimate: [Double] }
    var n, d: Int
    var bias: Bool
    var preprocessing: [String: Spectrum]
    var certified: Certified?
    enum CodingKeys: String, CodingKey {
      case n, d, preprocessing
      case bias = "bias_column_last"
      case certified = "nist_certified"
    }
  }

  private static let rules: [(String, Preprocessing)] = [
    ("none", .none), ("center", .centre), ("standardize", .standardise), ("whiten", .whitenPCA),
  ]

  private func fileProblem(_ name: String, _ rule: Preprocessing, bias: Bool) throws -> Problem {
    var settings = ProblemSettings(data: .file(name: name, targetColumn: nil, header: .detect))
    settings.preprocessing = rule
    settings.bias = bias
    return try Problem.prepare(settings, tables: [name: ReferenceTables.table("\(name).csv")])
  }

  @Test(
    "the tables of expected least squares",
    arguments: ["longley", "diabetes", "mendota", "digits500", "hinton_shift", "hinton_scale"])
  func expectedLeastSquares(name: String) throws {
    let table = try ReferenceTables.decode([String: Expected].self, "expected_least_squares.json")
    let data = try #require(table[name])
    var compared = 0
    for (key, rule) in Self.rules {
      guard let expected = data.preprocessing[key] else { continue }
      compared += 1
      let prepared = try fileProblem(name, rule, bias: data.bias)
      let card = prepared.card
      let condition = expected.kappa.squareRoot()
      #expect(close(card.condition, expected.kappa, max(1e-10, 100 * 2.2e-16 * condition)), "\(name) \(key)")
      #expect(close(card.lambdaMax, expected.lambdaMax, 1e-13), "\(name) \(key)")
      #expect(prepared.eigenvalues.count == expected.rank)
      #expect(Int(card.samples) == data.n)
      #expect(Int(card.dimension) == data.d + (data.bias ? 1 : 0))
      for (value, wanted) in zip(prepared.eigenvalues, expected.eigenvalues ?? []) {
        #expect(close(value, wanted, 1e-11), "\(name) \(key)")
      }
      if let null = expected.nullDimension { #expect(Int(card.nullDimension) == null) }
      if let value = expected.lambdaMin { #expect(close(card.lambdaMin, value, 1e-11), "\(name) \(key)") }
      if let value = expected.stable { #expect(close(card.stableRank, value, 1e-12)) }
      if let value = expected.entropy { #expect(close(card.entropyRank, value, 1e-12)) }
      if let value = expected.lossAtZero { #expect(close(card.lossAtStart, value, 1e-14)) }
      if let value = expected.lossAtOptimum {
        #expect(value == 0 ? card.lossAtOptimum == 0 : close(card.lossAtOptimum, value, 1e-10), "\(name) \(key)")
      }
      // Each weight: relative to itself 2e-10, or to the norm of w* where it is small beside it.
      let optimum = (expected.optimum ?? []).compactMap(Double.init)
      for (value, wanted) in zip(prepared.optimum, optimum) {
        let size = optimum.count == expected.rank ? abs(wanted) : optimum.reduce(0) { max($0, abs($1)) }
        #expect(abs(value - wanted) <= 2e-10 * size, "\(name) \(key)")
      }
    }
    #expect(compared == data.preprocessing.count)
  }

  @Test("Longley: the certified coefficients of NIST, from the raw data with κ = 2.4e19")
  func certifiedLongley() throws {
    let table = try ReferenceTables.decode([String: Expected].self, "expected_least_squares.json")
    let estimate = try #require(table["longley"]?.certified?.estimate)
    let optimum = try fileProblem("longley", .none, bias: true).optimum
    #expect(estimate.count == 7)
    // Intercept first there, last here.
    for (value, wanted) in zip([optimum[6]] + optimum[..<6], estimate) { #expect(close(value, wanted, 2e-10)) }
  }

  @Test("Hinton's shifted cases: κ in closed form", arguments: [0, 1, 10, 100, 1000] as [Double])
  func hintonShift(s: Double) throws {
    // Cases (1, 1) → 2 and (1, −1) → 0, every input plus s.
    var settings = ProblemSettings(data: .rows(inputs: [[1, 1], [1, -1]], targets: [2, 0]))
    settings.shift = s
    let prepared = try Problem.prepare(settings, tables: [:])
    let trace = (1 + s) * (1 + s) + 1 + s * s
    let determinant = (1 + s) * (1 + s)
    let root = trace + (trace * trace - 4 * determinant).squareRoot()
    #expect(close(prepared.card.condition, root * root / (4 * determinant), 1e-12))
    #expect(prepared.card.lossAtOptimum == 0)
    let published: [Double: Double] = [0: 1, 1: 6.854, 10: 405.3, 100: 40005.9, 1000: 4.000e6]
    #expect(close(prepared.card.condition, try #require(published[s]), 1e-3))
  }

  /// Settings over every branch: layouts, preprocessing, bias, ridge, start, n < d.
  static let variety: [ProblemSettings] = {
    var list: [ProblemSettings] = []
    for generator in GeneratorsTests.families {
      for samples in [Samples.exact, .drawn(40), .drawn(3)] {
        for rule in [Preprocessing.none, .standardise, .whitenZCA] {
          for (bias, l2, shift) in [(false, 0.0, 0.0), (true, 0, 1), (false, 0.1, 0), (true, 0.1, 0.5)] {
            var settings = ProblemSettings(
              data: .generated(generator, samples: samples, target: .cosine, noise: samples == .exact ? 0 : 0.2))
            settings.preprocessing = rule
            settings.bias = bias
            settings.l2 = l2
            settings.shift = shift
            settings.seed = UInt64(list.count)
            settings.start = .values((0..<generator.features).map { Double($0 % 3) - 0.5 })
            list.append(settings)
          }
        }
      }
    }
    return list
  }()

  @Test("spectrum, Hessian, optimum, start and losses agree with each other in every kind of problem")
  func invariants() throws {
    for settings in Self.variety {
      let p = try Problem.prepare(settings, tables: [:])
      let d = Int(p.card.dimension)
      let count = p.eigenvalues.count
      let scale = p.card.lambdaMax * Double(d) * 1e-14
      #expect(p.eigenvectors.count == count * d && p.startError.count == count && p.hessian.count == d * d)
      #expect(zip(p.eigenvalues, p.eigenvalues.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(Int(p.card.nullDimension) == d - count)
      #expect(settings.l2 == 0 || count == d)
      var loss = p.card.lossAtOptimum
      for k in 0..<count {
        let v = Array(p.eigenvectors[(k * d)..<(k * d + d)])
        var coordinate = 0.0
        for i in 0..<d {
          let product = (0..<d).reduce(0) { $0 + p.hessian[i * d + $1] * v[$1] }
          #expect(abs(product - p.eigenvalues[k] * v[i]) <= scale, "\(settings)")
          coordinate += v[i] * (p.start[i] - p.optimum[i])
        }
        for other in 0...k {
          let product = (0..<d).reduce(0) { $0 + v[$1] * p.eigenvectors[other * d + $1] }
          #expect(abs(product - (other == k ? 1 : 0)) < 1e-13, "\(settings)")
        }
        let size = p.optimum.reduce(1) { max($0, abs($1)) } * p.card.condition.squareRoot()
        #expect(abs(coordinate - p.startError[k]) <= 1e-13 * size, "\(settings)")
        loss += 0.5 * p.eigenvalues[k] * p.startError[k] * p.startError[k]
      }
      #expect(close(loss, p.card.lossAtStart, 1e-12), "\(settings)")
      // The optimum has no gradient and no part in the null space.
      let size = p.optimum.reduce(1) { max($0, abs($1)) }
      for i in 0..<d {
        let gradient = (0..<d).reduce(-p.linear[i]) { $0 + p.hessian[i * d + $1] * p.optimum[$1] }
        #expect(abs(gradient) <= 10 * scale * size, "\(settings)")
        for j in 0..<d { #expect(p.hessian[i * d + j] == p.hessian[j * d + i]) }
      }
      let length = p.optimum.reduce(0) { $0 + $1 * $1 }
      let inside = (0..<count).reduce(0.0) { sum, k in
        let part = (0..<d).reduce(0) { $0 + p.eigenvectors[k * d + $1] * p.optimum[$1] }
        return sum + part * part
      }
      #expect(close(inside, length, 1e-11), "\(settings)")
    }
  }

  @Test("copies of a column are exact null directions and share the weight, drawn or exact")
  func duplicates() throws {
    for samples in [Samples.exact, .drawn(30)] {
      for rule in [Preprocessing.none, .standardise] {
        var settings = ProblemSettings(
          data: .generated(.duplicated(features: 3, copies: 4), samples: samples, target: .ramp, noise: 0.1))
        settings.preprocessing = rule
        settings.bias = true
        let p = try Problem.prepare(settings, tables: [:])
        #expect(p.card.nullDimension == 9)
        for feature in 0..<3 {
          for copy in 1..<4 {
            let (a, b) = (feature * 4, feature * 4 + copy)
            #expect(p.optimum[a] == p.optimum[b] && p.linear[a] == p.linear[b])
            #expect((0..<13).allSatisfy { p.hessian[a * 13 + $0] == p.hessian[b * 13 + $0] })
            #expect(p.eigenvalues.indices.allSatisfy { p.eigenvectors[$0 * 13 + a] == p.eigenvectors[$0 * 13 + b] })
          }
        }
      }
    }
    // Under a ridge the null directions have eigenvalue l2.
    var settings = ProblemSettings(data: .rows(inputs: [[1, 1], [2, 2]], targets: [1, 2]))
    settings.l2 = 0.25
    let ridge = try Problem.prepare(settings, tables: [:]).eigenvalues
    #expect(ridge.count == 2 && ridge[0] == 0.25 && close(ridge[1], 5.25, 1e-15))
  }

  @Test("one row, and fewer rows than columns")
  func fewRows() throws {
    let one = try Problem.prepare(
      ProblemSettings(data: .rows(inputs: [[3, 4]], targets: [5])), tables: [:])
    #expect(one.eigenvalues.count == 1 && close(one.eigenvalues[0], 25, 1e-15))
    #expect(close(one.optimum[0], 0.6, 1e-15) && close(one.optimum[1], 0.8, 1e-15))
    #expect(one.card.lossAtOptimum == 0 && one.card.lossAtStart == 12.5)
  }

  private func messages(_ settings: ProblemSettings, _ tables: [String: Table] = [:]) -> String {
    do {
      _ = try Problem.prepare(settings, tables: tables)
      return "no error"
    } catch { return error.messages.joined(separator: "\n") }
  }

  @Test("what does not fit is said")
  func errors() throws {
    let table = try ReferenceTables.table("longley.csv")
    let file = { (target: String?) in
      ProblemSettings(data: .file(name: "longley.csv", targetColumn: target, header: .detect))
    }
    let tables = ["longley.csv": table]
    #expect(messages(file("employde"), tables).hasSuffix("= help: did you mean `employed`?"))
    #expect(messages(file("employde"), tables).contains("`gnp_deflator`, `gnp`"))
    #expect(messages(file("7"), tables).hasPrefix("`longley.csv` has no column `7`"))
    #expect(messages(file("0"), tables) == "no error")
    #expect(messages(file(nil)) == "the data file `longley.csv` has not been read")
    var start = file(nil)
    start.start = .values([1, 2])
    #expect(messages(start, tables).hasPrefix("`start` has 2 values, the data have 6 features"))
    let rows = { (inputs: [[Double]], targets: [Double]) in
      ProblemSettings(data: .rows(inputs: inputs, targets: targets))
    }
    #expect(messages(rows([], [])) == "`inputs` has no rows")
    #expect(
      messages(rows([[1, 2], [3], [4, .nan]], [1]))
        == """
        row 2 of `inputs` has 1 values, row 1 has 2
        `targets` has 1 values for 3 rows of `inputs`
        row 3 of `inputs` holds a value that is not a finite number
        """)
    #expect(messages(rows([[0, 0]], [1])).hasPrefix("all inputs are zero"))
    var constant = rows([[1, 5], [1, 5]], [1, 2])
    constant.preprocessing = .standardise
    #expect(messages(constant).hasPrefix("all inputs are zero after `standardise`: every column is constant"))
    #expect(messages(rows([[1, 1e200]], [1])).hasPrefix("the sum of squares of column `x2` overflows"))
    #expect(messages(rows([[1, 1e-200]], [1])).hasPrefix("the sum of squares of column `x2` underflows"))
    #expect(messages(rows([[1, 1]], [1e200])).hasPrefix("the sum of squares of the target overflows"))
    var ridge = rows([[1]], [1])
    ridge.l2 = -1
    #expect(messages(ridge).hasPrefix("the ridge strength `l2` is -1.0"))
  }

  @Test("the same settings give the same bits")
  func reproducible() throws {
    for settings in Self.variety.prefix(40) {
      let (a, b) = (try Problem.prepare(settings, tables: [:]), try Problem.prepare(settings, tables: [:]))
      #expect(a.eigenvalues == b.eigenvalues && a.startError == b.startError && a.hessian == b.hessian)
    }
  }
}
