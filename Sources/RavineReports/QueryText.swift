import RavineDescent
import RavineStore

/// A query that cannot be understood; the message is for people.
package struct QueryError: Error, Equatable, Sendable, CustomStringConvertible {
  package var headline: String
  package var helps: [String] = []

  package var description: String {
    (["error[RV-3101]: " + headline] + helps.map { "   = help: " + $0 }).joined(separator: "\n")
  }
}

/// The column names of one run.
package struct ColumnNames: Sendable {
  private let axes: [StoredAxis]
  private let columns: [TrialColumn]

  package init(_ axes: [StoredAxis]) {
    self.axes = axes
    columns = Export.columns(axes) + TrialColumn.derived
  }

  package var all: [String] { columns.map { $0.name(axes) } }

  package func column(_ name: String) throws(QueryError) -> TrialColumn {
    if let found = columns.first(where: { $0.name(axes) == name }) { return found }
    // The last part of a path is enough where only one axis ends so.
    let ends = columns.filter { $0.name(axes).hasSuffix("." + name) }
    if ends.count == 1 { return ends[0] }
    var helps: [String] = []
    if let near = nearest(name) { helps.append("did you mean `\(near)`?") }
    helps.append("columns: " + all.joined(separator: ", "))
    throw QueryError(headline: "unknown column `\(printable(name))`", helps: helps)
  }

  private func nearest(_ name: String) -> String? {
    let ranked = all.map { (name: $0, distance: editDistance(Array($0.utf8), Array(name.utf8))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(2, name.utf8.count / 4) ? best.name : nil
  }
}

/// Levenshtein's distance.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let substituted = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = Swift.min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}

/// `column op value`: a condition that a trial must meet.
package struct Filter: Equatable, Sendable {
  package enum Comparison: String, Sendable, CaseIterable {
    // Longer ones first: parsing takes the first that fits.
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case unequal = "!="
    case same = "=="
    case equal = "="
    case less = "<"
    case greater = ">"
  }

  package var column: TrialColumn
  package var comparison: Comparison
  package var value: Cell

  /// Reads `optimizer.step >= 1.5`, `status = diverged`, `gap = nan`, `optimizer.momentum = missing`; blanks around
  /// the operator do not matter.
  package static func parse(_ text: String, axes: [StoredAxis]) throws(QueryError) -> Filter {
    let scalars = text.unicodeScalars
    guard let start = scalars.firstIndex(where: { "<>=!".unicodeScalars.contains($0) }) else {
      throw QueryError(
        headline: "no comparison in the filter `\(printable(text))`", helps: ["write for example `status = converged`"])
    }
    let rest = scalars[start...]
    guard let comparison = Comparison.allCases.first(where: { rest.starts(with: $0.rawValue.unicodeScalars) }) else {
      throw QueryError(
        headline: "unknown comparison in the filter `\(printable(text))`", helps: ["there are = != < <= > >="])
    }
    let name = trimmed(String(scalars[..<start]))
    let column = try ColumnNames(axes).column(name)
    let word = trimmed(String(rest.dropFirst(comparison.rawValue.unicodeScalars.count)))
    return Filter(column: column, comparison: comparison, value: try value(word, column, name, axes))
  }

  private static func value(
    _ word: String, _ column: TrialColumn, _ name: String, _ axes: [StoredAxis]
  ) throws(QueryError) -> Cell {
    if word == "missing" { return .missing }
    if column == .status || column == .forecastStatus {
      let words = TrialStatus.allCases.map(\.word)
      guard words.contains(word) else {
        throw QueryError(
          headline: "`\(printable(word))` is not a status", helps: ["statuses: " + words.joined(separator: ", ")])
      }
    }
    if column.isText(axes) { return .text(word) }
    guard let number = Double(word) else {
      // An axis of numbers may hold words too: `optimal`, `all`.
      if case .axis = column { return .text(word) }
      throw QueryError(headline: "`\(printable(word))` is not a number, and `\(name)` is a column of numbers")
    }
    return .number(number)
  }

  private static func trimmed(_ text: String) -> String {
    let blank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
    let scalars = text.unicodeScalars.drop(while: blank)
    return String(String.UnicodeScalarView(scalars.reversed().drop(while: blank).reversed()))
  }

  /// Whether `row` meets the condition. A missing value equals only `missing`, a not-a-number only `nan`; neither is
  /// more or less than anything.
  package func matches(_ row: TrialRow) -> Bool {
    let cell = column.cell(row)
    let equal: Bool
    let less: Bool
    switch (cell, value) {
    case (.missing, .missing): (equal, less) = (true, false)
    case (.missing, _), (_, .missing): return comparison == .unequal
    case (.text(let a), .text(let b)) where Double(b) == nil: (equal, less) = (a == b, a < b)
    default:
      // A column of words may hold numbers: `0.1` beside `1/L`.
      guard let a = Self.number(cell), let b = Self.number(value) else { return comparison == .unequal }
      if a.isNaN || b.isNaN { return (comparison == .unequal) != ((a.isNaN && b.isNaN) && isEquality) }
      (equal, less) = (a == b, a < b)
    }
    switch comparison {
    case .equal, .same: return equal
    case .unequal: return !equal
    case .less: return less
    case .lessOrEqual: return less || equal
    case .greater: return !less && !equal
    case .greaterOrEqual: return !less
    }
  }

  private static func number(_ cell: Cell) -> Double? {
    guard case .text(let text) = cell else { return cell.numeric }
    return Double(text)
  }

  private var isEquality: Bool { [.equal, .same, .unequal].contains(comparison) }
}

/// A column to show: as it is, or condensed within each group.
package struct Selection: Equatable, Sendable {
  package var column: TrialColumn
  package var aggregate: Aggregate?

  package init(_ column: TrialColumn, _ aggregate: Aggregate? = nil) {
    self.column = column
    self.aggregate = aggregate
  }

  /// Reads `steps` or `median(steps)`.
  package static func parse(_ text: String, axes: [StoredAxis]) throws(QueryError) -> Selection {
    let names = ColumnNames(axes)
    guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return Selection(try names.column(text)) }
    let word = String(text[..<open])
    guard let aggregate = Aggregate(rawValue: word) else {
      let known = Aggregate.allCases.map(\.rawValue).joined(separator: ", ")
      throw QueryError(headline: "unknown aggregate `\(printable(word))`", helps: ["aggregates: " + known])
    }
    let column = try names.column(String(text[text.index(after: open)...].dropLast()))
    return Selection(column, aggregate)
  }

  func name(_ axes: [StoredAxis]) -> String {
    let name = column.name(axes)
    return aggregate.map { "\($0.rawValue)(\(name))" } ?? name
  }
}
