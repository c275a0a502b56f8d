import RavineDescent
import Testing

/// A small linear congruential generator, so that a failing case can be run again.
private struct Dice: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

private func record(_ dice: inout Dice) -> TrialRecord {
  let specials: [Double] = [
    .nan, -.nan, .signalingNaN, Double(nan: 0x1234, signaling: false), .infinity, -.infinity, -0.0, 0,
    .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e-12,
  ]
  func number() -> Double { specials.randomElement(using: &dice) ?? 0 }
  var hits = Hits()
  for _ in 0..<Int.random(in: 0...12, using: &dice) { hits.append(dice.next() >> 40) }
  return TrialRecord(
    status: TrialStatus.allCases.randomElement(using: &dice) ?? .failed, steps: dice.next(), gap: number(),
    distance: number(), gradientNorm: number(),
    forecast: Forecast(
      status: TrialStatus.allCases.randomElement(using: &dice) ?? .failed, steps: .max,
      kind: ForecastKind.allCases.randomElement(using: &dice) ?? .none),
    crossCheck: [.none, .agreed, .differed].randomElement(using: &dice) ?? .none, hits: hits)
}

/// Equality down to the bits, which `==` does not give for NaN and −0.
private func bits(_ record: TrialRecord) -> [UInt64] {
  [
    UInt64(record.status.rawValue), record.steps, record.gap.bitPattern, record.distance.bitPattern,
    record.gradientNorm.bitPattern, UInt64(record.forecast.status.rawValue), record.forecast.steps,
    UInt64(record.forecast.kind.rawValue), UInt64(record.crossCheck.rawValue), UInt64(record.hits.count),
  ] + (0..<record.hits.count).map { record.hits[$0] }
}

private func sample(_ count: Int, seed: UInt64) -> [TrialRecord] {
  var dice = Dice(state: seed)
  return (0..<count).map { _ in record(&dice) }
}

@Suite struct XXHash64Tests {
  /// The values that the xxHash projects publish for these texts.
  @Test(
    arguments: [
      ("", 0, 0xEF46_DB37_51D8_E999), ("a", 0, 0xD24E_C4F1_A98C_6E5B), ("abc", 0, 0x44BC_2CF5_AD77_0999),
      ("xxhash", 0, 0x32DD_3895_2C4B_C720), ("xxhash", 20_141_025, 0xB559_B98D_844E_0635),
      ("Nobody inspects the spammish repetition", 0, 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64, UInt64)])
  func publishedValues(text: String, seed: UInt64, expected: UInt64) {
    #expect(Array(text.utf8).withUnsafeBytes { XXHash64.hash($0, seed: seed) } == expected)
  }
}

@Suite struct RecordColumnsTests {
  @Test(arguments: [0, 1, 2, 7, 64, 4096])
  func roundTripKeepsEveryBit(count: Int) throws {
    let records = sample(count, seed: UInt64(count) + 1)
    let bytes = RecordColumns.encode(records, firstTrial: 1 << 39)
    let decoded = try RecordColumns.decode(bytes)
    #expect(decoded.firstTrial == 1 << 39)
    #expect(decoded.records.map(bits) == records.map(bits))
    #expect(RecordColumns.encode(decoded.records, firstTrial: decoded.firstTrial) == bytes)
  }

  @Test func sizeIsHeaderPlus45BytesPerTrialPlus8PerHit() {
    var hits = Hits()
    for step in 1...3 { hits.append(UInt64(step)) }
    let records = [TrialRecord(status: .converged, hits: hits), TrialRecord(status: .diverged)]
    #expect(RecordColumns.encode(records, firstTrial: 0).count == 32 + 2 * 45 + 3 * 8)
  }

  @Test func layoutIsLittleEndian() {
    let bytes = RecordColumns.encode([TrialRecord(status: .budget, steps: 0x0102, gap: 1)], firstTrial: 0x0A0B)
    #expect(Array(bytes[0..<4]) == Array("RVRC".utf8))
    #expect(Array(bytes[4..<24]) == [1, 0, 0, 0, 0x0B, 0x0A, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[32..<48]) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(bytes[72] == TrialStatus.budget.rawValue)
  }

  @Test func everyTruncationIsRefused() {
    let bytes = RecordColumns.encode(sample(5, seed: 3), firstTrial: 9)
    for length in 0..<bytes.count {
      #expect(throws: ColumnsError.self) { try RecordColumns.decode(Array(bytes[0..<length])) }
    }
    #expect(throws: ColumnsError.self) { try RecordColumns.decode(bytes + [0]) }
  }

  @Test func everyMutationIsRefused() {
    let bytes = RecordColumns.encode(sample(20, seed: 4), firstTrial: 9)
    var dice = Dice(state: 5)
    for _ in 0..<10_000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...4, using: &dice) {
        changed[Int.random(in: 0..<bytes.count, using: &dice)] ^= UInt8.random(in: 1...255, using: &dice)
      }
      if changed != bytes { #expect(throws: ColumnsError.self) { try RecordColumns.decode(changed) } }
    }
  }

  /// With a checksum that holds, the values themselves are checked.
  @Test func impossibleValuesAreNamed() {
    let bytes = RecordColumns.encode(sample(3, seed: 6).map { TrialRecord(status: $0.status) }, firstTrial: 0)
    let narrow = 32 + 3 * 40
    for (offset, column) in [(0, "status"), (3, "forecast status"), (6, "cross-check"), (9, "hit count")] {
      var changed = bytes
      changed[narrow + offset + 1] = 99
      #expect(throws: ColumnsError.invalidValue(column: column, row: 1)) {
        try RecordColumns.decode(resealed(changed))
      }
    }
  }

  @Test func hugeCountsAreRefusedWithoutAllocation() {
    var bytes = RecordColumns.encode(sample(1, seed: 7), firstTrial: 0)
    for index in 16..<24 { bytes[index] = 255 }
    #expect(throws: ColumnsError.self) { try RecordColumns.decode(resealed(bytes)) }
  }

  @Test func anotherVersionIsNamed() {
    var bytes = RecordColumns.encode(sample(1, seed: 8), firstTrial: 0)
    bytes[4] = 2
    #expect(throws: ColumnsError.unsupportedVersion(2)) { try RecordColumns.decode(bytes) }
  }

  /// Writes the checksum that belongs to the bytes, as the format describes it.
  private func resealed(_ bytes: [UInt8]) -> [UInt8] {
    let seed = Array(bytes[0..<24]).withUnsafeBytes { XXHash64.hash($0) }
    let sum = Array(bytes[32...]).withUnsafeBytes { XXHash64.hash($0, seed: seed) }
    return bytes[0..<24] + (0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) } + bytes[32...]
  }
}

@Suite struct CardColumnsTests {
  private func cards(_ count: Int) -> [(problem: UInt64, card: ProblemCard)] {
    (0..<count).map { index in
      let card = ProblemCard(
        dimension: UInt32.max, samples: UInt64(index), nullDimension: 3, lambdaMax: .infinity, lambdaMin: -0.0,
        stableRank: Double(nan: 77, signaling: false), entropyRank: 1.5, lossAtStart: 2, lossAtOptimum: 1e-300)
      return (UInt64(index) * 1000, card)
    }
  }

  @Test(arguments: [0, 1, 33])
  func roundTripKeepsEveryBit(count: Int) throws {
    let bytes = CardColumns.encode(cards(count))
    let decoded = try CardColumns.decode(bytes)
    #expect(bytes.count == 32 + count * 72)
    #expect(decoded.map(\.problem) == cards(count).map(\.problem))
    #expect(CardColumns.encode(decoded) == bytes)
    #expect(decoded.allSatisfy { $0.card.stableRank.bitPattern == Double(nan: 77, signaling: false).bitPattern })
    #expect(decoded.allSatisfy { $0.card.lambdaMin.sign == .minus && $0.card.dimension == UInt32.max })
  }

  @Test func truncationsAndMutationsAreRefused() {
    let bytes = CardColumns.encode(cards(4))
    for length in 0..<bytes.count {
      #expect(throws: ColumnsError.self) { try CardColumns.decode(Array(bytes[0..<length])) }
    }
    var dice = Dice(state: 11)
    for _ in 0..<10_000 {
      var changed = bytes
      changed[Int.random(in: 0..<bytes.count, using: &dice)] ^= UInt8.random(in: 1...255, using: &dice)
      #expect(throws: ColumnsError.self) { try CardColumns.decode(changed) }
    }
  }

  @Test func oneKindIsNotTakenForTheOther() {
    #expect(throws: ColumnsError.notAFrame) { try RecordColumns.decode(CardColumns.encode(cards(2))) }
    #expect(throws: ColumnsError.notAFrame) { try CardColumns.decode(RecordColumns.encode([], firstTrial: 0)) }
  }
}
