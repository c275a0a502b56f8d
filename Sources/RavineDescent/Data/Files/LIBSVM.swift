/// The sparse text format of libsvm and liblinear: one row a line, `target index:value …`, indices from 1 and rising;
/// what is not named is 0. A `#` begins a comment.
package enum LIBSVM {
  /// Values of the dense table that is made of a file.
  private static let valueLimit = 1 << 29

  /// The inputs x1 … xd and the target as the last column.
  package static func parse(_ bytes: [UInt8], name: String) throws(DataError) -> Table {
    if let format = ForeignFormats.name(of: bytes) {
      throw ForeignFormats.error(file: name, format: format, expected: "a libsvm file")
    }
    var reader = LIBSVMReader(name: name)
    bytes.withUnsafeBufferPointer { reader.read($0) }
    guard reader.messages.isEmpty else { throw DataError(messages: reader.messages) }
    guard !reader.targets.isEmpty else { throw DataError("`\(name)` has no rows", at: name) }
    let columns = max(reader.width, 1) + 1
    guard reader.targets.count <= valueLimit / columns else {
      throw DataError("`\(name)` has \(reader.targets.count) rows × \(columns) columns, too many", at: name)
    }
    var values = [Double](repeating: 0, count: reader.targets.count * columns)
    for entry in reader.entries { values[entry.row * columns + entry.column] = entry.value }
    for (row, target) in reader.targets.enumerated() { values[row * columns + columns - 1] = target }
    let names = (1..<columns).map { "x\($0)" } + ["target"]
    return Table(names: names, rows: reader.targets.count, columns: columns, values: values)
  }
}

private struct LIBSVMReader {
  /// Mistakes that are listed.
  private static let most = 10

  let name: String
  var targets: [Double] = []
  var entries: [(row: Int, column: Int, value: Double)] = []
  var width = 0
  var messages: [String] = []

  init(name: String) { self.name = name }

  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let content = line.prefix { $0 != UInt8(ascii: "#") }
      let words = content.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
      guard let first = words.first else { continue }
      guard messages.count < Self.most else { return }
      row(first, words.dropFirst(), line: number)
    }
  }

  private mutating func row(
    _ target: Slice<UnsafeBufferPointer<UInt8>>, _ words: ArraySlice<Slice<UnsafeBufferPointer<UInt8>>>, line: Int
  ) {
    guard case .number(let value) = NumberGrammar.value(target) else {
      fail("the target `\(text(target))` is not a number", line)
      return
    }
    targets.append(value)
    var last = 0
    for word in words {
      let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard parts.count == 2, let index = Int(text(parts[0])), index >= 1, index <= 1 << 20,
        case .number(let value) = NumberGrammar.value(parts[1])
      else {
        fail("`\(text(word))` is not `index:value` with an index from 1 to 1048576", line)
        return
      }
      guard index > last else {
        fail("index \(index) follows index \(last): indices must rise", line)
        return
      }
      last = index
      width = max(width, index)
      entries.append((targets.count - 1, index - 1, value))
    }
  }

  private func text(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String { String(decoding: bytes, as: UTF8.self) }

  private mutating func fail(_ message: String, _ line: Int) {
    messages.append(DataError.message(message, at: "\(name):\(line)", help: "write `target index:value index:value`"))
  }
}
