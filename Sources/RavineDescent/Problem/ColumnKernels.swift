/// Inner loops over padded columns. Eight-lane blocks in a fixed order, no fused multiply-add: the same bits on every
/// host. Pointers are 64-byte aligned; counts are in blocks of eight.
enum ColumnKernels {
  /// Blocks added plainly before the partial sum joins the compensated total.
  private static let chunk = 64

  @inline(__always)
  static func blocks(_ pointer: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<Block> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Block.self)
  }

  /// The lanes' sum, as a tree.
  @inline(__always)
  static func total(_ block: Block) -> Double {
    let four = block.lowHalf + block.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  /// Σ a_i b_i. Long columns: chunks of 512 rows, summed with compensation (Knuth's two-sum), so that the error does
  /// not grow with the number of rows.
  static func dot(_ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, blocks count: Int) -> Double {
    let (x, y) = (blocks(a), blocks(b))
    if count <= chunk { return total(plainDot(x, y, 0, count)) }
    var sum = Block(repeating: 0)
    var lost = Block(repeating: 0)
    var start = 0
    while start < count {
      let end = min(start + chunk, count)
      accumulate(plainDot(x, y, start, end), &sum, &lost)
      start = end
    }
    return total(sum + lost)
  }

  @inline(__always)
  private static func accumulate(_ value: Block, _ sum: inout Block, _ lost: inout Block) {
    let high = sum + value
    let shadow = high - sum
    lost += (sum - (high - shadow)) + (value - shadow)
    sum = high
  }

  @inline(__always)
  private static func plainDot(
    _ x: UnsafeMutablePointer<Block>, _ y: UnsafeMutablePointer<Block>, _ start: Int, _ end: Int
  ) -> Block {
    var even = Block(repeating: 0)
    var odd = Block(repeating: 0)
    var i = start
    while i + 1 < end {
      even += x[i] * y[i]
      odd += x[i + 1] * y[i + 1]
      i += 2
    }
    if i < end { even += x[i] * y[i] }
    return even + odd
  }

  /// Σ a_i, compensated like ``dot(_:_:blocks:)``.
  static func sum(_ a: UnsafeMutablePointer<Double>, blocks count: Int) -> Double {
    let x = blocks(a)
    var sum = Block(repeating: 0)
    var lost = Block(repeating: 0)
    for i in 0..<count { accumulate(x[i], &sum, &lost) }
    return total(sum + lost)
  }

  /// a ← a + factor · b.
  static func add(
    _ factor: Double, _ b: UnsafeMutablePointer<Double>, to a: UnsafeMutablePointer<Double>, blocks count: Int
  ) {
    let (x, y) = (blocks(a), blocks(b))
    for i in 0..<count { x[i] += factor * y[i] }
  }

  /// a ← a − factor · v from block `first` on; gives Σ a_i² over those blocks afterwards.
  static func subtract(
    _ factor: Double, _ v: UnsafeMutablePointer<Double>, from a: UnsafeMutablePointer<Double>, first: Int,
    blocks count: Int
  ) -> Double {
    let (x, y) = (blocks(a), blocks(v))
    var even = Block(repeating: 0)
    var odd = Block(repeating: 0)
    var i = first
    while i + 1 < count {
      let p = x[i] - factor * y[i]
      let q = x[i + 1] - factor * y[i + 1]
      x[i] = p
      x[i + 1] = q
      even += p * p
      odd += q * q
      i += 2
    }
    if i < count {
      let p = x[i] - factor * y[i]
      x[i] = p
      even += p * p
    }
    return total(even + odd)
  }

  /// (a, b) ← (c a − s b, s a + c b).
  static func rotate(
    _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, cosine: Double, sine: Double,
    blocks count: Int
  ) {
    let (x, y) = (blocks(a), blocks(b))
    for i in 0..<count {
      let (p, q) = (x[i], y[i])
      x[i] = cosine * p - sine * q
      y[i] = sine * p + cosine * q
    }
  }
}
