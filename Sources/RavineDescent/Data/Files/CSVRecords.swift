/// One field of a record: a range of the file's bytes, without its quotes and surrounding spaces.
struct CSVField {
  var range: Range<Int>
  var quoted: Bool
}

/// Splits bytes into records and fields: RFC 4180 quotes, any of LF, CRLF and CR, blank lines skipped.
struct CSVRecords {
  private static let lineLimit = 64 << 20
  private static let quote = UInt8(ascii: "\"")

  private let bytes: UnsafeBufferPointer<UInt8>
  private let separator: UInt8
  private let file: String
  private var position: Int
  private var nextLine = 1
  /// The fields of the current record.
  private(set) var fields: [CSVField] = []
  /// Line (from 1) on which the current record starts.
  private(set) var line = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, separator: UInt8, file: String) {
    self.bytes = bytes
    self.separator = separator
    self.file = file
    position = start
  }

  /// Reads the next record; false at the end.
  mutating func next() throws(DataError) -> Bool {
    skipBlankLines()
    guard position < bytes.count else { return false }
    line = nextLine
    fields.removeAll(keepingCapacity: true)
    let start = position
    while true {
      try readField(recordStart: start)
      guard position < bytes.count, bytes[position] == separator else { break }
      position += 1
      // A separator at the very end of the file still opens a last, empty field.
    }
    endLine()
    return true
  }

  private mutating func skipBlankLines() {
    while position < bytes.count, isLineEnd(bytes[position]) { endLine() }
  }

  private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte == 0x09 && separator != 0x09) }

  /// Steps over one line end, if there is one.
  private mutating func endLine() {
    guard position < bytes.count else { return }
    if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A { position += 1 }
    position += 1
    nextLine += 1
  }

  private mutating func readField(recordStart: Int) throws(DataError) {
    var start = position
    while start < bytes.count, isSpace(bytes[start]) { start += 1 }
    if start < bytes.count, bytes[start] == Self.quote {
      position = start
      try readQuoted(recordStart: recordStart)
      return
    }
    while position < bytes.count, bytes[position] != separator, !isLineEnd(bytes[position]) {
      try checkByte(recordStart: recordStart)
      position += 1
    }
    var end = position
    start = min(start, end)
    while end > start, isSpace(bytes[end - 1]) { end -= 1 }
    fields.append(CSVField(range: start..<end, quoted: false))
  }

  private mutating func readQuoted(recordStart: Int) throws(DataError) {
    position += 1
    let start = position
    while true {
      guard position < bytes.count else {
        throw DataError(
          "`\(file)` ends inside a quoted field", at: "\(file):\(line)",
          notes: ["the quote that opens in the record of line \(line) is never closed"])
      }
      try checkByte(recordStart: recordStart)
      if bytes[position] == Self.quote {
        guard position + 1 < bytes.count, bytes[position + 1] == Self.quote else { break }
        position += 1
      } else if bytes[position] == 0x0A {
        nextLine += 1
      }
      position += 1
    }
    fields.append(CSVField(range: start..<position, quoted: true))
    position += 1
    while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    guard position == bytes.count || bytes[position] == separator || isLineEnd(bytes[position]) else {
      throw DataError(
        "`\(file)` has text after a closing quote", at: "\(file):\(line)",
        notes: ["field \(fields.count) of the record of line \(line)"], help: "write a quote inside quotes as `\"\"`")
    }
  }

  private func checkByte(recordStart: Int) throws(DataError) {
    if bytes[position] == 0 {
      throw DataError(
        "`\(file)` holds a NUL byte at offset \(position): this is not a text file", at: "\(file):\(nextLine)")
    }
    if position - recordStart >= Self.lineLimit {
      throw DataError(
        "line \(line) of `\(file)` is longer than 64 MiB", at: "\(file):\(line)",
        notes: ["it starts at byte offset \(recordStart)"], help: "is this really a table with one row per line?")
    }
  }

  /// The text of a field, doubled quotes undone.
  func text(_ field: CSVField) -> String {
    let raw = String(decoding: bytes[field.range], as: UTF8.self)
    guard field.quoted, raw.contains("\"\"") else { return raw }
    var text = ""
    var skip = false
    for character in raw {
      if character == "\"", !skip {
        skip = true
        continue
      }
      skip = false
      text.append(character)
    }
    return text
  }

  func value(_ field: CSVField) -> NumberGrammar.Value { NumberGrammar.value(bytes[field.range]) }
}
