import GRDB
import RavineDescent

/// The file of one run: a ledger of units with their records, durable before anything is acknowledged.
///
/// One process writes (the coordinator, under a lock); any number read. Every method may block for a disk sync. All
/// methods may be called from any thread; calls are served one after the other.
package final class RunStore: Sendable {
  package let path: String
  package let provenance: Provenance
  package let trialCount: Int
  package let problemCount: Int
  package let axes: [StoredAxis]
  package let unitCount: Int
  /// The number of this coordinator's start; as found, where the run is open for reading.
  package let epoch: UInt64
  /// The state in which the run was found.
  package let stateAtOpening: RunState

  let connection: Connection
  private let lock: RunLock?

  /// Makes a new run and opens it as its first coordinator (epoch 1, state `running`).
  ///
  /// The file appears complete or not at all. Throws `alreadyExists`, `locked`, `cannotCreate` or `full`.
  package static func create(
    at path: String, provenance: Provenance, shape: RunShape
  ) throws(StoreError) -> RunStore {
    let lock = try RunLock(run: path, at: provenance.createdAt)
    guard FileIdentity(path: path) == nil else { throw .alreadyExists(path: path) }
    try createFile(at: path, provenance: provenance, shape: shape)
    return try RunStore(path: path, lock: lock, at: provenance.createdAt)
  }

  /// Opens a run.
  ///
  /// `readOnly`: nothing is changed and nobody is kept out. Otherwise as coordinator: takes the lock, counts the epoch
  /// up durably, sets the state to `running`, and checks the records that were committed last.
  /// - Parameters:
  ///   - planHash: where given, a run of another plan throws `differentSweep`.
  ///   - quota: where given, the most bytes that the file may have; beyond it commits throw `full`.
  package static func open(
    at path: String, readOnly: Bool, planHash: String? = nil, quota: Int? = nil, now: WallTime = .now()
  ) throws(StoreError) -> RunStore {
    guard let file = FileIdentity(path: path) else { throw .missing(path: path) }
    guard file.size > 0 else { throw .foreign(path: path, reason: "it is empty") }
    let lock = readOnly ? nil : try RunLock(run: path, at: now)
    let store = try RunStore(path: path, lock: lock, planHash: planHash, at: now)
    if let quota { try store.connection.execute("PRAGMA max_page_count = \(max(1, quota / 4096))") }
    return store
  }

  init(path: String, lock: RunLock?, planHash: String? = nil, at now: WallTime) throws(StoreError) {
    self.path = path
    self.lock = lock
    let connection = try Connection(path: path, mode: lock == nil ? .readOnly : .readWrite)
    self.connection = connection
    let found = try connection.read { db in try StoredRun(db, path) }
    provenance = found.provenance
    trialCount = found.trialCount
    problemCount = found.problemCount
    axes = found.axes
    unitCount = found.unitCount
    stateAtOpening = found.state
    if let planHash, planHash != found.provenance.planHash {
      throw .differentSweep(path: path, stored: found.provenance.planHash, given: planHash)
    }
    guard lock != nil else {
      epoch = found.epoch
      return
    }
    try connection.read { db in try checkLastFrames(db, path) }
    epoch = try connection.write { db in
      try db.execute(
        sql: "UPDATE life SET epoch = epoch + 1, state = ?, updated_at = ?",
        arguments: [RunState.running.rawValue, now.description])
      return UInt64(try Int.fetchOne(db, sql: "SELECT epoch FROM life") ?? 0)
    }
  }

  /// Closes the file and gives the lock back. The store may not be used afterwards.
  package func close() {
    connection.close()
    lock?.release()
  }

  /// A transaction of the coordinator. Throws `superseded` where another one has opened the run since.
  func write<T>(at now: WallTime, _ block: (Database) throws -> T) throws(StoreError) -> T {
    guard lock != nil else { throw .internalFault(path: path, reason: "it is open for reading only") }
    return try connection.write { db in
      let current = UInt64(try Int.fetchOne(db, sql: "SELECT epoch FROM life") ?? 0)
      guard current == epoch else { throw StoreError.superseded(path: path, epoch: current) }
      let result = try block(db)
      try db.execute(sql: "UPDATE life SET updated_at = ?", arguments: [now.description])
      return result
    }
  }
}
