import Foundation
import Testing

@testable import RavineDescent

@Suite("Generated data")
struct GeneratorsTests {
  private func problem(
    _ generator: Generator, _ samples: Samples = .exact, _ target: Target = .cosine, bias: Bool = false,
    noise: Double = 0, seed: UInt64 = 0
  ) throws -> Problem {
    var settings = ProblemSettings(data: .generated(generator, samples: samples, target: target, noise: noise))
    settings.bias = bias
    settings.seed = seed
    return try Problem.prepare(settings, tables: [:])
  }

  private func design(_ generator: Generator, rows: Int, noise: Double = 0, seed: UInt64 = 4) throws -> Design {
    var settings = ProblemSettings(
      data: .generated(generator, samples: .drawn(rows), target: .cosine, noise: noise))
    settings.seed = seed
    return try Design.make(settings, tables: [:])
  }

  /// One of each family, small.
  static let families: [Generator] = [
    .equicorrelated(features: 5, correlation: 0.7), .equicorrelated(features: 4, correlation: -0.3),
    .autoregressive(features: 6, correlation: 0.9), .autoregressive(features: 4, correlation: -0.5),
    .block(sizes: [2, 1, 3], within: 0.8, between: 0.2), .factor(features: 5, from: 0.2, to: 0.95),
    .uncentred(features: 4, mean: 3), .geometric(features: 5, condition: 100), .power(features: 5, exponent: 1.5),
    .hilbert(features: 5), .duplicated(features: 2, copies: 3),
    .nearDuplicated(features: 2, copies: 3, epsilon: 0.5), .spectrum(eigenvalues: [2, 0, 0.5]),
  ]

  private struct Tables: Decodable {
    struct Spectrum: Decodable {
      var kind: String
      var d, n, copies: Int?
      var rho, kappa, alpha, mu, a, b: Double?
      var rhoIn, rhoOut: Double?
      var sizes: [Int]?
      enum CodingKeys: String, CodingKey {
        case kind, d, n, copies, rho, kappa, alpha, mu, a, b, sizes
        case rhoIn = "rho_in"
        case rhoOut = "rho_out"
      }

      var generator: Generator? {
        let d = d ?? 0
        return switch kind {
        case "equicorrelated": .equicorrelated(features: d, correlation: rho ?? .nan)
        case "ar1": .autoregressive(features: d, correlation: rho ?? .nan)
        case "block": .block(sizes: sizes ?? [], within: rhoIn ?? .nan, between: rhoOut ?? .nan)
        case "factor": .factor(features: d, from: a ?? .nan, to: b ?? .nan)
        case "uncentred": .uncentred(features: d, mean: mu ?? .nan)
        case "geometric": .geometric(features: d, condition: kappa ?? .nan)
        case "power": .power(features: d, exponent: alpha ?? .nan)
        case "hilbert": .hilbert(features: n ?? 0)
        case "duplicated": .duplicated(features: d, copies: copies ?? 0)
        default: nil
        }
      }
    }
    struct Quadratic: Decodable {
      var spectrum: Spectrum
      var target: String
      var dim, rank: Int
      var lambdaMin, lambdaMax, kappa, loss, stable, entropy: Double
      enum CodingKeys: String, CodingKey {
        case spectrum, dim, rank, kappa
        case target = "w_star"
        case lambdaMin = "lambda_min_nonzero"
        case lambdaMax = "lambda_max"
        case loss = "loss_at_zero"
        case stable = "stable_rank"
        case entropy = "effective_rank_entropy"
      }
    }
    struct Uncentred: Decodable {
      var d: Int
      var mean: Double
      var without, with: Double
      enum CodingKeys: String, CodingKey {
        case d, mean
        case without = "kappa_without_bias"
        case with = "kappa_with_bias_column"
      }
    }
    struct Sampled: Decodable {
      var n, d: Int
      var kappa: Double
      var lambdaMin, lambdaMax: Double
      var tolerance: Double
      enum CodingKeys: String, CodingKey {
        case n, d, kappa
        case lambdaMin = "lambda_min"
        case lambdaMax = "lambda_max"
        case tolerance = "tolerance_relative"
      }
    }
    var quadratics: [Quadratic]
    var uncentred: [Uncentred]
    var sampled: [Sampled]
    enum CodingKeys: String, CodingKey {
      case quadratics
      case uncentred = "uncentred_inputs"
      case sampled = "marchenko_pastur"
    }
  }

  private static let targets: [String: Target] = [
    "ones": .ones, "alternating": .alternating, "first": .first, "ramp": .ramp, "harmonic": .harmonic,
    "cosine": .cosine,
  ]

  @Test("the 27 quadratics of the table: spectrum, ranks, loss")
  func quadratics() throws {
    let table = try ReferenceTables.decode(Tables.self, "expected_generators.json").quadratics
    #expect(table.count == 27)
    for row in table {
      let generator = try #require(row.spectrum.generator)
      let prepared = try problem(generator, .exact, try #require(Self.targets[row.target]))
      let card = prepared.card
      // The table itself is rounded where its eigenvalues were computed from a matrix of doubles.
      let tolerance = max(1e-10, 100 * 2.2e-16 * row.kappa.squareRoot())
      #expect(close(card.condition, row.kappa, tolerance), "\(generator)")
      #expect(close(card.lambdaMax, row.lambdaMax, 1e-12), "\(generator)")
      #expect(close(card.lambdaMin, row.lambdaMin, 1e-9), "\(generator)")
      #expect(Int(card.dimension) == row.dim)
      #expect(prepared.eigenvalues.count == row.rank)
      #expect(Int(card.nullDimension) == row.dim - row.rank)
      #expect(close(card.lossAtStart, row.loss, 1e-11), "\(generator)")
      #expect(card.lossAtOptimum == 0)
      #expect(close(card.stableRank, row.stable, 1e-12), "\(generator)")
      #expect(close(card.entropyRank, row.entropy, 1e-11), "\(generator)")
      #expect(card.samples == 0)
    }
  }

  @Test("a mean multiplies the condition number, a bias column squares it")
  func uncentred() throws {
    let table = try ReferenceTables.decode(Tables.self, "expected_generators.json").uncentred
    #expect(table.count == 3)
    for row in table {
      let generator = Generator.uncentred(features: row.d, mean: row.mean)
      #expect(close(try problem(generator).card.condition, row.without, 1e-12))
      let biased = try problem(generator, bias: true)
      // κ = l₊², l₊ = (2 + M + √(M(M+4)))/2, M = d μ². The table has it from a matrix, to about 1e-11.
      let m = Double(row.d) * row.mean * row.mean
      let root = (2 + m + (m * (m + 4)).squareRoot()) / 2
      #expect(close(biased.card.condition, root * root, 1e-12))
      #expect(close(biased.card.condition, row.with, 1e-10))
      #expect(biased.hessian[row.d] == row.mean)
      #expect(biased.hessian.last == 1)
    }
  }

  @Test("sampling spreads the spectrum as Marchenko and Pastur say")
  func marchenkoPastur() throws {
    let table = try ReferenceTables.decode(Tables.self, "expected_generators.json").sampled
    #expect(table.count == 2)
    for row in table {
      let prepared = try problem(.spectrum(eigenvalues: Array(repeating: 1, count: row.d)), .drawn(row.n))
      #expect(close(prepared.card.condition, row.kappa, row.tolerance))
      #expect(close(prepared.card.lambdaMin, row.lambdaMin, row.tolerance))
      #expect(close(prepared.card.lambdaMax, row.lambdaMax, row.tolerance))
    }
  }

  @Test("near duplicates: κ of [[1, 1], [1, 1 + ε²]] in closed form, down to ε = 1e-7", arguments: 0...7)
  func nearDuplicates(decade: Int) throws {
    let epsilon = (0..<decade).reduce(1.0) { value, _ in value / 10 }
    let square = epsilon * epsilon
    let root = (2 + square + (4 + square * square).squareRoot()) / 2
    let kappa = root * root / square
    let prepared = try problem(.nearDuplicated(features: 1, copies: 2, epsilon: epsilon))
    #expect(close(prepared.card.condition, kappa, 1e-12))
    #expect(epsilon > 0.1 || close(kappa, 4 / square, 0.006))
  }

  @Test("exact moments: eigenvalues and eigenvectors rebuild H, the optimum is w*", arguments: families)
  func factorMatchesMoments(generator: Generator) throws {
    let prepared = try problem(generator, .exact, .cosine)
    let d = generator.features
    for i in 0..<d {
      for j in 0..<d {
        let rebuilt = prepared.eigenvalues.indices.reduce(0.0) { sum, k in
          sum + prepared.eigenvalues[k] * prepared.eigenvectors[k * d + i] * prepared.eigenvectors[k * d + j]
        }
        #expect(abs(rebuilt - prepared.hessian[i * d + j]) < 1e-14 * prepared.card.lambdaMax * Double(d))
      }
    }
    if prepared.card.nullDimension == 0 {
      let tolerance = 1e-15 * Double(d) * prepared.card.condition
      for i in 0..<d { #expect(abs(prepared.optimum[i] - Elementary.cos(Double(i + 1))) < tolerance) }
    }
  }

  @Test("drawn rows have the covariance of their family", arguments: families)
  func sampleCovariance(generator: Generator) throws {
    let n = 4000
    let sample = try problem(generator, .drawn(n), seed: 3)
    let d = generator.features
    let exact = generator.secondMoment()
    for i in 0..<d {
      for j in 0..<d {
        // Standard error of a mean of products of normals, five of them; 4 μ² H_ii for the shifted ones.
        let spread = exact[i * d + i] * exact[j * d + j] + exact[i * d + j] * exact[i * d + j]
        let error = 5 * (spread / Double(n)).squareRoot()
        #expect(abs(sample.hessian[i * d + j] - exact[i * d + j]) <= error)
      }
    }
  }

  @Test("data sets that differ in correlation, rows or features share their draws")
  func commonRandomNumbers() throws {
    let base = try design(.spectrum(eigenvalues: [1, 1, 1, 1]), rows: 40)
    let wider = try design(.uncentred(features: 6, mean: 0), rows: 70)
    let correlated = try design(.equicorrelated(features: 4, correlation: 0.36), rows: 40)
    let again = try design(.equicorrelated(features: 4, correlation: 0.84), rows: 40)
    let near = try design(.nearDuplicated(features: 4, copies: 2, epsilon: 0.1), rows: 40)
    for j in 0..<4 {
      for i in 0..<40 {
        let z = base.inputs.column(j)[i]
        #expect(z == RandomStream(seed: 4, stream: UInt64(j)).normal(at: UInt64(i)))
        #expect(wider.inputs.column(j)[i] == z)
        #expect(near.inputs.column(2 * j)[i] == z)
        // x = √(1−ρ) z + √ρ u with the same z and u for each ρ: u from one, x of the other.
        let u = (correlated.inputs.column(j)[i] - 0.8 * z) / 0.6
        #expect(abs(again.inputs.column(j)[i] - (0.4 * z + 0.84.squareRoot() * u)) < 1e-13)
      }
    }
  }

  @Test("seeds and noise change what they should")
  func seedsAndNoise() throws {
    let generator = Generator.spectrum(eigenvalues: [1, 1])
    let clean = try design(generator, rows: 2000)
    let noisy = try design(generator, rows: 2000, noise: 0.5)
    let other = try design(generator, rows: 2000, seed: 5)
    var square = 0.0
    for i in 0..<2000 {
      #expect(clean.inputs.column(0)[i] == noisy.inputs.column(0)[i])
      #expect(clean.inputs.column(0)[i] != other.inputs.column(0)[i])
      let difference = noisy.targets.column(0)[i] - clean.targets.column(0)[i]
      square += difference * difference / 2000
    }
    // Five standard errors of a variance of 0.25: 0.25 √(2/n).
    #expect(abs(square - 0.25) < 5 * 0.25 * (2.0 / 2000).squareRoot())
  }

  @Test("true weights")
  func targets() {
    #expect(Target.ones.weights(count: 3, seed: 0) == [1, 1, 1])
    #expect(Target.alternating.weights(count: 3, seed: 0) == [1, -1, 1])
    #expect(Target.first.weights(count: 3, seed: 0) == [1, 0, 0])
    #expect(Target.ramp.weights(count: 4, seed: 0) == [0.25, 0.5, 0.75, 1])
    #expect(Target.harmonic.weights(count: 3, seed: 0) == [1, 0.5, 1.0 / 3])
    #expect(Target.cosine.weights(count: 2, seed: 0) == [0.5403023058681398, -0.4161468365471424])
    #expect(Target.random.weights(count: 9, seed: 1) != Target.random.weights(count: 9, seed: 2))
  }

  @Test(
    "distributions that do not exist are refused",
    arguments: [
      Generator.equicorrelated(features: 3, correlation: -0.6), .equicorrelated(features: 3, correlation: 1.1),
      .equicorrelated(features: 0, correlation: 0), .autoregressive(features: 3, correlation: .nan),
      .block(sizes: [2, 2], within: 0.1, between: 0.9), .block(sizes: [], within: 0, between: 0),
      .factor(features: 2, from: 0, to: 1.5), .spectrum(eigenvalues: []), .spectrum(eigenvalues: [1, -1]),
      .spectrum(eigenvalues: [0, 0]), .geometric(features: 3, condition: 0), .uncentred(features: 2, mean: .infinity),
      .nearDuplicated(features: 1, copies: 0, epsilon: 1), .duplicated(features: .max, copies: 2),
      .equicorrelated(features: 1_000_000, correlation: 0.5), .spectrum(eigenvalues: [1e308, 1e308]),
      .uncentred(features: 2, mean: 1e200),
    ])
  func refused(generator: Generator) {
    #expect(throws: DataError.self) { try problem(generator) }
  }

  @Test("the lowest possible correlation has one null direction")
  func lowestCorrelation() throws {
    for d in [2, 3, 7, 10] {
      let card = try problem(.equicorrelated(features: d, correlation: -1 / Double(d - 1))).card
      #expect(card.nullDimension == 1)
      #expect(close(card.lambdaMin, Double(d) / Double(d - 1), 1e-14))
    }
  }
}
