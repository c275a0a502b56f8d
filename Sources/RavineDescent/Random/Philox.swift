/// The counter-based generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3" (SC 2011): a bijection of 128-bit counters, one for each 64-bit key. No state, so any value is had at once.
package enum Philox4x32 {
  /// The four output words of `counter` under `key`, ten rounds. Word 0 is the least significant.
  package static func block(
    _ counter: SIMD4<UInt32>, key: SIMD2<UInt32>
  ) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (UInt64(counter[0]), UInt64(counter[1]), UInt64(counter[2]), UInt64(counter[3]))
    var (k0, k1) = (key[0], key[1])
    for _ in 0..<10 {
      let left = c0 &* 0xD251_1F53
      let right = c2 &* 0xCD9E_8D57
      c0 = (right >> 32) ^ c1 ^ UInt64(k0)
      c1 = right & 0xFFFF_FFFF
      c2 = (left >> 32) ^ c3 ^ UInt64(k1)
      c3 = left & 0xFFFF_FFFF
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return SIMD4(
      UInt32(truncatingIfNeeded: c0), UInt32(truncatingIfNeeded: c1), UInt32(truncatingIfNeeded: c2),
      UInt32(truncatingIfNeeded: c3))
  }
}

/// An endless sequence of random numbers with random access: value i is a function of (seed, stream, i) alone.
///
/// Philox key = seed; counter = (i / 2 in the low 64 bits, stream in the high 64 bits). Each block gives two 64-bit
/// values: even i takes words 0 and 1, odd i words 2 and 3.
package struct RandomStream: Sendable {
  private let key: SIMD2<UInt32>
  private let streamLow: UInt32
  private let streamHigh: UInt32

  package init(seed: UInt64, stream: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    streamLow = UInt32(truncatingIfNeeded: stream)
    streamHigh = UInt32(truncatingIfNeeded: stream >> 32)
  }

  private func block(_ number: UInt64) -> SIMD4<UInt32> {
    Philox4x32.block(
      SIMD4(
        UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32), streamLow, streamHigh),
      key: key)
  }

  /// 64 random bits.
  package func bits(at index: UInt64) -> UInt64 {
    let words = block(index >> 1)
    let odd = index & 1 == 1
    return UInt64(odd ? words[2] : words[0]) | UInt64(odd ? words[3] : words[1]) << 32
  }

  /// Uniform in (0, 1), never 0 or 1: (k + ½) · 2⁻⁵², k the top 52 bits. With 52 bits k + ½ is exact, so the values lie
  /// symmetrically about ½ (53 bits would round the largest one to 1).
  package func uniform(at index: UInt64) -> Double { Self.uniform(bits(at: index)) }

  /// Standard normal, by inversion of the distribution function: monotone in ``uniform(at:)``.
  package func normal(at index: UInt64) -> Double { Normal.quantile(uniform(at: index)) }

  /// Writes normals 0 ..< `count` to `values`; the same bits as ``normal(at:)``, at half the cost.
  package func normals(into values: UnsafeMutablePointer<Double>, count: Int) {
    for pair in 0..<(count / 2) {
      let words = block(UInt64(truncatingIfNeeded: pair))
      values[2 * pair] = Normal.quantile(Self.uniform(UInt64(words[0]) | UInt64(words[1]) << 32))
      values[2 * pair + 1] = Normal.quantile(Self.uniform(UInt64(words[2]) | UInt64(words[3]) << 32))
    }
    if count % 2 == 1 { values[count - 1] = normal(at: UInt64(count - 1)) }
  }

  private static func uniform(_ bits: UInt64) -> Double { (Double(bits >> 12) + 0.5) * 0x1p-52 }
}
