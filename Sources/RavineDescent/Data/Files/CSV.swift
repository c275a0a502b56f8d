/// Comma-separated tables of numbers (RFC 4180; `;` and tab are recognised as separators too).
package enum CSV {
  /// Reads a table.
  ///
  /// - Parameters:
  ///   - bytes: the whole file, UTF-8, with or without a byte order mark; any line ends; blank lines are skipped.
  ///   - name: the file's name for messages.
  ///   - header: whether the first line names the columns. `detect`: it does unless it holds a number or a missing
  ///     value.
  /// - Throws: every problem at once: ragged rows, cells that are not numbers, another file format, no rows.
  package static func parse(_ bytes: [UInt8], name: String, header: HeaderRule) throws(DataError) -> Table {
    if let format = ForeignFormats.name(of: bytes) {
      throw ForeignFormats.error(file: name, format: format, expected: "CSV")
    }
    let outcome: Result<Table, DataError> = bytes.withUnsafeBufferPointer { buffer in
      do throws(DataError) { return .success(try parse(buffer, name: name, header: header)) } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String, header: HeaderRule
  ) throws(DataError) -> Table {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let separator = separator(bytes, from: start)
    var records = CSVRecords(bytes, from: start, separator: separator, file: name)
    guard try records.next() else { throw DataError("`\(name)` is empty", at: name) }
    if header == .detect { try refuseNumberedHeader(records, name) }
    let hasHeader = header == .present || (header == .detect && looksLikeHeader(records))
    var names: [String]?
    var table = CSVTable(file: name, separator: separator, expected: records.fields.count, expectedLine: records.line)
    if hasHeader {
      names = records.fields.enumerated().map { index, field in
        let text = records.text(field)
        return text.isEmpty ? "column \(index)" : text
      }
      table.names = names
    } else {
      table.append(records)
    }
    table.reserve(bytes: bytes.count)
    while try records.next() { table.append(records) }
    return try table.finish(headerAssumed: hasHeader && header == .detect)
  }

  /// The separator by the first line that is not blank: `;`, else tab, else comma, whichever it contains outside
  /// quotes.
  private static func separator(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> UInt8 {
    var quoted = false
    var tab = false
    var seen = false
    for byte in bytes[start...] {
      if byte == UInt8(ascii: "\"") { quoted.toggle() }
      if quoted { continue }
      if byte == UInt8(ascii: ";") { return byte }
      if byte == 0x09 { tab = true }
      if byte == 0x0A || byte == 0x0D {
        if seen { break }
      } else if byte != 0x20 {
        seen = true
      }
    }
    return tab ? 0x09 : UInt8(ascii: ",")
  }

  /// `0,1,2,…` may be names written by a program or the first row: that is not for us to guess.
  private static func refuseNumberedHeader(_ records: CSVRecords, _ name: String) throws(DataError) {
    let fields = records.fields
    guard fields.count >= 3, fields.indices.allSatisfy({ records.text(fields[$0]) == String($0) }) else { return }
    throw DataError(
      "line \(records.line) of `\(name)` reads 0,1,2,…: names of columns or the first row?",
      at: "\(name):\(records.line)", help: "say `header: present` or `header: absent`")
  }

  /// Names of columns are neither numbers nor missing values.
  private static func looksLikeHeader(_ records: CSVRecords) -> Bool {
    let named = records.fields.filter { !$0.range.isEmpty }
    return !named.isEmpty
      && named.allSatisfy { field in
        records.value(field) == .notANumber && CSVCell.problem(records.text(field)) == .text
      }
  }
}
