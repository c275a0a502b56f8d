/// One SIMD block of a column. Eight lanes whatever the host: the order of additions, and so the bits, are the same.
typealias Block = SIMD8<Double>

/// A matrix stored column by column. Every column starts on a 64-byte boundary and is padded to a multiple of eight
/// rows; the padding is and must stay zero. It owns its memory.
struct ColumnMatrix: ~Copyable {
  let rows: Int
  /// Columns in use; at most `capacity`.
  private(set) var columns: Int
  let capacity: Int
  /// Distance between columns in elements, a multiple of 8.
  let stride: Int
  let base: UnsafeMutablePointer<Double>

  /// All zero. `capacity` ≥ `columns` leaves room for ``append()``.
  init(rows: Int, columns: Int, capacity: Int? = nil) {
    self.rows = rows
    self.columns = columns
    self.capacity = max(capacity ?? columns, columns)
    stride = Self.padded(rows)
    let count = max(stride * self.capacity, 8)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
    base = raw.initializeMemory(as: Double.self, repeating: 0, count: count)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }

  /// The next multiple of eight.
  static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

  /// Column `index`: `stride` elements, the first `rows` of which count.
  @inline(__always)
  func column(_ index: Int) -> UnsafeMutablePointer<Double> { base + index * stride }

  /// Number of SIMD blocks in a column.
  var blocks: Int { stride / 8 }

  /// Opens one more column, zero, and gives it. Precondition: `columns < capacity`.
  mutating func append() -> UnsafeMutablePointer<Double> {
    columns += 1
    let added = column(columns - 1)
    added.update(repeating: 0, count: stride)
    return added
  }

  /// Keeps the first `count` columns.
  mutating func keepFirst(_ count: Int) { columns = count }

  /// A copy with `extraRows` zero rows below, and room for `capacity` columns.
  func copy(extraRows: Int = 0, capacity: Int? = nil) -> ColumnMatrix {
    let result = ColumnMatrix(rows: rows + extraRows, columns: columns, capacity: capacity)
    for j in 0..<columns { result.column(j).update(from: column(j), count: rows) }
    return result
  }
}
