import RavineDescent
import RavineStore

/// The small table that answers a sweep's question: one axis down, one across, the median number of steps to
/// convergence over everything else in each cell.
///
/// A cell whose trials mostly do not converge shows the commonest other status; a median over trials of which some did
/// not converge (they count as infinite) carries a `*`.
package struct SummaryTable: Equatable, Sendable {
  package var rows: TrialColumn
  package var columns: TrialColumn?
  /// What the cells condense; ``TrialColumn/convergenceSteps`` by default.
  package var measure: TrialColumn
  /// Where given, the cells show its correlation with `measure` over their trials.
  package var partner: TrialColumn?
  /// Whether the cells tell what it took to converge, as steps always do: trials that ended otherwise are infinite.
  package var isCost: Bool { measure == .convergenceSteps || countsToConvergence }
  /// The same for seconds, flops and gradients.
  package var countsToConvergence = false
  /// Significant digits of the cells that are no whole numbers.
  package var digits = 4

  package init(rows: TrialColumn, columns: TrialColumn? = nil, measure: TrialColumn = .convergenceSteps) {
    self.rows = rows
    self.columns = columns
    self.measure = measure
  }

  /// The first axis down and the last across, replicates aside; nil for a sweep without other axes.
  package static func usual(_ axes: [StoredAxis]) -> SummaryTable? {
    let candidates = axes.indices.filter { axes[$0].path != "seed" && axes[$0].kind != .metric }
    guard let first = candidates.first, let last = candidates.last else { return nil }
    return SummaryTable(rows: .axis(first), columns: last == first ? nil : .axis(last))
  }

  /// Folds the trials for which `keeps` holds, in trial order.
  package func fold(
    _ store: RunStore, axes: some TrialAxes, keeping keeps: (Int) -> Bool = { _ in true }
  ) throws -> Pivot {
    var pivot = Pivot(table: self, axes: axes.axes)
    try store.forEachTrial(axes: axes) { if keeps($0.trial) { pivot.add($0) } }
    return pivot
  }
}

/// A summary table with its numbers.
package struct Pivot: Sendable {
  private struct Entry {
    var values = Sample()
    var statuses = [Int](repeating: 0, count: 8)
    var trials = 0
    var pairs: [(Double, Double)] = []

    /// Pearson's, summed in trial order; nil for fewer than two pairs or where one stands still.
    var correlation: Double? {
      guard pairs.count > 1 else { return nil }
      let n = Double(pairs.count)
      let (a, b) = pairs.reduce((0.0, 0.0)) { ($0.0 + $1.0, $0.1 + $1.1) }
      let sums = pairs.reduce((0.0, 0.0, 0.0)) { sums, pair in
        let (x, y) = (pair.0 - a / n, pair.1 - b / n)
        return (sums.0 + x * x, sums.1 + y * y, sums.2 + x * y)
      }
      let size = (sums.0 * sums.1).squareRoot()
      return size > 0 ? sums.2 / size : nil
    }
  }

  /// Most cells: nobody reads more, and an axis may have millions of values.
  private static let cellLimit = 1 << 16

  private let table: SummaryTable
  private let axes: [StoredAxis]
  private var cellCount = 0
  /// Trials with values for which there was no room.
  private var leftOut = 0
  private var rowKeys = KeyList()
  private var columnKeys = KeyList()
  /// By position among the row keys, then among the column keys.
  private var entries: [[Entry]] = []

  init(table: SummaryTable, axes: [StoredAxis]) {
    self.table = table
    self.axes = axes
  }

  mutating func add(_ row: TrialRow) {
    guard let down = rowKeys.position(of: table.rows.cell(row), limit: Self.cellLimit),
      let across = columnKeys.position(of: table.columns?.cell(row) ?? .missing, limit: Self.cellLimit),
      makeRoom(down, across)
    else {
      leftOut += 1
      return
    }
    entries[down][across].trials += 1
    entries[down][across].statuses[Int(row.record.status.rawValue)] += 1
    entries[down][across].values.append(value(row))
    if let partner = table.partner, let x = table.measure.cell(row).numeric, let y = partner.cell(row).numeric,
      x.isFinite, y.isFinite
    {
      entries[down][across].pairs.append((x, y))
    }
  }

  /// What the cell condenses: infinite where a cost never led to its end.
  private func value(_ row: TrialRow) -> Cell {
    guard table.countsToConvergence, row.record.status != .converged else { return table.measure.cell(row) }
    return [.failed, .cancelled].contains(row.record.status) ? .missing : .number(.infinity)
  }

  /// Makes the entry, if it is not there; false where the limit forbids it.
  private mutating func makeRoom(_ down: Int, _ across: Int) -> Bool {
    while entries.count <= down { entries.append([]) }
    let missing = across + 1 - entries[down].count
    guard missing > 0 else { return true }
    guard cellCount + missing <= Self.cellLimit else { return false }
    cellCount += missing
    entries[down].append(contentsOf: repeatElement(Entry(), count: missing))
    return true
  }

  /// The table for people, at most `width` columns wide and `height` rows high where possible: of more keys, evenly
  /// spaced ones are shown, first and last always, and a note says so.
  package func text(width: Int = 100, height: Int = 24) -> String {
    let downOrder = Self.thinned(rowKeys.order, to: max(2, height))
    // No column is narrower than three.
    var columnLimit = max(1, min(columnKeys.order.count, max(2, width / 3)))
    var lines = rendered(downOrder, Self.thinned(columnKeys.order, to: columnLimit))
    while columnLimit > 2, (lines.map(\.count).max() ?? 0) > width {
      columnLimit -= 1
      lines = rendered(downOrder, Self.thinned(columnKeys.order, to: columnLimit))
    }
    return (lines + notes(down: downOrder.count, across: columnLimit)).joined(separator: "\n") + "\n"
  }

  private func rendered(_ down: [Int], _ across: [Int]) -> [String] {
    let rowName = table.rows.name(axes)
    let header = table.columns == nil ? [cellName] : across.map { Self.label(columnKeys.cells[$0]) }
    let rows = down.map { row in
      [Self.label(rowKeys.cells[row])]
        + across.map { column in
          let isThere = entries.indices.contains(row) && entries[row].indices.contains(column)
          let entry = isThere ? entries[row][column] : Entry()
          return text(entry)
        }
    }
    let alignments: [TextTable.Alignment] =
      [table.rows.isText(axes) ? .left : .right] + [TextTable.Alignment](repeating: .right, count: header.count)
    return TextTable(header: [rowName] + header, alignments: alignments, rows: rows).lines
  }

  /// What a cell shows, in words.
  private var cellName: String {
    table.partner.map { "correlation of \(table.measure.name(axes)) and \($0.name(axes))" } ?? "median \(measureName)"
  }

  private var measureName: String {
    if table.measure == .convergenceSteps { return "steps to convergence" }
    return table.measure.name(axes) + (table.countsToConvergence ? " to convergence" : "")
  }

  private func text(_ entry: Entry) -> String {
    guard entry.trials > 0 else { return "-" }
    if table.partner != nil { return entry.correlation.map { NumberText.significant($0, digits: table.digits) } ?? "-" }
    let median = Sample.quantile(0.5, of: entry.values.sorted)
    guard let median, median.isFinite || !table.isCost else { return commonest(entry) }
    let number =
      median == median.rounded() && median.magnitude < 1e15
      ? NumberText.grouped(Int(median)) : NumberText.significant(median, digits: table.digits)
    return number + (isMixed(entry) ? "*" : "")
  }

  private func isMixed(_ entry: Entry) -> Bool {
    table.isCost && entry.statuses[Int(TrialStatus.converged.rawValue)] < entry.trials
  }

  /// The commonest status that is not `converged`; of equals the first in the order of the statuses. A dash where all
  /// converged: then there just is no such measure.
  private func commonest(_ entry: Entry) -> String {
    let others = TrialStatus.allCases.filter { $0 != .converged }
    let most = others.map { entry.statuses[Int($0.rawValue)] }.max() ?? 0
    guard most > 0 else { return "-" }
    return others.first { entry.statuses[Int($0.rawValue)] == most }?.word ?? "-"
  }

  private func notes(down: Int, across: Int) -> [String] {
    var notes: [String] = []
    if let column = table.columns { notes.append("across: \(column.name(axes)); cells: \(cellName)") }
    if entries.joined().contains(where: { text($0).hasSuffix("*") }) {
      notes.append("* some trials of the cell did not converge; they count as infinitely long")
    }
    if leftOut > 0 {
      notes.append(
        "\(NumberText.count(leftOut, "trial")) are not in the table: it would have more than "
          + "\(NumberText.grouped(Self.cellLimit)) cells")
    }
    if down < rowKeys.cells.count {
      notes.append("\(down) of \(rowKeys.cells.count) values of \(table.rows.name(axes)) shown")
    }
    if let column = table.columns, across < columnKeys.cells.count {
      notes.append("\(across) of \(columnKeys.cells.count) values of \(column.name(axes)) shown")
    }
    return notes
  }

  private static func label(_ cell: Cell) -> String {
    if case .text(let text) = cell { return printable(text) }
    return cell.numeric.map { NumberText.significant($0) } ?? "-"
  }

  /// `count` of `order`, evenly spaced, first and last among them.
  private static func thinned(_ order: [Int], to count: Int) -> [Int] {
    guard order.count > count else { return order }
    guard count > 1 else { return Array(order.prefix(count)) }
    return (0..<count).map { order[$0 * (order.count - 1) / (count - 1)] }
  }
}

/// Distinct cells in the order of their first appearance.
private struct KeyList: Sendable {
  private(set) var cells: [Cell] = []
  /// Only looked up, never walked.
  private var positions: [Cell: Int] = [:]

  /// Nil for a new cell beyond the limit.
  mutating func position(of cell: Cell, limit: Int) -> Int? {
    if let known = positions[cell] { return known }
    guard cells.count < limit else { return nil }
    positions[cell] = cells.count
    cells.append(cell)
    return cells.count - 1
  }

  /// Positions with numbers upwards; anything else stays in order of appearance behind them.
  var order: [Int] {
    cells.indices.sorted { a, b in
      switch (cells[a].numeric, cells[b].numeric) {
      case (let x?, let y?): x != y ? x < y : a < b
      case (nil, nil): a < b
      case (let x, _): x != nil
      }
    }
  }
}
