import GRDB
import Glibc
import RavineDescent

/// What stands in a run's file besides its results.
struct StoredRun {
  var provenance: Provenance
  var trialCount: Int
  var problemCount: Int
  var axes: [StoredAxis]
  var unitCount: Int
  var state: RunState
  var epoch: UInt64

  init(_ db: Database, _ path: String) throws {
    guard let run = try Row.fetchOne(db, sql: "SELECT * FROM run"),
      let life = try Row.fetchOne(db, sql: "SELECT * FROM life"),
      let createdAt = WallTime(run["created_at"] as String? ?? ""),
      let state = RunState(rawValue: life["state"] as String? ?? ""), let epoch = UInt64(exactly: life["epoch"] as Int)
    else { throw StoreError.damaged(path: path, reason: "its provenance is missing") }
    provenance = Provenance(
      runID: run["run_id"], name: run["name"], question: run["question"], planHash: run["plan_hash"],
      sweepText: run["sweep_text"], sweepFile: run["sweep_file"], kernel: run["kernel"], build: run["build"],
      gitCommit: run["git_commit"], host: run["host"], cpu: run["cpu"], createdAt: createdAt)
    self.state = state
    self.epoch = epoch
    trialCount = run["trial_count"]
    problemCount = run["problem_count"]
    axes = try Row.fetchAll(db, sql: "SELECT path, kind FROM axis ORDER BY position").map { row in
      StoredAxis(path: row["path"], kind: StoredAxis.Kind(rawValue: row["kind"]) ?? .text)
    }
    unitCount = try Int.fetchOne(db, sql: "SELECT count(*) FROM unit") ?? 0
    let covered = try Int.fetchOne(db, sql: "SELECT sum(count) FROM unit") ?? 0
    guard covered == trialCount else {
      throw StoreError.damaged(path: path, reason: "its ledger covers \(covered) of \(trialCount) trials")
    }
  }
}

/// Writes a new run beside its place and moves it there when it is complete and synced.
func createFile(at path: String, provenance: Provenance, shape: RunShape) throws(StoreError) {
  let draft = path + ".new"
  try removeDraft(draft)
  do {
    let connection = try Connection(path: draft, mode: .create)
    defer { connection.close() }
    try connection.execute("PRAGMA page_size = 4096; PRAGMA synchronous = FULL")
    try connection.write { db in
      try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(Schema.version)")
      for statement in Schema.statements { try db.execute(sql: statement) }
      try insertRun(db, provenance, shape)
      try insertShape(db, shape)
    }
  } catch {
    unlink(draft)
    switch error {
    case .io(_, let reason): throw .cannotCreate(path: path, reason: reason)
    case .full: throw .full(path: path)
    default: throw error
    }
  }
  try moveFile(draft, to: path)
}

/// Gives a complete file its name, durably. Nobody may have it open.
func moveFile(_ draft: String, to path: String) throws(StoreError) {
  guard rename(draft, path) == 0 else {
    let number = errno
    unlink(draft)
    throw .cannotCreate(path: path, reason: systemMessage(number))
  }
  syncFolder(of: path)
}

/// Removes what a crash may have left of a draft.
func removeDraft(_ draft: String) throws(StoreError) {
  for suffix in ["", "-journal", "-wal", "-shm"] where unlink(draft + suffix) != 0 && errno != ENOENT {
    throw .cannotCreate(path: draft, reason: systemMessage(errno))
  }
}

/// Makes a new name in a folder durable.
private func syncFolder(of path: String) {
  let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}

private func insertRun(_ db: Database, _ run: Provenance, _ shape: RunShape) throws {
  try db.execute(
    sql: "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    arguments: [
      run.runID, run.name, run.question, run.planHash, run.sweepFile, run.sweepText, shape.trialCount,
      shape.problemCount, run.kernel, run.build, run.gitCommit, run.host, run.cpu, run.createdAt.description,
    ])
  try db.execute(
    sql: "INSERT INTO life VALUES (?, 0, ?, 0)", arguments: [RunState.running.rawValue, run.createdAt.description])
}

private func insertShape(_ db: Database, _ shape: RunShape) throws {
  var names: [String] = []
  for (position, axis) in shape.axes.enumerated() {
    var name = Schema.columnName(ofAxis: axis.path)
    while names.contains(where: { $0.lowercased() == name.lowercased() }) { name += "_" }
    names.append(name)
    try db.execute(
      sql: "INSERT INTO axis VALUES (?, ?, ?, ?)", arguments: [position, axis.path, axis.kind.rawValue, name])
  }
  let file = try BoundStatement(db, "INSERT INTO file VALUES (?, ?, ?, ?)")
  for (position, entry) in shape.files.enumerated() {
    try file.bind(1, position)
    try file.bind(2, entry.name)
    try file.bind(3, entry.sha256)
    try file.bind(4, entry.bytes)
    try file.run()
  }
  let unit = try BoundStatement(db, "INSERT INTO unit(id, first, count, cost) VALUES (?, ?, ?, ?)")
  for (id, entry) in shape.units.enumerated() {
    try unit.bind(1, id)
    try unit.bind(2, entry.first)
    try unit.bind(3, entry.count)
    try unit.bind(4, entry.cost)
    try unit.run()
  }
}

/// Decodes the records that were written last: what a crash or a bad disk would have hit.
func checkLastFrames(_ db: Database, _ path: String) throws {
  let sql = """
    SELECT id, first, count, columns
    FROM (SELECT id, first, count FROM unit WHERE state = 1 ORDER BY committed_at DESC, id DESC LIMIT 4)
    JOIN frame ON unit = id
    """
  let query = try BoundStatement(db, sql)
  while try query.next() {
    let unit = StoredUnit(first: query.int(1), count: query.int(2), cost: 0)
    if let fault = unit.fault(in: query.bytes(3)) {
      query.reset()
      throw StoreError.damaged(path: path, reason: "trials from \(unit.first): \(fault)")
    }
  }
}
