import GRDB
import RavineDescent

/// How far a run is.
package struct RunTally: Equatable, Sendable {
  package var committedUnits = 0
  package var failedUnits = 0
  package var committedTrials = 0
  package var failedTrials = 0
  package var committedCost = 0.0
  package var totalCost = 0.0

  package init() {}
}

extension StoredUnit {
  /// Why `columns` is not the frame of this unit; nil where it is.
  func fault(in columns: [UInt8]) -> String? {
    do throws(ColumnsError) {
      let frame = try RecordColumns.check(columns)
      guard frame.first == UInt64(first), frame.count == count else {
        return "records of \(frame.count) trials from \(frame.first) where \(count) from \(first) belong"
      }
      return nil
    } catch {
      return error.description
    }
  }
}

extension RunStore {
  /// The units in order of their ids, which is the order of their trials.
  package func unitSpecs() throws(StoreError) -> [StoredUnit] {
    try connection.read { db in
      var units: [StoredUnit] = []
      units.reserveCapacity(unitCount)
      let query = try BoundStatement(db, "SELECT first, count, cost FROM unit ORDER BY id")
      while try query.next() {
        units.append(StoredUnit(first: query.int(0), count: query.int(1), cost: query.double(2)))
      }
      return units
    }
  }

  /// The state of each unit, by id.
  package func unitStates() throws(StoreError) -> [UnitState] {
    try connection.read { db in
      var states: [UnitState] = []
      states.reserveCapacity(unitCount)
      let query = try BoundStatement(db, "SELECT state FROM unit ORDER BY id")
      while try query.next() {
        states.append(UInt8(exactly: query.int(0)).flatMap(UnitState.init(rawValue:)) ?? .waiting)
      }
      return states
    }
  }

  /// By unit id: whether its records are in the file. A resume starts from this.
  package func committedUnits() throws(StoreError) -> [Bool] { try unitStates().map { $0 == .committed } }

  /// Median seconds from the hand-out of a unit to its result, over the committed units; nil where none is known.
  package func medianTurnaround() throws(StoreError) -> Double? {
    try connection.read { db in
      let known = try Double.fetchAll(
        db, sql: "SELECT turnaround FROM unit WHERE turnaround IS NOT NULL ORDER BY turnaround")
      return known.isEmpty ? nil : (known[(known.count - 1) / 2] + known[known.count / 2]) / 2
    }
  }

  /// How many units and trials are committed, and how many failed.
  package func tally() throws(StoreError) -> RunTally { try connection.read { db in try Self.tally(db) } }

  static func tally(_ db: Database) throws -> RunTally {
    var tally = RunTally()
    let sql = "SELECT state, count(*), sum(count), sum(cost) FROM unit GROUP BY state ORDER BY state"
    let query = try BoundStatement(db, sql)
    while try query.next() {
      let (units, trials, cost) = (query.int(1), query.int(2), query.double(3))
      tally.totalCost += cost
      switch UInt8(exactly: query.int(0)).flatMap(UnitState.init(rawValue:)) {
      case .committed:
        tally.committedUnits = units
        tally.committedTrials = trials
        tally.committedCost = cost
      case .failed:
        tally.failedUnits = units
        tally.failedTrials = trials
      case .waiting, nil: break
      }
    }
    return tally
  }

  /// Commits a batch of results in one transaction. When this returns, every result with outcome `committed` is on the
  /// disk and may be acknowledged. A thrown error means that nothing of the batch was kept.
  ///
  /// The first valid result of a unit wins, also over an earlier failure of the unit.
  /// - Returns: one outcome for each result, in their order.
  package func commit(_ results: [UnitCommit], at now: WallTime) throws(StoreError) -> [CommitOutcome] {
    let cards = results.map { result in
      Result { () throws(ColumnsError) in result.cards.isEmpty ? [] : try CardColumns.decode(result.cards) }
    }
    return try write(at: now) { db in
      try zip(results, cards).map { result, cards in
        switch cards {
        case .success(let cards): try commit(result, cards, at: now, db)
        case .failure(let error): .refused("problem cards of unit \(result.unit): \(error)")
        }
      }
    }
  }

  private func commit(
    _ result: UnitCommit, _ cards: [(problem: UInt64, card: ProblemCard)], at now: WallTime, _ db: Database
  ) throws -> CommitOutcome {
    let find = try BoundStatement(db, "SELECT first, count, state, digest FROM unit WHERE id = ?")
    try find.bind(1, result.unit)
    guard try find.next() else { return .refused("there is no unit \(result.unit)") }
    let unit = StoredUnit(first: find.int(0), count: find.int(1), cost: 0)
    let (state, digest) = (find.int(2), find.int(3))
    find.reset()
    if state == UnitState.committed.rawValue { return .already(sameDigest: digest == Int(result.digest)) }
    if let fault = unit.fault(in: result.columns) { return .refused("unit \(result.unit): \(fault)") }
    if let stray = cards.first(where: { $0.problem >= UInt64(problemCount) }) {
      return .refused("unit \(result.unit): there is no problem \(stray.problem)")
    }
    let frame = try BoundStatement(db, "INSERT OR REPLACE INTO frame VALUES (?, ?)")
    try frame.bind(1, result.unit)
    try frame.bind(2, result.columns)
    try frame.run()
    try settle(result, at: now, db)
    try insert(cards, db)
    return .committed
  }

  private func settle(_ result: UnitCommit, at now: WallTime, _ db: Database) throws {
    let sql = """
      UPDATE unit SET state = ?, attempt = ?, worker = ?, digest = ?, seconds = ?, turnaround = ?,
        committed_at = ?, evidence = NULL
      WHERE id = ?
      """
    let update = try BoundStatement(db, sql)
    try update.bind(1, Int(UnitState.committed.rawValue))
    try update.bind(2, result.attempt)
    try update.bind(3, result.worker)
    try update.bind(4, Int(result.digest))
    try update.bind(5, result.seconds)
    try update.bind(6, result.turnaround ?? .nan)
    try update.bind(7, now.description)
    try update.bind(8, result.unit)
    try update.run()
  }

  /// Units of one problem bring the same card; the first stays.
  private func insert(_ cards: [(problem: UInt64, card: ProblemCard)], _ db: Database) throws {
    guard !cards.isEmpty else { return }
    let insert = try BoundStatement(db, "INSERT OR IGNORE INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    for (problem, card) in cards {
      try insert.bind(1, Int(clamping: problem))
      try insert.bind(2, Int(card.dimension))
      try insert.bind(3, Int(clamping: card.samples))
      try insert.bind(4, Int(card.nullDimension))
      let numbers = [
        card.lambdaMax, card.lambdaMin, card.condition, card.stableRank, card.entropyRank, card.lossAtStart,
        card.lossAtOptimum,
      ]
      for (index, number) in numbers.enumerated() { try insert.bind(Int32(5 + index), number) }
      try insert.run()
    }
  }

  /// Gives units up, durably. Units that are committed already stay so.
  package func recordFailures(_ failures: [UnitFailure], at now: WallTime) throws(StoreError) {
    try write(at: now) { db in
      let sql = """
        UPDATE unit SET state = 2, attempt = ?, worker = ?, evidence = ?, committed_at = ? WHERE id = ? AND state = 0
        """
      let update = try BoundStatement(db, sql)
      for failure in failures {
        try update.bind(1, failure.attempt)
        try update.bind(2, failure.worker)
        try update.bind(3, failure.evidence)
        try update.bind(4, now.description)
        try update.bind(5, failure.unit)
        try update.run()
      }
    }
  }

  /// The units that were given up, in order.
  package func failures() throws(StoreError) -> [UnitFailure] {
    try connection.read { db in
      var failures: [UnitFailure] = []
      let query = try BoundStatement(
        db, "SELECT id, attempt, worker, evidence FROM unit WHERE state = 2 ORDER BY id")
      while try query.next() {
        failures.append(
          UnitFailure(
            unit: query.int(0), attempt: query.int(1), worker: query.text(2) ?? "", evidence: query.text(3) ?? ""))
      }
      return failures
    }
  }

  /// Makes failed units wait again. Returns how many.
  @discardableResult
  package func retryFailures(at now: WallTime) throws(StoreError) -> Int {
    try write(at: now) { db in
      try db.execute(sql: "UPDATE unit SET state = 0 WHERE state = 2")
      return db.changesCount
    }
  }
}
