/// The mini-batches of a trial, keyed by the problem's seed: trials of one problem see the same batches.
package struct BatchOrder {
  private let batch: Batch
  private let rows: Int
  private let random: RandomStream
  private var order: [Int] = []
  private var epoch: UInt64 = 0
  private var place = 0
  private var drawn: UInt64 = 0

  /// Part of the results: never change.
  private static let stream: UInt64 = 19 << 32

  package init(_ batch: Batch, rows: Int, seed: UInt64) {
    self.batch = batch
    self.rows = rows
    random = RandomStream(seed: seed, stream: Self.stream)
  }

  /// Steps of one epoch.
  static func epoch(_ batch: Batch, rows: Int) -> UInt64 {
    let size = max(1, min(Int(batch.size), max(rows, 1)))
    return batch.sampling == .fresh ? 1 : UInt64((max(rows, 1) + size - 1) / size)
  }

  /// The rows of the next step.
  package mutating func next() -> [Int] {
    if batch.sampling == .withReplacement {
      return (0..<Int(batch.size)).map { _ in
        drawn += 1
        return Int(random.bits(at: drawn - 1) % UInt64(rows))
      }
    }
    if place >= order.count { shuffle() }
    let size = min(Int(batch.size), rows)
    defer { place += size }
    return Array(order[place..<min(place + size, rows)])
  }

  /// Fisher-Yates, from the top down.
  private mutating func shuffle() {
    order = Array(0..<rows)
    place = 0
    for top in stride(from: rows - 1, to: 0, by: -1) {
      let index = epoch &* UInt64(rows) &+ UInt64(top)
      order.swapAt(top, Int(random.bits(at: index) % UInt64(top + 1)))
    }
    epoch += 1
  }
}
