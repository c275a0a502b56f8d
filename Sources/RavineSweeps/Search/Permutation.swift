import RavineDescent

/// A seeded permutation of 0 ..< count by arithmetic alone: a Feistel network on the next power of two, walked until
/// it lands inside.
struct Permutation: Sendable {
  private static let rounds = 6

  private let count: UInt64
  private let leftBits: UInt64
  private let rightBits: UInt64
  private let stream: RandomStream

  init(count: Int, stream: RandomStream) {
    self.count = UInt64(max(1, count))
    let bits = UInt64(max(2, UInt64.bitWidth - (self.count - 1).leadingZeroBitCount))
    leftBits = bits / 2
    rightBits = bits - bits / 2
    self.stream = stream
  }

  /// The image of `index`, 0 ≤ index < count.
  func callAsFunction(_ index: Int) -> Int {
    var value = UInt64(index)
    repeat { value = encrypt(value) } while value >= count
    return Int(value)
  }

  /// The widths of the halves change places in each round; after an even number they are as before.
  private func encrypt(_ value: UInt64) -> UInt64 {
    var (left, right) = (value >> rightBits, value & ((1 << rightBits) - 1))
    var (leftWidth, rightWidth) = (leftBits, rightBits)
    for round in 0..<Self.rounds {
      let noise = stream.bits(at: UInt64(round) << 48 | right)
      (left, right) = (right, left ^ (noise & ((1 << leftWidth) - 1)))
      (leftWidth, rightWidth) = (rightWidth, leftWidth)
    }
    return left << rightWidth | right
  }
}
