import RavineStore

/// A question to the trials of a run: which, grouped how, condensed how, in which order.
package struct ResultsQuery: Equatable, Sendable {
  /// All must hold.
  package var filters: [Filter] = []
  /// Nothing: one row for each trial. Otherwise one row for each combination of values that occurs.
  package var groups: [TrialColumn] = []
  /// What to show; empty for the usual.
  package var columns: [Selection] = []
  /// The result is sorted by this column (its name in the result) and otherwise left in its own order.
  package var order: Order?
  /// The most rows.
  package var limit: Int?

  package struct Order: Equatable, Sendable {
    package var column: String
    package var descending: Bool

    package init(column: String, descending: Bool) {
      self.column = column
      self.descending = descending
    }
  }

  package init() {}

  /// Answers. Without groups the rows stand in trial order. With groups they are sorted by the group columns, from the
  /// left: missing first, then numbers upwards, then words in the order in which the trials first have them; so the
  /// order of the sweep file stays.
  ///
  /// Grouping keeps the condensed columns of all matching trials in memory, 8 bytes for each value.
  /// - Throws: ``QueryError`` or ``StoreError``.
  package func run(_ store: RunStore, axes: some TrialAxes) throws -> ResultTable {
    var table = try groups.isEmpty ? trials(store, axes) : grouped(store, axes)
    try sort(&table)
    if let limit, table.rows.count > limit { table.rows.removeLast(table.rows.count - max(0, limit)) }
    return table
  }

  /// The axes and metrics of a usual table: a curve has too many points to be read in one.
  static func usualAxes(_ axes: [StoredAxis]) -> [Int] {
    axes.indices.filter { !isCurve(axes) || !axes[$0].isGapAtStep }
  }

  /// How many columns a table without `columns` and `groups` leaves out.
  package static func leftOut(_ axes: [StoredAxis]) -> Int { axes.count - usualAxes(axes).count }

  private static func isCurve(_ axes: [StoredAxis]) -> Bool { axes.count(where: \.isGapAtStep) > 8 }

  private struct LimitReached: Error {}

  private func trials(_ store: RunStore, _ axes: some TrialAxes) throws -> ResultTable {
    let stored = axes.axes
    if let condensed = columns.first(where: { $0.aggregate != nil }) {
      throw QueryError(
        headline: "`\(condensed.name(stored))` needs groups",
        helps: ["name the columns to group by, or ask for `\(condensed.column.name(stored))` alone"])
    }
    let axisColumns = Self.usualAxes(stored).map { TrialColumn.axis($0) }
    let usual = [.trial] + axisColumns + [.status, .steps, .gap, .forecastDifference]
    let shown = columns.isEmpty ? usual : columns.map(\.column)
    var table = ResultTable(
      columns: shown.map { .init(name: $0.name(stored), isText: $0.isText(stored)) }, rows: [])
    let enough = order == nil ? limit ?? .max : .max
    do {
      try store.forEachTrial(axes: axes) { row in
        guard table.rows.count < enough else { throw LimitReached() }
        if filters.allSatisfy({ $0.matches(row) }) { table.rows.append(shown.map { $0.cell(row) }) }
      }
    } catch is LimitReached {}
    return table
  }

  private func grouped(_ store: RunStore, _ axes: some TrialAxes) throws -> ResultTable {
    let stored = axes.axes
    let usual = [Selection(.steps, .median), Selection(.steps, .q10), Selection(.steps, .q90)]
    let shown = (columns.isEmpty ? usual : columns).flatMap { selection in
      selection.aggregate == nil && !groups.contains(selection.column)
        ? [Aggregate.median, .q10, .q90].map { Selection(selection.column, $0) } : [selection]
    }.filter { $0.aggregate != nil }
    if let word = shown.first(where: { $0.column.isText(stored) && $0.aggregate != .missing }) {
      let name = word.column.name(stored)
      throw QueryError(
        headline: "`\(name)` is a column of words: there is no \(word.aggregate?.rawValue ?? "") of it",
        helps: ["group by it, or count its values with a filter"])
    }
    var folded = Grouping(groups: groups, shown: shown)
    try store.forEachTrial(axes: axes) { row in
      if filters.allSatisfy({ $0.matches(row) }) { folded.add(row) }
    }
    return folded.table(stored)
  }

  private func sort(_ table: inout ResultTable) throws(QueryError) {
    guard let order else { return }
    guard let index = table.columns.firstIndex(where: { $0.name == order.column }) else {
      throw QueryError(
        headline: "cannot sort by `\(printable(order.column))`: it is not a column of this result",
        helps: ["columns: " + table.columns.map(\.name).joined(separator: ", ")])
    }
    let keyed = table.rows.enumerated().map { (key: SortKey($1[index]), position: $0, row: $1) }
    table.rows = keyed.sorted { a, b in
      if a.key == b.key { return a.position < b.position }
      // What has no value stays last either way.
      if a.key.isNothing != b.key.isNothing { return b.key.isNothing }
      return order.descending ? b.key < a.key : a.key < b.key
    }.map(\.row)
  }
}

/// A total order over cells: numbers upwards, not-a-number, words, missing.
private struct SortKey: Comparable {
  private var rank: Int
  private var number = 0.0
  private var word = ""

  init(_ cell: Cell) {
    switch cell {
    case .text(let text): (rank, word) = (2, text)
    case .missing: rank = 3
    default:
      let value = cell.numeric ?? .nan
      rank = value.isNaN ? 1 : 0
      number = value.isNaN ? 0 : value
    }
  }

  var isNothing: Bool { rank == 1 || rank == 3 }

  static func < (a: SortKey, b: SortKey) -> Bool {
    if a.rank != b.rank { return a.rank < b.rank }
    return a.number != b.number ? a.number < b.number : a.word < b.word
  }
}

extension StoredAxis {
  fileprivate var isGapAtStep: Bool { kind == .metric && path.hasPrefix("gap_at_") }
}
