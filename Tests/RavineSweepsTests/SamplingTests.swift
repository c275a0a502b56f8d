import RavineDescent
import Testing

@testable import RavineSweeps

struct SamplingTests {
  /// The first points of Joe and Kuo's sequence in three dimensions, as printed by their program.
  @Test func sobolPublishedPoints() {
    let published: [[Double]] = [
      [0, 0, 0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75], [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125], [0.625, 0.125, 0.875], [0.125, 0.625, 0.375], [0.1875, 0.3125, 0.9375],
      [0.6875, 0.8125, 0.4375],
    ]
    for (index, point) in published.enumerated() {
      let found = (0..<3).map { Double(SobolTable.fraction(of: UInt64(index), dimension: $0)) * 0x1p-64 }
      #expect(found == point)
    }
  }

  /// Of 2^m points, each of the 2^m equal intervals of every dimension holds one.
  @Test func sobolStratifiesEveryDimension() {
    for dimension in 0..<SobolTable.dimensions {
      let cells = (0..<1_024).map { SobolTable.fraction(of: UInt64($0), dimension: dimension) >> 54 }
      #expect(Set(cells).count == 1_024)
    }
    #expect(SobolTable.dimensions >= 32)
  }

  /// The polynomials x^s + a_1 x^(s−1) + … + 1 of the table are primitive: x has order 2^s − 1.
  @Test func sobolPolynomialsArePrimitive() {
    for (a, m) in SobolTable.rows {
      let degree = m.count
      let polynomial = (1 << UInt64(degree)) | (a << 1) | 1
      var power: UInt64 = 1
      var order = 0
      repeat {
        power <<= 1
        if power >> UInt64(degree) & 1 == 1 { power ^= polynomial }
        order += 1
      } while power != 1 && order < 1 << degree
      #expect(order == 1 << degree - 1 || degree == 1)
      for (index, value) in m.enumerated() {
        #expect(value % 2 == 1)
        #expect(value < 2 << UInt64(index))
      }
    }
  }

  @Test(arguments: [1, 2, 3, 10, 97, 1_000])
  func latinHypercubeHoldsOnePointInEachStratum(_ points: Int) {
    let sampler = Sampler(.latinHypercube, points: points, seed: 7, dimensions: 3)
    for dimension in 0..<3 {
      let strata = (0..<points).map { point -> Int in
        let u = sampler.coordinate(dimension, of: point)
        #expect(u >= 0 && u < 1)
        return Int((u * Double(points)).rounded(.down))
      }
      #expect(strata.sorted() == Array(0..<points))
    }
  }

  @Test func permutationsDifferBetweenDimensionsAndSeeds() {
    func order(_ seed: UInt64, _ dimension: Int) -> [Double] {
      let sampler = Sampler(.latinHypercube, points: 50, seed: seed, dimensions: 2)
      return (0..<50).map { (sampler.coordinate(dimension, of: $0) * 50).rounded(.down) }
    }
    #expect(order(1, 0) != order(1, 1))
    #expect(order(1, 0) != order(2, 0))
    #expect(order(1, 0) == order(1, 0))
  }

  @Test func digitalShiftKeepsStratificationAndDependsOnTheSeed() {
    let first = Sampler(.sobol, points: 256, seed: 1, dimensions: 2)
    let second = Sampler(.sobol, points: 256, seed: 2, dimensions: 2)
    for dimension in 0..<2 {
      let cells = (0..<256).map { Int(first.coordinate(dimension, of: $0) * 256) }
      #expect(Set(cells).count == 256)
    }
    #expect(first.coordinate(0, of: 0) != second.coordinate(0, of: 0))
    #expect(first.coordinate(0, of: 0) != first.coordinate(1, of: 0))
  }

  @Test func drawsStayInsideTheirRanges() throws {
    let plan = try Fixture.correlated(
      """
      search: {kind: random, points: 500, seed: 4}
      axes:
        data.correlation: {one-minus-log: [0.01, 1]}
        optimizer.step: {log: [0.01, 1], unit: 1/L}
        precision: [float64, float32]
        stop.steps: {integers: [10, 20]}
      """)
    #expect(plan.trialCount == 500)
    #expect(plan.problemCount == 500)
    var below = 0
    var steps = Set<UInt64>()
    for trial in 0..<500 {
      let settings = plan.settings(of: trial)
      guard case .generated(.equicorrelated(_, let correlation), _, _, _) = settings.problem.data,
        case .overL(let multiple) = settings.parameters.step
      else {
        Issue.record("wrong kind")
        return
      }
      #expect(correlation >= 0 && correlation <= 0.99)
      #expect(multiple >= 0.01 && multiple <= 1)
      below += multiple < 0.1 ? 1 : 0
      steps.insert(settings.parameters.steps)
    }
    // Half of the draws of a logarithmic range lie below its geometric mean: 5 sigma are 56.
    #expect(abs(below - 250) < 56)
    #expect(steps == Set(10...20))
  }

  @Test func replicatesAreCrossedWithThePoints() throws {
    let plan = try Fixture.correlated(
      """
      search: {kind: latin-hypercube, points: 5, seed: 1}
      seed: 100
      axes:
        data.correlation: {linear: [0, 0.9]}
        seed: {replicates: 3}
      """)
    #expect(plan.trialCount == 15)
    let texts = (0..<15).map { plan.axisText(of: $0) }
    #expect(texts.map { $0[1] } == (0..<15).map { "\(100 + $0 % 3)" })
    #expect((0..<15).allSatisfy { texts[$0][0] == texts[$0 / 3 * 3][0] })
    #expect(Set(texts.map { $0[0] }).count == 5)
  }

  @Test func replicatesShareSeedsAcrossTheOtherAxes() throws {
    let plan = try Fixture.correlated(
      """
      seed: 7
      axes:
        seed: {replicates: 4}
        data.correlation: [0.1, 0.5, 0.9]
        optimizer.step: [0.1, 0.2]
      """)
    var seeds: [String: [UInt64]] = [:]
    for trial in 0..<plan.trialCount {
      let text = plan.axisText(of: trial)
      let others = "\(text[1] ?? "") \(text[2] ?? "")"
      seeds[others, default: []].append(plan.settings(of: trial).problem.seed)
    }
    #expect(seeds.count == 6)
    #expect(seeds.values.allSatisfy { $0 == [7, 8, 9, 10] })
  }

  @Test func tooManyDimensionsForSobol() {
    let axes = (0...SobolTable.dimensions).map { "      stop.gap\($0): [0.1]" }.joined(separator: "\n")
    #expect(!Fixture.errors(Fixture.header + "search: {kind: sobol, points: 4}\naxes:\n" + axes).isEmpty)
    #expect(SamplingMethod.sobol.dimensionLimit == SobolTable.dimensions)
  }
}
