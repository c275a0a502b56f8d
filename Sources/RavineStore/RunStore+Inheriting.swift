import GRDB
import RavineDescent

/// Runs that begin with what another run has measured.
extension RunStore {
  /// Results of one transaction.
  private static let group = 64

  /// Makes a new run whose known trials are measured already, with the history of the run that measured them. Epochs
  /// are counted on, so that sessions of both stay apart.
  ///
  /// The file appears complete or not at all. The units of `shape` must not mix known and unknown trials.
  /// - Parameter event: what is added to the history.
  package static func create(
    at path: String, provenance: Provenance, shape: RunShape, inheriting inheritance: Inheritance, event: StoredEvent
  ) throws(StoreError) -> RunStore {
    let lock = try RunLock(run: path, at: provenance.createdAt)
    guard FileIdentity(path: path) == nil else { throw .alreadyExists(path: path) }
    let draft = path + ".draft"
    try removeDraft(draft)
    try createFile(at: draft, provenance: provenance, shape: shape)
    do throws(StoreError) {
      try fill(draft, shape, inheritance, event)
      try moveFile(draft, to: path)
    } catch {
      try? removeDraft(draft)
      throw error
    }
    return try RunStore(path: path, lock: lock, at: provenance.createdAt)
  }

  /// Makes this run, which the caller must have opened for writing, the run of another sweep that has every trial of
  /// this one: in one transaction, so that it is always one or the other. The store is closed afterwards, also by an
  /// error.
  /// - Returns: the run, open.
  package func extended(
    provenance: Provenance, shape: RunShape, inheriting inheritance: Inheritance, event: StoredEvent
  ) throws(StoreError) -> RunStore {
    let draft = path + ".draft"
    do throws(StoreError) {
      try removeDraft(draft)
      try createFile(at: draft, provenance: provenance, shape: shape)
      try Self.fill(draft, shape, inheritance, event)
      try connection.replaceContents(withFile: draft)
    } catch {
      try? removeDraft(draft)
      try? setState(stateAtOpening, at: provenance.createdAt)
      close()
      throw error
    }
    try? removeDraft(draft)
    close()
    return try RunStore.open(at: path, readOnly: false, now: provenance.createdAt)
  }

  private static func fill(
    _ draft: String, _ shape: RunShape, _ inheritance: Inheritance, _ event: StoredEvent
  ) throws(StoreError) {
    let store = try RunStore.open(at: draft, readOnly: false, now: event.at)
    defer { store.close() }
    try store.inherit(inheritance, shape, event)
    // The file alone is moved: nothing may be left in its log.
    try store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    guard FileIdentity(path: draft + "-wal")?.size ?? 0 == 0 else {
      throw .io(path: draft, reason: "its log cannot be put into it")
    }
  }

  private func inherit(
    _ inheritance: Inheritance, _ shape: RunShape, _ event: StoredEvent
  ) throws(StoreError) {
    var known = inheritance.known[...]
    var results: [UnitCommit] = []
    for (number, unit) in shape.units.enumerated() {
      while let range = known.first, range.upperBound <= unit.first { known.removeFirst() }
      guard let range = known.first, range.contains(unit.first) else { continue }
      results.append(try inheritance.result(unit: number, trials: unit.first..<unit.first + unit.count))
      if results.count == Self.group { try keep(&results, at: event.at) }
    }
    try keep(&results, at: event.at)
    try append(try inheritance.source.events(last: .max) + [event], at: event.at)
    try record(try inheritance.source.workers(), at: event.at)
    let epoch = Int(clamping: inheritance.source.epoch)
    try write(at: event.at) { db in
      try db.execute(
        sql: "UPDATE life SET epoch = max(epoch, ?), state = ?", arguments: [epoch, RunState.stopped.rawValue])
    }
  }

  private func keep(_ results: inout [UnitCommit], at now: WallTime) throws(StoreError) {
    for case .refused(let reason) in try commit(results, at: now) {
      throw .internalFault(path: path, reason: reason)
    }
    results.removeAll()
  }

  /// The records of one committed unit.
  func records(ofUnit id: Int, _ unit: StoredUnit) throws(StoreError) -> UnitRecords {
    let columns = try connection.read { db in
      let query = try BoundStatement(db, "SELECT columns FROM frame WHERE unit = ?")
      try query.bind(1, id)
      // A statement that is not at its end keeps the file in use.
      defer { query.reset() }
      return try query.next() ? query.bytes(0) : []
    }
    return UnitRecords(
      first: unit.first, records: try decode(columns, unit), metrics: try metrics(columns, unit),
      cards: CardWindow(first: 0, cards: []), seconds: .nan)
  }
}
