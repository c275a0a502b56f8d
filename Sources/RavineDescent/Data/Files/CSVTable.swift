/// Collects the values of a CSV file and everything that is wrong with it.
struct CSVTable {
  private static let shownProblems = 3

  let file: String
  let separator: UInt8
  /// Fields that each record must have, and the line that says so.
  let expected: Int
  let expectedLine: Int
  var names: [String]?

  private var values: [Double] = []
  private var rows = 0
  private var raggedNotes: [String] = []
  private var raggedCount = 0
  private var raggedFirstLine = 0
  private var trailingOnly = true
  private var cellNotes: [String] = []
  private var cellCount = 0
  private var cellPlace = ""
  private var missingCount = 0

  init(file: String, separator: UInt8, expected: Int, expectedLine: Int) {
    self.file = file
    self.separator = separator
    self.expected = expected
    self.expectedLine = expectedLine
  }

  mutating func reserve(bytes: Int) { values.reserveCapacity(bytes / 8) }

  mutating func append(_ records: CSVRecords) {
    rows += 1
    guard records.fields.count == expected else {
      noteRagged(records)
      return
    }
    for (column, field) in records.fields.enumerated() {
      switch records.value(field) {
      case .number(let value): values.append(value)
      case .tooLarge: noteCell(records, column, .tooLarge)
      case .notANumber: noteCell(records, column, CSVCell.problem(records.text(field)))
      }
    }
  }

  private mutating func noteRagged(_ records: CSVRecords) {
    raggedCount += 1
    if raggedCount == 1 { raggedFirstLine = records.line }
    let last = records.fields.last
    if records.fields.count != expected + 1 || last?.range.isEmpty != true { trailingOnly = false }
    if raggedCount <= Self.shownProblems {
      raggedNotes.append("line \(records.line) (row \(rows)): found \(records.fields.count), expected \(expected)")
    }
  }

  private mutating func noteCell(_ records: CSVRecords, _ column: Int, _ problem: CSVCell.Problem) {
    cellCount += 1
    if problem == .missing { missingCount += 1 }
    guard cellCount <= Self.shownProblems else { return }
    if cellCount == 1 { cellPlace = "\(file):\(records.line)" }
    let text = CSVCell.shown(records.text(records.fields[column]))
    cellNotes.append(
      "line \(records.line) (row \(rows)), column \(columnLabel(column)): `\(text)` is \(problem.explanation)")
  }

  private func columnLabel(_ column: Int) -> String {
    names.map { "`\(CSVCell.shown($0[column]))`" } ?? "\(column) (counted from 0)"
  }

  /// The table, or all problems.
  func finish(headerAssumed: Bool) throws(DataError) -> Table {
    var messages: [String] = []
    if raggedCount > 0 { messages.append(raggedMessage) }
    if cellCount > 0 { messages.append(cellMessage) }
    if rows == 0 {
      let help = headerAssumed ? "if line \(expectedLine) holds data, say `header: absent`" : nil
      messages.append(DataError.message("`\(file)` has a header but no rows", at: file, help: help))
    }
    guard messages.isEmpty else { throw DataError(messages: messages) }
    return Table(names: names, rows: rows, columns: expected, values: values)
  }

  private var raggedMessage: String {
    let what = raggedCount == 1 ? "1 row has" : "\(raggedCount) rows have"
    let more = raggedCount > raggedNotes.count ? ["and \(raggedCount - raggedNotes.count) more"] : []
    var help: String?
    if trailingOnly {
      help = "these lines end with a separator; remove it"
    } else if separator == UInt8(ascii: ",") {
      help = "the separator was taken to be `,`; decimal commas need `;` between the fields"
    }
    return DataError.message(
      "\(what) not the \(expected) fields of line \(expectedLine) in `\(file)`", at: "\(file):\(raggedFirstLine)",
      notes: raggedNotes + more, help: help)
  }

  private var cellMessage: String {
    let what = cellCount == 1 ? "1 cell is not a number" : "\(cellCount) cells are not numbers"
    let more = cellCount > cellNotes.count ? ["and \(cellCount - cellNotes.count) more"] : []
    let help =
      missingCount > 0 ? "fill in the missing values or remove their rows: they are never guessed" : nil
    return DataError.message("\(what) in `\(file)`", at: cellPlace, notes: cellNotes + more, help: help)
  }
}
