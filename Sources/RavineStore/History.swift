import GRDB

/// State, events and workers of a run.
extension RunStore {
  /// Whether the run at `path` is being run by some process on this machine now: the state alone stays `running` when a
  /// coordinator was killed.
  package static func isBeingRun(_ path: String) -> Bool { RunLock.isHeld(run: path) }

  /// The state as the file has it now.
  package func state() throws(StoreError) -> RunState {
    try connection.read { db in
      RunState(rawValue: try String.fetchOne(db, sql: "SELECT state FROM life") ?? "") ?? .stopped
    }
  }

  package func setState(_ state: RunState, at now: WallTime) throws(StoreError) {
    try write(at: now) { db in try db.execute(sql: "UPDATE life SET state = ?", arguments: [state.rawValue]) }
  }

  /// When the run was last written to.
  package func updatedAt() throws(StoreError) -> WallTime {
    try connection.read { db in
      WallTime(try String.fetchOne(db, sql: "SELECT updated_at FROM life") ?? "") ?? provenance.createdAt
    }
  }

  /// The data files as they were when the run was created.
  package func files() throws(StoreError) -> [StoredFile] {
    try connection.read { db in
      var files: [StoredFile] = []
      let query = try BoundStatement(db, "SELECT name, sha256, bytes FROM file ORDER BY position")
      while try query.next() {
        files.append(
          StoredFile(name: query.text(0) ?? "", sha256: query.text(1) ?? "", bytes: query.bytes(2)))
      }
      return files
    }
  }

  package func append(_ events: [StoredEvent], at now: WallTime) throws(StoreError) {
    try write(at: now) { db in
      let insert = try BoundStatement(db, "INSERT INTO event(at, kind, text, fields) VALUES (?, ?, ?, ?)")
      for event in events {
        try insert.bind(1, event.at.description)
        try insert.bind(2, event.kind)
        try insert.bind(3, event.text)
        try insert.bind(4, event.fields.isEmpty ? nil : JSONText.object(event.fields.map { ($0.name, $0.value) }))
        try insert.run()
      }
    }
  }

  /// The last `limit` events, oldest first; of one kind where `kind` is given.
  package func events(last limit: Int, kind: String? = nil) throws(StoreError) -> [StoredEvent] {
    try connection.read { db in
      var events: [StoredEvent] = []
      let query = try BoundStatement(
        db, "SELECT at, kind, text, fields FROM event WHERE ?1 IS NULL OR kind = ?1 ORDER BY id DESC LIMIT ?2")
      try query.bind(1, kind)
      try query.bind(2, limit)
      while try query.next() {
        let fields = try query.text(3).map { try Self.fields($0, db) } ?? []
        let at = WallTime(query.text(0) ?? "") ?? provenance.createdAt
        events.append(StoredEvent(at: at, kind: query.text(1) ?? "", text: query.text(2) ?? "", fields: fields))
      }
      return events.reversed()
    }
  }

  private static func fields(_ json: String, _ db: Database) throws -> [StoredEvent.Field] {
    var fields: [StoredEvent.Field] = []
    let query = try BoundStatement(db, "SELECT key, value FROM json_each(?) ORDER BY id")
    try query.bind(1, json)
    while try query.next() { fields.append(StoredEvent.Field(query.text(0) ?? "", query.text(1) ?? "")) }
    return fields
  }

  /// Inserts worker sessions, or brings them up to date.
  package func record(_ workers: [StoredWorker], at now: WallTime) throws(StoreError) {
    try write(at: now) { db in
      for worker in workers {
        try db.execute(
          sql: "INSERT OR REPLACE INTO worker VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            worker.session, worker.name, worker.host, worker.pid, worker.build, worker.instructions, worker.threads,
            worker.joinedAt.description, worker.leftAt?.description, worker.ending,
          ])
      }
    }
  }

  /// All worker sessions, in the order in which they came.
  package func workers() throws(StoreError) -> [StoredWorker] {
    try connection.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM worker ORDER BY joined_at, session").map { row in
        StoredWorker(
          session: row["session"], name: row["name"], host: row["host"], pid: row["pid"], build: row["build"],
          instructions: row["instructions"], threads: row["threads"],
          joinedAt: WallTime(row["joined_at"] as String) ?? provenance.createdAt,
          leftAt: (row["left_at"] as String?).flatMap { WallTime($0) }, ending: row["ending"])
      }
    }
  }
}
