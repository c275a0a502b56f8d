/// The header of an NPY file: a Python dictionary literal with the keys `descr`, `fortran_order` and `shape`.
struct NPYHeader: Equatable {
  var descr: String
  var fortranOrder: Bool
  var shape: [Int]

  /// Reads the literal; nil where it is not one that NumPy writes (structured types among them).
  init?(_ text: some Sequence<UInt8>) {
    var reader = LiteralReader(bytes: Array(text))
    guard reader.take("{") else { return nil }
    var descr: String?
    var order: Bool?
    var shape: [Int]?
    while !reader.take("}") {
      guard let key = reader.string(), reader.take(":") else { return nil }
      switch key {
      case "descr" where descr == nil: descr = reader.string()
      case "fortran_order" where order == nil: order = reader.boolean()
      case "shape" where shape == nil: shape = reader.tuple()
      default: return nil
      }
      if !reader.take(",") {
        guard reader.take("}") else { return nil }
        break
      }
    }
    guard reader.isAtEnd, let descr, let order, let shape else { return nil }
    self.descr = descr
    fortranOrder = order
    self.shape = shape
  }
}

/// Reads the few Python literals of an NPY header.
private struct LiteralReader {
  let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func skipSpaces() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  var isAtEnd: Bool { bytes[position...].allSatisfy { [0x20, 0x09, 0x0A, 0x0D, 0x00].contains($0) } }

  mutating func take(_ word: String) -> Bool {
    skipSpaces()
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  mutating func string() -> String? {
    skipSpaces()
    guard position < bytes.count, bytes[position] == 0x27 || bytes[position] == 0x22 else { return nil }
    let mark = bytes[position]
    guard let end = bytes[(position + 1)...].firstIndex(of: mark) else { return nil }
    let text = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
    position = end + 1
    return text.contains("\\") ? nil : text
  }

  mutating func boolean() -> Bool? {
    if take("True") { return true }
    return take("False") ? false : nil
  }

  mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var numbers: [Int] = []
    while !take(")") {
      skipSpaces()
      let digits = bytes[position...].prefix { $0 >= 0x30 && $0 <= 0x39 }
      guard !digits.isEmpty, let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      position = digits.endIndex
      numbers.append(number)
      _ = take("L")
      if !take(",") { return take(")") ? numbers : nil }
    }
    return numbers
  }
}
