import RavineStore

/// The machine-readable forms of a table.
package enum DataFormat: String, Sendable, CaseIterable {
  /// A header line, then one line for each row (RFC 4180 quoting, `\n`). Numbers in full; `nan`, `inf`, `-inf` in
  /// words; nothing where a value is missing.
  case csv
  /// One JSON object for each row and line. A number that is not finite, and a missing value, is `null`.
  case jsonl
  /// One JSON object: `schema`, `columns` and `rows` (objects as in jsonl).
  case json
}

/// Builds rows of one form as bytes, cell after cell.
struct RowWriter {
  private let format: DataFormat
  /// In JSON `"name":` for each column, quoted once.
  private let keys: [[UInt8]]
  /// The last number of each column and its digits: many columns stand still from one trial to the next.
  private var last: [(bits: UInt64, digits: [UInt8])]
  private var rows = 0
  private var column = 0
  private(set) var bytes: [UInt8] = []

  init(format: DataFormat, schema: String, columns: [String]) {
    self.format = format
    keys = columns.map { Array(JSONText.string($0).utf8) + [UInt8(ascii: ":")] }
    last = columns.map { _ in (0, [UInt8(ascii: "0")]) }
    switch format {
    case .csv:
      for (index, column) in columns.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        appendQuoted(column)
      }
      bytes.append(UInt8(ascii: "\n"))
    case .jsonl: break
    case .json:
      let names = columns.map(JSONText.string).joined(separator: ",")
      bytes += Array("{\"schema\":\(JSONText.string(schema)),\"columns\":[\(names)],\"rows\":[".utf8)
    }
  }

  /// Appends the next cell of the row; one for each column, then ``endRow()``.
  mutating func append(_ cell: Cell) {
    if format == .csv {
      if column > 0 { bytes.append(UInt8(ascii: ",")) }
    } else {
      beginField()
    }
    switch cell {
    case .integer(let value): bytes.append(contentsOf: String(value).utf8)
    case .number(let value) where value.isFinite || format == .csv: append(value)
    case .text(let text): format == .csv ? appendQuoted(text) : JSONText.append(text, to: &bytes)
    case .number, .missing: if format != .csv { bytes.append(contentsOf: "null".utf8) }
    }
    column += 1
  }

  mutating func endRow() {
    if format != .csv { bytes.append(UInt8(ascii: "}")) }
    if format != .json { bytes.append(UInt8(ascii: "\n")) }
    column = 0
    rows += 1
  }

  /// Appends what ends the table.
  mutating func finish() {
    if format == .json { bytes += Array("\n]}\n".utf8) }
  }

  /// Hands over the bytes so far.
  mutating func take() -> [UInt8] {
    let taken = bytes
    bytes.removeAll(keepingCapacity: true)
    return taken
  }

  private mutating func beginField() {
    if column > 0 {
      bytes.append(UInt8(ascii: ","))
    } else {
      if format == .json { bytes.append(contentsOf: (rows == 0 ? "\n" : ",\n").utf8) }
      bytes.append(UInt8(ascii: "{"))
    }
    bytes.append(contentsOf: keys[column])
  }

  private mutating func append(_ value: Double) {
    if last[column].bits != value.bitPattern {
      last[column] = (value.bitPattern, Array(NumberText.shortest(value).utf8))
    }
    bytes.append(contentsOf: last[column].digits)
  }

  /// As it is, or between quotes with inner quotes doubled.
  private mutating func appendQuoted(_ text: String) {
    let quote = UInt8(ascii: "\"")
    let special = text.utf8.contains { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 10 || $0 == 13 }
    guard special else { return bytes.append(contentsOf: text.utf8) }
    bytes.append(quote)
    for byte in text.utf8 {
      if byte == quote { bytes.append(quote) }
      bytes.append(byte)
    }
    bytes.append(quote)
  }
}
