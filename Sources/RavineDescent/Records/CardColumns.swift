/// Problem cards as one column frame.
///
/// After the header of ``ColumnFrame``, for n cards: problem u64 · samples u64 · λ_max f64 · λ_min f64 · stable rank
/// f64 · entropy rank f64 · loss at start f64 · loss at optimum f64 · dimension u32 · null dimension u32 (n entries
/// each).
package enum CardColumns {
  private static let wideColumns = 8
  private static let bytesPerCard = wideColumns * 8 + 8

  /// The frame of `cards`, in their order; `problem` is the problem's ordinal in the plan.
  package static func encode(_ cards: [(problem: UInt64, card: ProblemCard)]) -> [UInt8] {
    let count = cards.count
    let length = ColumnFrame.headerLength + count * bytesPerCard
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[0..<length]))
      for row in 0..<count {
        let (problem, card) = cards[row]
        bytes.put(problem, wide(0, row, count))
        bytes.put(card.samples, wide(1, row, count))
        bytes.put(card.lambdaMax, wide(2, row, count))
        bytes.put(card.lambdaMin, wide(3, row, count))
        bytes.put(card.stableRank, wide(4, row, count))
        bytes.put(card.entropyRank, wide(5, row, count))
        bytes.put(card.lossAtStart, wide(6, row, count))
        bytes.put(card.lossAtOptimum, wide(7, row, count))
        bytes.put(card.dimension, narrow(0, row, count))
        bytes.put(card.nullDimension, narrow(1, row, count))
      }
      ColumnFrame(first: 0, count: count, extra: 0).seal(bytes, kind: .cards)
      initialized = length
    }
  }

  /// The cards of a frame, in its order. Never traps, whatever the bytes.
  package static func decode(_ bytes: [UInt8]) throws(ColumnsError) -> [(problem: UInt64, card: ProblemCard)] {
    let result = bytes.withUnsafeBytes { (buffer) -> Result<[(problem: UInt64, card: ProblemCard)], ColumnsError> in
      Result { () throws(ColumnsError) in try rows(buffer) }
    }
    return try result.get()
  }

  private static func rows(
    _ bytes: UnsafeRawBufferPointer
  ) throws(ColumnsError) -> [(problem: UInt64, card: ProblemCard)] {
    let frame = try ColumnFrame.header(bytes, kind: .cards)
    let count = frame.count
    let expected = ColumnFrame.headerLength + count * bytesPerCard
    guard bytes.count == expected else { throw .wrongLength(expected: expected, found: bytes.count) }
    guard frame.first == 0, frame.extra == 0 else { throw .notAFrame }
    try ColumnFrame.verify(bytes)
    return (0..<count).map { row in
      let card = ProblemCard(
        dimension: bytes.load32(narrow(0, row, count)), samples: bytes.load64(wide(1, row, count)),
        nullDimension: bytes.load32(narrow(1, row, count)), lambdaMax: bytes.loadDouble(wide(2, row, count)),
        lambdaMin: bytes.loadDouble(wide(3, row, count)), stableRank: bytes.loadDouble(wide(4, row, count)),
        entropyRank: bytes.loadDouble(wide(5, row, count)), lossAtStart: bytes.loadDouble(wide(6, row, count)),
        lossAtOptimum: bytes.loadDouble(wide(7, row, count)))
      return (bytes.load64(wide(0, row, count)), card)
    }
  }

  private static func wide(_ column: Int, _ row: Int, _ count: Int) -> Int {
    ColumnFrame.headerLength + (column * count + row) * 8
  }

  private static func narrow(_ column: Int, _ row: Int, _ count: Int) -> Int {
    ColumnFrame.headerLength + wideColumns * count * 8 + (column * count + row) * 4
  }
}
