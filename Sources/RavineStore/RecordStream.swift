import GRDB
import RavineDescent

/// The cards of the problems of one unit.
package struct CardWindow: Sendable {
  private let first: Int
  private let cards: [ProblemCard?]

  init(first: Int, cards: [ProblemCard?]) {
    self.first = first
    self.cards = cards
  }

  /// The card of `problem`; nil where no committed unit has brought it.
  package subscript(problem: Int) -> ProblemCard? {
    let index = problem - first
    return cards.indices.contains(index) ? cards[index] : nil
  }
}

/// The records of one unit.
package struct UnitRecords: Sendable {
  /// The trial of `records[0]`.
  package var first: Int
  package var records: [TrialRecord]
  package var metrics: MetricTable
  package var cards: CardWindow
  /// Seconds that its worker computed; 0 or not a number where that is not known. A measurement of this run on its
  /// machines, never part of an export.
  package var seconds: Double

  /// The unit's seconds over all its steps: what a step of its trials took, where their steps cost about the same.
  package var secondsPerStep: Double {
    let steps = records.reduce(0.0) { $0 + Double($1.steps) }
    return steps > 0 && seconds > 0 ? seconds / steps : .nan
  }

  /// The metrics of `records[offset]`; not-a-number is no value.
  package func metricCells(_ offset: Int) -> [AxisCell] {
    metrics.columns == 0 ? [] : metrics.row(offset).map { $0.isNaN ? .absent : .number($0) }
  }
}

/// Records in trial order. Memory is that of one unit, whatever the run.
///
/// A failed unit gives records of status `failed`; a unit that a cancelled run never did gives `cancelled`; other
/// missing units are left out. The blocks are called inside a read of the file, so they may not call this store again.
extension RunStore {
  /// Hands over the units of `trials` (nil: all), in trial order, from one state of the file.
  ///
  /// - Parameter axes: where given, the cards of each unit's problems are read too.
  /// - Throws: ``StoreError``, or what `body` throws.
  package func forEachUnit(
    in trials: Range<Int>? = nil, axes: (any TrialAxes)? = nil, _ body: (UnitRecords) throws -> Void
  ) throws {
    try connection.readThrough { db in try eachUnit(db, in: trials, axes: axes, body) }
  }

  /// Hands over trial by trial, as ``forEachUnit(in:axes:_:)``.
  package func forEachRecord(
    in trials: Range<Int>? = nil, _ body: (_ trial: Int, _ record: TrialRecord) throws -> Void
  ) throws {
    try forEachUnit(in: trials) { unit in
      for (offset, record) in unit.records.enumerated() {
        let trial = unit.first + offset
        if trials?.contains(trial) ?? true { try body(trial, record) }
      }
    }
  }

  /// The record of one trial; nil where there is none yet.
  package func record(of trial: Int) throws(StoreError) -> TrialRecord? {
    var found: TrialRecord?
    do {
      try forEachRecord(in: trial..<trial + 1) { _, record in found = record }
    } catch {
      throw storeError(error, path)
    }
    return found
  }

  /// The card of one problem; nil where no committed unit has brought it.
  package func card(of problem: Int) throws(StoreError) -> ProblemCard? {
    try connection.read { db in try Self.cards(db, problem...problem)[problem] }
  }

  func eachUnit(
    _ db: Database, in trials: Range<Int>?, axes: (any TrialAxes)?, _ body: (UnitRecords) throws -> Void
  ) throws {
    let cancelled = try String.fetchOne(db, sql: "SELECT state FROM life") == RunState.cancelled.rawValue
    let sql = """
      SELECT id, first, count, state, columns, seconds FROM unit LEFT JOIN frame ON unit = id
      WHERE first < ? AND first + count > ? ORDER BY id
      """
    let query = try BoundStatement(db, sql)
    try query.bind(1, trials?.upperBound ?? trialCount)
    try query.bind(2, trials?.lowerBound ?? 0)
    defer { query.reset() }
    while try query.next() {
      let unit = StoredUnit(first: query.int(1), count: query.int(2), cost: 0)
      let state = UInt8(exactly: query.int(3)).flatMap(UnitState.init(rawValue:)) ?? .waiting
      if state == .waiting && !cancelled { continue }
      let records =
        state == .committed
        ? try decode(query.bytes(4), unit)
        : [TrialRecord](repeating: TrialRecord(status: state == .failed ? .failed : .cancelled), count: unit.count)
      let cards = try axes.map { try Self.cards(db, $0.problems(of: unit)) } ?? CardWindow(first: 0, cards: [])
      let metrics = try state == .committed ? self.metrics(query.bytes(4), unit) : missingMetrics(unit)
      let seconds = state == .committed ? query.double(5) : .nan
      try body(
        UnitRecords(first: unit.first, records: records, metrics: metrics, cards: cards, seconds: seconds))
    }
  }

  /// Metric columns of this run.
  private var metricCount: Int { self.axes.count { $0.kind == .metric } }

  private func missingMetrics(_ unit: StoredUnit) -> MetricTable {
    MetricTable(columns: metricCount, values: [Double](repeating: .nan, count: metricCount * unit.count))
  }

  func metrics(_ columns: [UInt8], _ unit: StoredUnit) throws(StoreError) -> MetricTable {
    guard metricCount > 0 else { return .none }
    do throws(ColumnsError) {
      let metrics = try RecordColumns.metrics(columns)
      if metrics.columns == metricCount { return metrics }
    } catch {
      throw .damaged(path: path, reason: "trials from \(unit.first): \(error)")
    }
    throw .damaged(path: path, reason: "trials from \(unit.first): other metrics than the run's")
  }

  func decode(_ columns: [UInt8], _ unit: StoredUnit) throws(StoreError) -> [TrialRecord] {
    do throws(ColumnsError) {
      let (first, records) = try RecordColumns.decode(columns)
      if first == UInt64(unit.first), records.count == unit.count { return records }
    } catch {
      throw .damaged(path: path, reason: "trials from \(unit.first): \(error)")
    }
    throw .damaged(path: path, reason: "trials from \(unit.first): records of other trials")
  }

  private static func cards(_ db: Database, _ problems: ClosedRange<Int>) throws -> CardWindow {
    let query = try BoundStatement(
      db,
      """
      SELECT problem, dimension, samples, null_dimension, lambda_max, lambda_min, stable_rank, entropy_rank,
        loss_at_start, loss_at_optimum
      FROM dataset WHERE problem BETWEEN ? AND ?
      """)
    try query.bind(1, problems.lowerBound)
    try query.bind(2, problems.upperBound)
    var cards = [ProblemCard?](repeating: nil, count: problems.count)
    while try query.next() {
      cards[query.int(0) - problems.lowerBound] = ProblemCard(
        dimension: UInt32(clamping: query.int(1)), samples: UInt64(clamping: query.int(2)),
        nullDimension: UInt32(clamping: query.int(3)), lambdaMax: query.double(4), lambdaMin: query.double(5),
        stableRank: query.double(6), entropyRank: query.double(7), lossAtStart: query.double(8),
        lossAtOptimum: query.double(9))
    }
    return CardWindow(first: problems.lowerBound, cards: cards)
  }
}

extension TrialAxes {
  func problems(of unit: StoredUnit) -> ClosedRange<Int> {
    let first = problem(of: unit.first)
    return first...max(first, problem(of: unit.first + unit.count - 1))
  }
}
