import Testing

@testable import RavineDescent

@Suite("Preprocessing")
struct PreprocessingTests {
  private func problem(
    _ data: DataSettings, _ preprocessing: Preprocessing, bias: Bool = false, shift: Double = 0
  ) throws -> Problem {
    var settings = ProblemSettings(data: data)
    settings.preprocessing = preprocessing
    settings.bias = bias
    settings.shift = shift
    settings.seed = 8
    return try Problem.prepare(settings, tables: [:])
  }

  private static func settings(_ preprocessing: Preprocessing) -> ProblemSettings {
    var settings = ProblemSettings(data: .rows(inputs: [], targets: []))
    settings.preprocessing = preprocessing
    return settings
  }

  /// The handout's file was normalised by the sample's deviation.
  @Test func sampleDeviation() throws {
    let raw = try ReferenceTables.table("mendota.csv")
    let normalised = try ReferenceTables.table("mendota_normalised_ddof1.csv")
    var settings = ProblemSettings(data: .file(name: "raw", targetColumn: nil, header: .detect))
    settings.preprocessing = .standardise
    settings.ddof = 1
    let own = try Problem.prepare(settings, tables: ["raw": raw])
    let given = try Problem.prepare(
      ProblemSettings(data: .file(name: "given", targetColumn: nil, header: .detect)), tables: ["given": normalised])
    #expect(close(own.card.lambdaMax, given.card.lambdaMax, 1e-12))
    #expect(close(own.linear[0], given.linear[0], 1e-12))
    #expect(close(own.card.lambdaMax, 161.0 / 162, 1e-12))
    // One row has no deviation of a sample.
    var single = ProblemSettings(data: .rows(inputs: [[1, 2]], targets: [3]))
    single.preprocessing = .standardise
    single.ddof = 1
    #expect(throws: DataError.self) { try Problem.prepare(single, tables: [:]) }
  }

  private static let whitenings: [Preprocessing] = [.whitenPCA, .whitenZCA, .whitenCholesky]

  @Test("a constant column becomes exactly zero, whatever the rounding of its mean")
  func constantColumns() throws {
    let inputs = (0..<7).map { [0.1, Double($0), 1e8 / 3] }
    for rule in Preprocessing.allCases where rule != .none {
      let prepared = try problem(.rows(inputs: inputs, targets: (0..<7).map { Double($0 * $0) }), rule)
      #expect(prepared.card.nullDimension == 2)
      #expect(prepared.hessian.filter { $0 != 0 }.count == 1)
      #expect(close(prepared.card.lambdaMax, rule == .centre || rule == .pca ? 4 : 1, 1e-14))
    }
  }

  @Test("centring removes the coupling with the bias; standardising gives unit diagonals")
  func moments() throws {
    let data = DataSettings.generated(
      .uncentred(features: 3, mean: 1000), samples: .drawn(50), target: .ones, noise: 0.1)
    let centred = try problem(data, .centre, bias: true)
    let standard = try problem(data, .standardise, bias: true)
    for j in 0..<3 {
      #expect(abs(centred.hessian[3 * 4 + j]) < 1e-14)
      #expect(abs(standard.hessian[3 * 4 + j]) < 1e-15)
      #expect(close(standard.hessian[j * 4 + j], 1, 1e-14))
    }
    #expect(standard.hessian[15] == 1)
  }

  @Test("whitened data have H = identity on their rank, and all three rules fit equally well", arguments: whitenings)
  func whitening(rule: Preprocessing) throws {
    // Three independent columns, one dependent on them, one constant.
    let inputs = (0..<12).map { i -> [Double] in
      let t = Double(i)
      let (a, b, c) = (t, t * t, (t * 0.7).truncatingRemainder(dividingBy: 1) * 1e6)
      return [a, b, a - 2 * b, c, 5]
    }
    let targets = (0..<12).map { Double($0 % 5) }
    let plain = try problem(.rows(inputs: inputs, targets: targets), .centre)
    let white = try problem(.rows(inputs: inputs, targets: targets), rule)
    #expect(plain.card.nullDimension == 2)
    #expect(white.card.nullDimension == 2)
    #expect(white.eigenvalues.allSatisfy { close($0, 1, 1e-13) })
    #expect(close(white.card.lossAtOptimum, plain.card.lossAtOptimum, 1e-12))
    #expect(close(white.card.lossAtStart, plain.card.lossAtStart, 1e-15))
    // H is the projection on the range: diagonal for PCA and Cholesky, H² = H for all.
    for i in 0..<5 {
      for j in 0..<5 {
        let square = (0..<5).reduce(0) { $0 + white.hessian[i * 5 + $1] * white.hessian[$1 * 5 + j] }
        #expect(abs(square - white.hessian[i * 5 + j]) < 1e-13)
        if i != j, rule != .whitenZCA { #expect(abs(white.hessian[i * 5 + j]) < 1e-13) }
      }
    }
  }

  @Test("ZCA is the symmetric root: whitened and centred inputs have a symmetric cross moment")
  func symmetricRoot() throws {
    let data = DataSettings.generated(
      .factor(features: 4, from: 0.3, to: 0.9), samples: .drawn(60), target: .ones, noise: 0)
    var settings = ProblemSettings(data: data)
    var plain = try Design.make(settings, tables: [:])
    plain.preprocess(Self.settings(.centre))
    settings.preprocessing = .whitenZCA
    var white = try Design.make(settings, tables: [:])
    white.preprocess(Self.settings(.whitenZCA))
    var cholesky = try Design.make(settings, tables: [:])
    cholesky.preprocess(Self.settings(.whitenCholesky))
    func cross(_ a: borrowing Design, _ i: Int, _ b: borrowing Design, _ j: Int) -> Double {
      ColumnKernels.dot(a.inputs.column(i), b.inputs.column(j), blocks: a.inputs.blocks) / 60
    }
    for i in 0..<4 {
      #expect(cross(white, i, plain, i) > 0)
      #expect(cross(cholesky, i, plain, i) > 0)
      for j in 0..<i {
        #expect(abs(cross(white, i, plain, j) - cross(white, j, plain, i)) < 1e-14)
        // X = Z Lᵀ with L lower triangular: a later whitened column has no part in an earlier input.
        #expect(abs(cross(cholesky, i, plain, j)) < 1e-14)
      }
    }
  }

  @Test("population-exact problems: centring removes the mean, standardising gives the correlation matrix")
  func exactMoments() throws {
    let shifted = DataSettings.generated(
      .uncentred(features: 5, mean: 2), samples: .exact, target: .cosine, noise: 0)
    #expect(close(try problem(shifted, .none).card.condition, 21, 1e-13))
    #expect(close(try problem(shifted, .centre, bias: true).card.condition, 1, 1e-14))
    let near = DataSettings.generated(
      .nearDuplicated(features: 1, copies: 2, epsilon: 0.75), samples: .exact, target: .ones, noise: 0)
    // The correlation is 1/√(1 + ε²) = 0.8: κ = 1.8/0.2.
    let standard = try problem(near, .standardise)
    #expect(close(standard.hessian[1], 0.8, 1e-15))
    #expect(close(standard.card.condition, 9, 1e-14))
    // The function stays the same: w* = (1, 1) becomes (1, 1.25).
    #expect(close(standard.optimum[1], 1.25, 1e-14))
    #expect(close(standard.card.lossAtStart, try problem(near, .none).card.lossAtStart, 1e-14))
  }

  @Test(
    "population-exact problems: whitening gives κ = 1 and keeps the function",
    arguments: GeneratorsTests.families, whitenings)
  func exactWhitening(generator: Generator, rule: Preprocessing) throws {
    let data = DataSettings.generated(generator, samples: .exact, target: .cosine, noise: 0)
    let white = try problem(data, rule, bias: true)
    let plain = try problem(data, .none, bias: true)
    #expect(white.eigenvalues.allSatisfy { close($0, 1, 1e-13) })
    #expect(white.card.nullDimension == plain.card.nullDimension)
    #expect(close(white.card.lossAtStart, plain.card.lossAtStart, 1e-12))
    #expect(white.card.lossAtOptimum == 0)
  }

  @Test("shift adds to the inputs, not to the targets; its exact moments are those of the shifted distribution")
  func shift() throws {
    let data = DataSettings.rows(inputs: [[1, 1], [1, -1]], targets: [2, 0])
    #expect(try problem(data, .none, shift: 100).hessian == [10201, 10100, 10100, 10001])
    #expect(try problem(data, .none, shift: 100).linear == [101, 101])
    for generator in GeneratorsTests.families {
      let moved = try problem(
        .generated(generator, samples: .exact, target: .ones, noise: 0), .none, bias: true, shift: 10)
      let d = generator.features
      let mean = generator.mean
      let moment = generator.secondMoment()
      for i in 0..<d {
        #expect(close(moved.hessian[i * (d + 1) + d], mean + 10, 1e-15))
        for j in 0..<d {
          let expected = moment[i * d + j] + 20 * mean + 100
          #expect(close(moved.hessian[i * (d + 1) + j], expected, 1e-14))
        }
      }
    }
  }

  @Test("principal components are ordered by variance and named so")
  func components() throws {
    let data = DataSettings.generated(
      .spectrum(eigenvalues: [1, 100, 10]), samples: .exact, target: .ramp, noise: 0)
    let white = try problem(data, .whitenPCA)
    #expect(white.featureNames == ["pc1", "pc2", "pc3"])
    // w* = (1/3, 2/3, 1) times the deviations 1, 10, √10, largest variance first.
    let expected = [20.0 / 3, 10.0.squareRoot(), 1.0 / 3]
    for (value, wanted) in zip(white.optimum, expected) { #expect(close(value, wanted, 1e-14)) }
  }
}
