/// Aligned text for people: numbers to the right, words to the left.
package struct TextTable: Equatable, Sendable {
  package enum Alignment: Sendable { case left, right }

  package var header: [String]
  package var alignments: [Alignment]
  package var rows: [[String]]

  package init(header: [String], alignments: [Alignment], rows: [[String]] = []) {
    self.header = header
    self.alignments = alignments
    self.rows = rows
  }

  /// The lines: header, rule, rows. No trailing blanks.
  package var lines: [String] {
    var widths = header.map(\.count)
    for row in rows {
      for (index, cell) in row.prefix(widths.count).enumerated() { widths[index] = max(widths[index], cell.count) }
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([header, rule] + rows).map { line($0, widths) }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = ""
    for (index, cell) in cells.enumerated() where index < widths.count {
      if index > 0 { text += "  " }
      let blanks = String(repeating: " ", count: widths[index] - cell.count)
      text += alignments[index] == .right ? blanks + cell : cell + blanks
    }
    while text.last == " " { text.removeLast() }
    return text
  }
}
