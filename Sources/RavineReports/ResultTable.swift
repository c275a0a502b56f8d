/// The answer to a query: typed columns and rows in a total order.
package struct ResultTable: Equatable, Sendable {
  package static let schema = "ravine-results 1"

  package struct Column: Equatable, Sendable {
    package var name: String
    package var isText: Bool

    package init(name: String, isText: Bool) {
      self.name = name
      self.isText = isText
    }
  }

  package var columns: [Column]
  package var rows: [[Cell]]

  package init(columns: [Column], rows: [[Cell]]) {
    self.columns = columns
    self.rows = rows
  }

  /// For people: counts grouped by thousands, other numbers to `digits` significant digits.
  package func text(digits: Int = 5) -> String {
    let table = TextTable(
      header: columns.map(\.name), alignments: columns.map { $0.isText ? .left : .right },
      rows: rows.map { row in row.map { Self.text($0, digits: digits) } })
    return table.lines.joined(separator: "\n") + "\n"
  }

  /// For programs, with every digit.
  package func bytes(_ format: DataFormat) -> [UInt8] {
    var writer = RowWriter(format: format, schema: Self.schema, columns: columns.map(\.name))
    for row in rows {
      for cell in row { writer.append(cell) }
      writer.endRow()
    }
    writer.finish()
    return writer.take()
  }

  /// A cell for people; `-` where a value is missing.
  static func text(_ cell: Cell, digits: Int) -> String {
    switch cell {
    case .integer(let value): NumberText.grouped(value)
    case .number(let value): NumberText.significant(value, digits: digits)
    case .text(let text): printable(text)
    case .missing: "-"
    }
  }
}

/// `text` without control characters, which could rewrite a terminal.
func printable(_ text: String) -> String {
  var kept = "".unicodeScalars
  for scalar in text.unicodeScalars { kept.append(scalar.properties.generalCategory == .control ? "?" : scalar) }
  return String(kept)
}
