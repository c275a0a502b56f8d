import GRDB
import GRDBSQLite

/// A prepared statement of GRDB driven through SQLite's own calls: three times the rows per second of GRDB's
/// arguments. Parameters count from 1, columns from 0.
struct BoundStatement {
  /// Keeps `raw` alive.
  private let statement: Statement
  private let raw: OpaquePointer

  init(_ db: Database, _ sql: String) throws {
    statement = try db.cachedStatement(sql: sql)
    raw = statement.sqliteStatement
    sqlite3_reset(raw)
    sqlite3_clear_bindings(raw)
  }

  func bind(_ index: Int32, _ value: Int) throws { try check(sqlite3_bind_int64(raw, index, Int64(value))) }

  /// NaN becomes NULL: SQLite has no NaN.
  func bind(_ index: Int32, _ value: Double) throws { try check(sqlite3_bind_double(raw, index, value)) }

  func bind(_ index: Int32, _ value: String?) throws {
    guard var value else { return try bindNull(index) }
    let code = value.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { characters in
        // A null pointer would bind NULL instead of the empty text.
        guard let base = characters.baseAddress else { return sqlite3_bind_text(raw, index, "", 0, nil) }
        return sqlite3_bind_text64(raw, index, base, UInt64(characters.count), Self.copied, UInt8(SQLITE_UTF8))
      }
    }
    try check(code)
  }

  func bind(_ index: Int32, _ bytes: [UInt8]) throws {
    let code = bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, !buffer.isEmpty else { return sqlite3_bind_zeroblob(raw, index, 0) }
      return sqlite3_bind_blob64(raw, index, base, UInt64(buffer.count), Self.copied)
    }
    try check(code)
  }

  func bindNull(_ index: Int32) throws { try check(sqlite3_bind_null(raw, index)) }

  /// Runs a statement that returns no rows, and readies it for the next bindings.
  func run() throws {
    while try next() {}
  }

  /// The next row; false at the end, where the statement is ready again.
  func next() throws -> Bool {
    let code = sqlite3_step(raw)
    if code == SQLITE_ROW { return true }
    sqlite3_reset(raw)
    if code == SQLITE_DONE { return false }
    throw error(code)
  }

  /// Ends a query before its last row.
  func reset() { sqlite3_reset(raw) }

  func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(raw, column)) }

  /// NULL gives NaN.
  func double(_ column: Int32) -> Double { isNull(column) ? .nan : sqlite3_column_double(raw, column) }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(raw, column) == SQLITE_NULL }

  func text(_ column: Int32) -> String? {
    guard let characters = sqlite3_column_text(raw, column) else { return nil }
    return String(cString: characters)
  }

  func bytes(_ column: Int32) -> [UInt8] {
    let base = sqlite3_column_blob(raw, column)
    let count = Int(sqlite3_column_bytes(raw, column))
    guard let base, count > 0 else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Tells SQLite to take its own copy before the call returns (`SQLITE_TRANSIENT`, a macro that Swift cannot import).
  private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

  private func check(_ code: Int32) throws {
    if code != SQLITE_OK { throw error(code) }
  }

  private func error(_ code: Int32) -> DatabaseError {
    let message = sqlite3_db_handle(raw).flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
    return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
  }
}
