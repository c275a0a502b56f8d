import GRDB
import RavineDescent

/// The `trial` table: one plain row for each trial, for people with any SQLite tool. Derived from the ledger, so it may
/// be dropped and built again.
extension RunStore {
  /// Rows that one transaction writes, about.
  private static let batch = 262_144

  /// Writes the `trial` table in trial order, unless it is complete already. Returns the number of its rows.
  ///
  /// A crash in the middle leaves an incomplete table, which the next call replaces.
  @discardableResult
  package func materialiseTrials(axes: some TrialAxes, at now: WallTime) throws(StoreError) -> Int {
    let tally = try tally()
    let cancelled = try state() == .cancelled
    let expected = cancelled ? trialCount : tally.committedTrials + tally.failedTrials
    let present = try connection.read { db in try Int.fetchOne(db, sql: "SELECT trials FROM life") ?? 0 }
    if present == expected, expected > 0 { return present }
    let names = try connection.read { db in
      try String.fetchAll(db, sql: "SELECT column_name FROM axis ORDER BY position")
    }
    guard names.count == axes.axes.count else {
      throw .internalFault(path: path, reason: "\(axes.axes.count) axes given, \(names.count) stored")
    }
    try write(at: now) { db in
      try db.execute(sql: "DROP TABLE IF EXISTS trial; UPDATE life SET trials = 0")
      try db.execute(sql: tableDefinition(names))
    }
    var written = 0
    var next = 0
    while next < trialCount {
      let end = min(trialCount, next + Self.batch)
      written += try write(at: now) { db in try insertTrials(db, starting: next..<end, names: names, axes: axes) }
      next = end
    }
    try write(at: now) { db in try db.execute(sql: "UPDATE life SET trials = ?", arguments: [written]) }
    return written
  }

  private func tableDefinition(_ names: [String]) -> String {
    let axisColumns = zip(names, axes).map { "\"\($0)\" \($1.kind == .text ? "TEXT" : "REAL")" }
    let columns = axisColumns + Schema.measurements.map { "\($0.name) \($0.type)" }
    return "CREATE TABLE trial(trial INTEGER PRIMARY KEY, \(columns.joined(separator: ", ")))"
  }

  /// Inserts the units whose first trial lies in `range`, so that consecutive ranges insert each unit once.
  private func insertTrials(
    _ db: Database, starting range: Range<Int>, names: [String], axes: some TrialAxes
  ) throws -> Int {
    var inserter = try TrialInserter(db, axisCount: names.count)
    try eachUnit(db, in: range, axes: nil) { unit in
      guard range.contains(unit.first) else { return }
      for (offset, record) in unit.records.enumerated() {
        let trial = unit.first + offset
        let row = TrialTableRow(
          trial: trial, axes: axes.values(of: trial) + unit.metricCells(offset), record: record,
          problem: axes.problem(of: trial))
        try inserter.insert(row)
      }
    }
    try inserter.finish()
    return inserter.count
  }
}
