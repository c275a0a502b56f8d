import Testing

@testable import RavineDescent

/// Keeping some of the principal axes: what is left, and what the dropped ones cost.
@Suite struct ComponentsTests {
  private func problem(
    _ data: DataSettings, _ rule: Preprocessing, _ components: Int? = nil, bias: Bool = false, l2: Double = 0
  ) throws -> Problem {
    var settings = ProblemSettings(data: data)
    settings.preprocessing = rule
    settings.components = components
    settings.bias = bias
    settings.l2 = l2
    settings.seed = 8
    var tables: [String: Table] = [:]
    if case .file(let name, _, _) = data { tables[name] = try ReferenceTables.table(name) }
    return try Problem.prepare(settings, tables: tables)
  }

  private static func file(_ name: String) -> DataSettings {
    .file(name: name, targetColumn: nil, header: .detect)
  }

  private static let rules: [Preprocessing] = [.pca, .whitenPCA, .whitenZCA]

  /// λ = 1, 100, 10, 0.1 with w* = 1/4, 1/2, 3/4, 1: by hand, from the largest, ½ λ w*² is 12.5, 2.8125, 0.03125, 0.05.
  @Test func whatIsDroppedCostsItsShareOfTheLoss() throws {
    let data = DataSettings.generated(
      .spectrum(eigenvalues: [1, 100, 10, 0.1]), samples: .exact, target: .ramp, noise: 0)
    let costs = [2.89375, 0.08125, 0.05, 0]
    for rule in Self.rules {
      for (kept, cost) in zip(1...4, costs) {
        let card = try problem(data, rule, kept).card
        #expect(abs(card.lossAtOptimum - cost) <= 1e-12 * cost, "\(rule) \(kept)")
        #expect(close(card.lossAtStart, 15.39375, 1e-14))
      }
    }
  }

  /// f* rises by ½ Σ λ_i c_i² over the dropped axes, as spectrum and optimum of the centred data say; the spectrum
  /// that is left is that of the kept ones.
  @Test(arguments: [
    DataSettings.generated(.geometric(features: 7, condition: 50), samples: .drawn(90), target: .random, noise: 0.7),
    .generated(.factor(features: 6, from: 0.2, to: 0.9), samples: .exact, target: .cosine, noise: 0),
    .generated(.autoregressive(features: 8, correlation: 0.6), samples: .exact, target: .ramp, noise: 0),
    .generated(.uncentred(features: 5, mean: 3), samples: .drawn(40), target: .ones, noise: 0.2),
    file("diabetes.csv"),
  ])
  func theCostIsThatOfTheDroppedModes(_ data: DataSettings) throws {
    let centred = try problem(data, .centre)
    let d = centred.eigenvalues.count
    let modes = zip(centred.eigenvalues, centred.startError).map { 0.5 * $0 * $1 * $1 }
    for kept in 1...d {
      let cost = modes[..<(d - kept)].reduce(0, +)
      let expected = centred.card.lossAtOptimum + cost
      for rule in Self.rules {
        let reduced = try problem(data, rule, kept)
        #expect(abs(reduced.card.lossAtOptimum - expected) <= 1e-12 * expected, "\(rule) \(kept)")
        #expect(reduced.eigenvalues.count == kept)
        if rule == .pca {
          for (value, wanted) in zip(reduced.eigenvalues, centred.eigenvalues[(d - kept)...]) {
            #expect(close(value, wanted, 1e-12))
          }
        } else {
          #expect(reduced.eigenvalues.allSatisfy { close($0, 1, 1e-13) })
        }
      }
    }
  }

  /// Whitened data of however many axes: κ = 1, one step of 1 is the last, and rotated back they are the same problem.
  @Test(arguments: 0..<6)
  func whitenedComponentsTakeOneStep(_ seed: UInt64) throws {
    var settings = ProblemSettings(
      data: .generated(
        .autoregressive(features: 9, correlation: 0.95), samples: seed % 2 == 0 ? .exact : .drawn(30),
        target: .random, noise: seed % 2 == 0 ? 0 : 0.5))
    settings.seed = seed
    settings.shift = 2
    settings.bias = true
    for kept in [1, 4, 9] {
      settings.components = kept
      var losses: [[Double]] = []
      for rule in [Preprocessing.whitenPCA, .whitenZCA] {
        settings.preprocessing = rule
        let card = try Problem.prepare(settings, tables: [:]).card
        #expect(close(card.condition, 1, 1e-13))
        let one = try ClosedFormTests.weights(settings) {
          $0.gap = 1e-12
          $0.step = .absolute(1)
        }.record
        #expect(one.status == .converged && one.steps == 1)
        losses.append(
          try ([1, 2, 5, 20] as [UInt64]).map { steps in
            let gap = try ClosedFormTests.weights(settings) {
              $0.step = .absolute(0.3)
              $0.steps = steps
            }.record.gap
            return card.lossAtOptimum + gap * (card.lossAtStart - card.lossAtOptimum)
          })
      }
      for (a, b) in zip(losses[0], losses[1]) { #expect(abs(a - b) <= 1e-12 * a) }
    }
  }

  @Test func keptColumnsAndTheirNames() throws {
    let data = DataSettings.generated(
      .equicorrelated(features: 6, correlation: 0.5), samples: .drawn(40), target: .ones, noise: 0)
    for rule in [Preprocessing.pca, .whitenPCA] {
      let reduced = try problem(data, rule, 2, bias: true)
      #expect(reduced.featureNames == ["pc1", "pc2"])
      #expect(reduced.card.dimension == 3 && reduced.card.nullDimension == 0)
      #expect(reduced.hessian[0] >= reduced.hessian[4])
      for (i, j) in [(0, 1), (0, 2), (1, 2)] { #expect(abs(reduced.hessian[3 * i + j]) <= 1e-14) }
    }
    // Rotated back there are as many columns as before, of lower rank.
    let back = try problem(data, .whitenZCA, 2)
    #expect(back.card.dimension == 6 && back.card.nullDimension == 4)
    // Of the 64 pixels eight never change: axes beyond the 56 others are empty.
    let digits = try problem(Self.file("digits500.csv"), .pca, 60)
    #expect(digits.card.dimension == 60 && digits.card.nullDimension == 4)
  }

  /// All axes kept: the centred problem, turned; ridge included.
  @Test func allComponentsChangeNothing() throws {
    let data = DataSettings.generated(
      .factor(features: 5, from: 0.3, to: 0.9), samples: .drawn(30), target: .cosine, noise: 0.4)
    for l2 in [0, 0.3] {
      let centred = try problem(data, .centre, bias: true, l2: l2)
      for components in [nil, 5] {
        let turned = try problem(data, .pca, components, bias: true, l2: l2)
        for (a, b) in zip(turned.eigenvalues, centred.eigenvalues) { #expect(close(a, b, 1e-13)) }
        #expect(close(turned.card.lossAtOptimum, centred.card.lossAtOptimum, 1e-12))
        for (a, b) in zip(turned.startError, centred.startError) { #expect(abs(abs(a) - abs(b)) <= 1e-12) }
      }
    }
  }

  @Test func impossibleNumbersAreRefused() throws {
    let data = DataSettings.rows(inputs: [[1, 2], [3, 5], [4, 4]], targets: [1, 2, 3])
    for (rule, components) in [(.pca, 0), (.pca, 3), (.whitenPCA, -1), (.whitenZCA, 9), (.standardise, 1)]
      as [(Preprocessing, Int)]
    {
      #expect(throws: DataError.self) { try problem(data, rule, components) }
    }
    #expect(try problem(data, .pca, 2).card.dimension == 2)
  }
}
