import GRDB
import Synchronization

/// The one connection of a process to a run's file, and the translation of its errors.
final class Connection: Sendable {
  enum Mode { case readOnly, readWrite, create }

  let path: String
  private let queue: DatabaseQueue
  private let identity: FileIdentity?

  /// Opens the file and checks that it is a run of a format that this build knows. Only then is anything changed.
  init(path: String, mode: Mode) throws(StoreError) {
    self.path = path
    do {
      queue = try Self.open(path, mode)
    } catch {
      throw storeError(error, path)
    }
    identity = FileIdentity(path: path)
  }

  private static func open(_ path: String, _ mode: Mode) throws -> DatabaseQueue {
    // The file name must not be read as a URI.
    let name = path.hasPrefix("/") ? path : "./" + path
    var configuration = Configuration()
    configuration.readonly = mode == .readOnly
    configuration.busyMode = .timeout(5)
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { db in
      if mode != .create { try checkFormat(db, path) }
      if mode == .readWrite { try makeDurable(db, path) }
      try db.execute(sql: "PRAGMA cache_size = -16384")
    }
    do {
      return try DatabaseQueue(path: name, configuration: configuration)
    } catch let error as DatabaseError
      where mode == .readOnly && [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
    {
      // A finished run in a folder that may not be written to: SQLite cannot make its shared-memory file there. Without
      // a write-ahead log nothing is missing, so the file is read as it is.
      guard FileIdentity(path: name) != nil, FileIdentity(path: name + "-wal") == nil else { throw error }
      return try DatabaseQueue(path: "file:\(escaped(name))?immutable=1", configuration: configuration)
    }
  }

  private static func escaped(_ name: String) -> String {
    name.utf8.map { byte in
      let reserved = byte <= 32 || byte >= 127 || "%?#".utf8.contains(byte)
      return reserved ? "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16) : String(UnicodeScalar(byte))
    }.joined()
  }

  private static func checkFormat(_ db: Database, _ path: String) throws {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    guard application == Schema.applicationID else {
      throw StoreError.foreign(path: path, reason: "it is a database of another program")
    }
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard version <= Schema.version else {
      throw StoreError.newer(path: path, found: version, supported: Schema.version)
    }
  }

  /// Every commit is on the disk when it returns; both settings are read back because SQLite may decline silently.
  private static func makeDurable(_ db: Database, _ path: String) throws {
    let journal = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
    try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF")
    let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
    guard journal == "wal", synchronous == 2 else {
      throw StoreError.io(path: path, reason: "its file system does not support a write-ahead log")
    }
  }

  /// Reads; the block sees one state of the file.
  func read<T>(_ block: (Database) throws -> T) throws(StoreError) -> T {
    do { return try queue.read(block) } catch { throw storeError(error, path) }
  }

  /// As `read`, where the block may throw errors of its own, which pass unchanged.
  func readThrough<T>(_ block: (Database) throws -> T) throws -> T {
    do {
      return try queue.read(block)
    } catch let error as DatabaseError {
      throw storeError(error, path)
    }
  }

  /// One transaction: all or nothing, durable when this returns.
  func write<T>(_ block: (Database) throws -> T) throws(StoreError) -> T {
    guard identity == FileIdentity(path: path) else { throw .vanished(path: path) }
    do {
      return try queue.writeWithoutTransaction { db in
        var result: T?
        try db.inTransaction(.immediate) {
          result = try block(db)
          return .commit
        }
        guard let result else { throw StoreError.internalFault(path: path, reason: "a transaction without a result") }
        return result
      }
    } catch {
      throw storeError(error, path)
    }
  }

  /// Runs a statement that may not stand in a transaction.
  func execute(_ sql: String) throws(StoreError) {
    do {
      try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    } catch {
      throw storeError(error, path)
    }
  }

  /// Puts the contents of the run in another file in the place of this one's, in one transaction.
  func replaceContents(withFile other: String) throws(StoreError) {
    let source = try Connection(path: other, mode: .readOnly)
    defer { source.close() }
    do {
      try source.queue.backup(to: queue)
    } catch {
      throw storeError(error, path)
    }
  }

  /// Further calls throw. A file that cannot be closed stays as it is, and complete: its log is read at the next open.
  func close() { try? queue.close() }
}

/// What an error of SQLite means for the run at `path`; a ``StoreError`` stays what it is.
func storeError(_ error: any Error, _ path: String) -> StoreError {
  if let error = error as? StoreError { return error }
  guard let error = error as? DatabaseError else { return .io(path: path, reason: "\(error)") }
  let reason = error.message ?? "\(error.resultCode)"
  switch error.resultCode {
  case .SQLITE_FULL: return .full(path: path)
  case .SQLITE_BUSY, .SQLITE_LOCKED: return .busy(path: path)
  case .SQLITE_READONLY: return .readOnly(path: path)
  case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_NOMEM: return .io(path: path, reason: reason)
  case .SQLITE_NOTADB: return .foreign(path: path, reason: "it is not a database")
  case .SQLITE_CORRUPT: return .damaged(path: path, reason: reason)
  default: return .internalFault(path: path, reason: reason)
  }
}
