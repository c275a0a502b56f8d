import GRDB
import RavineDescent

/// A row of the `trial` table before it is written.
struct TrialTableRow {
  var trial: Int
  var axes: [AxisCell]
  var record: TrialRecord
  var problem: Int
}

/// Inserts rows into `trial`, several with one statement.
struct TrialInserter {
  /// Rows of one statement: 16 cost two thirds of 16 statements.
  private static let group = 16

  private var many: TrialInsert
  private var single: TrialInsert
  private var waiting: [TrialTableRow] = []
  private(set) var count = 0

  init(_ db: Database, axisCount: Int) throws {
    many = try TrialInsert(db, axisCount: axisCount, rows: Self.group)
    single = try TrialInsert(db, axisCount: axisCount, rows: 1)
    waiting.reserveCapacity(Self.group)
  }

  mutating func insert(_ row: TrialTableRow) throws {
    waiting.append(row)
    count += 1
    guard waiting.count == Self.group else { return }
    try many.insert(waiting[...])
    waiting.removeAll(keepingCapacity: true)
  }

  /// Writes what still waits.
  mutating func finish() throws {
    for index in waiting.indices { try single.insert(waiting[index...index]) }
    waiting.removeAll()
  }
}

/// A statement that inserts a fixed number of rows. Bindings outlive an execution, and most columns stand still from
/// one trial to the next, so only what changed is bound.
private struct TrialInsert {
  /// What a parameter is bound to.
  private enum Bound: Equatable {
    case nothing
    case integer(Int)
    case number(UInt64)
    case status(TrialStatus)
    case crossCheck(CrossCheck)
    case forecastKind(ForecastKind)
  }

  private let statement: BoundStatement
  private let axisCount: Int
  /// Parameters of one row.
  private let width: Int
  private var cells: [AxisCell]
  private var measures: [Bound]

  init(_ db: Database, axisCount: Int, rows: Int) throws {
    width = 1 + axisCount + Schema.measurements.count
    let marks = "(" + [String](repeating: "?", count: width).joined(separator: ",") + ")"
    // Its parameters begin as NULL.
    statement = try BoundStatement(
      db, "INSERT INTO trial VALUES " + [String](repeating: marks, count: rows).joined(separator: ","))
    self.axisCount = axisCount
    cells = [AxisCell](repeating: .absent, count: rows * axisCount)
    measures = [Bound](repeating: .nothing, count: rows * Schema.measurements.count)
  }

  mutating func insert(_ rows: ArraySlice<TrialTableRow>) throws {
    for (slot, row) in rows.enumerated() {
      try statement.bind(Int32(slot * width + 1), row.trial)
      try bindAxes(row.axes, slot)
      try bindMeasures(row, slot)
    }
    try statement.run()
  }

  private mutating func bindAxes(_ axes: [AxisCell], _ slot: Int) throws {
    for index in 0..<axisCount where cells[slot * axisCount + index] != axes[index] {
      cells[slot * axisCount + index] = axes[index]
      let parameter = Int32(slot * width + 2 + index)
      switch axes[index] {
      case .number(let value): try statement.bind(parameter, value)
      case .text(let value): try statement.bind(parameter, value)
      case .absent: try statement.bindNull(parameter)
      }
    }
  }

  private mutating func bindMeasures(_ row: TrialTableRow, _ slot: Int) throws {
    let record = row.record
    let hasForecast = record.hasForecast
    try set(slot, 0, .status(record.status))
    try set(slot, 1, .integer(Int(clamping: record.steps)))
    try set(slot, 2, .number(record.gap.bitPattern))
    try set(slot, 3, .number(record.distance.bitPattern))
    try set(slot, 4, .number(record.gradientNorm.bitPattern))
    try set(slot, 5, .forecastKind(record.forecast.kind))
    try set(slot, 6, hasForecast ? .status(record.forecast.status) : .nothing)
    try set(slot, 7, hasForecast ? .integer(Int(clamping: record.forecast.steps)) : .nothing)
    try set(slot, 8, record.forecastDifference.map { .integer($0) } ?? .nothing)
    try set(slot, 9, .crossCheck(record.crossCheck))
    try set(slot, 10, .integer(row.problem))
    for rung in Ladder.rungs.indices {
      try set(slot, 11 + rung, rung < record.hits.count ? .integer(Int(clamping: record.hits[rung])) : .nothing)
    }
  }

  private mutating func set(_ slot: Int, _ index: Int, _ value: Bound) throws {
    let position = slot * Schema.measurements.count + index
    guard measures[position] != value else { return }
    measures[position] = value
    let parameter = Int32(slot * width + 2 + axisCount + index)
    switch value {
    case .nothing: try statement.bindNull(parameter)
    case .integer(let value): try statement.bind(parameter, value)
    case .number(let bits): try statement.bind(parameter, Double(bitPattern: bits))
    case .status(let status): try statement.bind(parameter, status.word)
    case .crossCheck(let check): try statement.bind(parameter, check.word)
    case .forecastKind(let kind): try statement.bind(parameter, kind.word)
    }
  }
}
