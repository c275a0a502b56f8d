/// Which of many combinations are kept, with the number kept before any position in constant time.
struct KeptRank: Sendable {
  private var words: [UInt64] = []
  private var counts: [UInt32] = []
  let count: Int

  /// Up to 2^32 − 1 combinations.
  init(count: Int, isKept: (Int) -> Bool) {
    self.count = count
    var total: UInt32 = 0
    for start in stride(from: 0, through: count, by: 64) {
      var word: UInt64 = 0
      for bit in 0..<min(64, count - start) where isKept(start + bit) { word |= 1 << UInt64(bit) }
      words.append(word)
      counts.append(total)
      total += UInt32(word.nonzeroBitCount)
    }
  }

  /// Kept combinations before `position`, 0 ≤ position ≤ count.
  @inline(__always)
  func before(_ position: Int) -> Int {
    let mask: UInt64 = (1 << UInt64(position & 63)) &- 1
    return Int(counts[position >> 6]) + (words[position >> 6] & mask).nonzeroBitCount
  }

  /// Kept in all.
  var total: Int { before(count) }
}
