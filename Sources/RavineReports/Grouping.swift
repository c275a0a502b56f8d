import RavineDescent
import RavineStore

/// Trials gathered by the values of some columns, in trial order.
struct Grouping {
  private struct Group {
    var key: [Cell]
    var trials = 0
    var converged = 0
    var samples: [Sample]
  }

  private let columns: [TrialColumn]
  private let shown: [Selection]
  /// The columns behind `shown`, each once.
  private let sampled: [TrialColumn]
  private var groups: [Group] = []
  /// Only looked up, never walked: its order is random.
  private var positions: [[Cell]: Int] = [:]

  init(groups columns: [TrialColumn], shown: [Selection]) {
    self.columns = columns
    self.shown = shown
    var sampled: [TrialColumn] = []
    for selection in shown where !sampled.contains(selection.column) { sampled.append(selection.column) }
    self.sampled = sampled
  }

  mutating func add(_ row: TrialRow) {
    let key = columns.map { Self.key($0.cell(row)) }
    let position = positions[key] ?? groups.count
    if position == groups.count {
      positions[key] = position
      groups.append(Group(key: key, samples: [Sample](repeating: Sample(), count: sampled.count)))
    }
    groups[position].trials += 1
    if row.record.status == .converged { groups[position].converged += 1 }
    for (index, column) in sampled.enumerated() { groups[position].samples[index].append(column.cell(row)) }
  }

  /// Equal values must make equal keys: all kinds of not-a-number one, both zeros one.
  private static func key(_ cell: Cell) -> Cell {
    guard case .number(let value) = cell else { return cell }
    if value.isNaN { return .text("nan") }
    return value == 0 ? .number(0) : cell
  }

  /// The group columns, `trials`, `converged`, then the condensed columns.
  func table(_ axes: [StoredAxis]) -> ResultTable {
    let keys = columns.map { ResultTable.Column(name: $0.name(axes), isText: $0.isText(axes)) }
    let counts = ["trials", "converged"].map { ResultTable.Column(name: $0, isText: false) }
    let condensed = shown.map { ResultTable.Column(name: $0.name(axes), isText: false) }
    let rows = sorted().map { group -> [Cell] in
      let ordered = group.samples.map(\.sorted)
      let values = shown.map { selection -> Cell in
        guard let index = sampled.firstIndex(of: selection.column) else { return .missing }
        return selection.aggregate?.value(group.samples[index], sorted: ordered[index]) ?? .missing
      }
      return group.key + [.integer(group.trials), .integer(group.converged)] + values
    }
    return ResultTable(columns: keys + counts + condensed, rows: rows)
  }

  private func sorted() -> [Group] {
    var seen = [[String: Int]](repeating: [:], count: columns.count)
    let ranked = groups.enumerated().map { position, group in
      let rank = group.key.enumerated().map { column, cell -> (Int, Double) in
        switch cell {
        case .missing: return (0, 0)
        case .integer, .number: return (1, cell.numeric ?? 0)
        case .text(let word):
          let first = seen[column][word] ?? seen[column].count
          seen[column][word] = first
          return (2, Double(first))
        }
      }
      return (rank: rank, position: position, group: group)
    }
    return ranked.sorted { a, b in
      for (x, y) in zip(a.rank, b.rank) where x != y { return x < y }
      return a.position < b.position
    }.map(\.group)
  }
}
