import Foundation
import Testing

@testable import RavineDescent

@Suite("Philox and its streams")
struct PhiloxTests {
  private struct KnownAnswers: Decodable {
    struct Vector: Decodable {
      var counter: [String]
      var key: [String]
      var out: [String]
    }
    var vectors: [Vector]
    enum CodingKeys: String, CodingKey { case vectors = "philox4x32-10" }
  }

  @Test("known answers of Random123")
  func knownAnswers() throws {
    let known = try ReferenceTables.decode(KnownAnswers.self, "rng_known_answers.json")
    #expect(known.vectors.count == 3)
    for vector in known.vectors {
      func words(_ texts: [String]) -> [UInt32] { texts.compactMap { UInt32($0, radix: 16) } }
      let (counter, key) = (words(vector.counter), words(vector.key))
      let out = Philox4x32.block(
        SIMD4(counter[0], counter[1], counter[2], counter[3]), key: SIMD2(key[0], key[1]))
      #expect((0..<4).map { out[$0] } == words(vector.out))
    }
  }

  @Test("a stream is Philox with the seed as key and (index / 2, stream) as counter")
  func streamLayout() {
    // Index / 2 must be below 2^63, so of the known answers only the first can be asked for.
    let zero = RandomStream(seed: 0, stream: 0)
    #expect(zero.bits(at: 0) == 0xe169_c58d_6627_e8d5)
    #expect(zero.bits(at: 1) == 0x9b00_dbd8_bc57_ac4c)
    let stream = RandomStream(seed: 0x0123_4567_89ab_cdef, stream: 0xfedc_ba98_7654_3210)
    let block = Philox4x32.block(
      SIMD4(0x9999_8888, 0x7777_6666, 0x7654_3210, 0xfedc_ba98), key: SIMD2(0x89ab_cdef, 0x0123_4567))
    #expect(stream.bits(at: 0xeeee_cccd_3333_1111) == UInt64(block[2]) | UInt64(block[3]) << 32)
  }

  @Test("filling a column gives the same bits as asking for each value")
  func bulkEqualsSingle() {
    let stream = RandomStream(seed: 7, stream: 3)
    for count in [0, 1, 2, 7, 64] {
      let values = UnsafeMutablePointer<Double>.allocate(capacity: count + 1)
      defer { values.deallocate() }
      stream.normals(into: values, count: count)
      for i in 0..<count { #expect(values[i].bitPattern == stream.normal(at: UInt64(i)).bitPattern) }
    }
  }

  @Test("uniform values lie inside (0, 1) and have the moments of the uniform distribution")
  func uniformMoments() {
    let stream = RandomStream(seed: 1, stream: 0)
    let values = (0..<20_000).map { stream.uniform(at: UInt64($0)) }
    #expect(values.allSatisfy { $0 > 0 && $0 < 1 })
    // Five standard errors: sqrt(1/12/n) and sqrt(1/180/n).
    let mean = values.reduce(0, +) / 20_000
    let variance = values.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 20_000
    #expect(abs(mean - 0.5) < 0.0102)
    #expect(abs(variance - 1.0 / 12) < 0.0027)
  }

  @Test("normal draws pass a Kolmogorov-Smirnov test and are uncorrelated between streams and seeds")
  func normalDistribution() {
    let n = 20_000
    let draw: (UInt64, UInt64) -> [Double] = { seed, number in
      let stream = RandomStream(seed: seed, stream: number)
      return (0..<n).map { stream.normal(at: UInt64($0)) }
    }
    let base = draw(11, 0)
    let distance = base.sorted().enumerated().reduce(0.0) { worst, pair in
      let exact = 0.5 * erfc(-pair.element / 2.0.squareRoot())
      return max(worst, abs(exact - Double(pair.offset) / Double(n)), abs(exact - Double(pair.offset + 1) / Double(n)))
    }
    // P(sqrt(n) D > 1.95) = 0.001.
    #expect(distance * Double(n).squareRoot() < 1.95)
    for other in [draw(11, 1), draw(12, 0), draw(11, 1 << 32)] {
      let correlation = zip(base, other).reduce(0) { $0 + $1.0 * $1.1 } / Double(n)
      #expect(abs(correlation) < 5 / Double(n).squareRoot())
    }
  }
}
