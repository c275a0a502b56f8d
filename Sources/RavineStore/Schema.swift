/// The tables of a run's file, format 1. Formats only grow: a reader of format n reads every format up to n.
enum Schema {
  /// `PRAGMA application_id`: "Ravn".
  static let applicationID = 0x5261_766E
  /// `PRAGMA user_version`.
  static let version = 1

  /// What never changes stands in `run`, `axis` and `file`; `life` changes with every commit. `unit` is the ledger, and
  /// `frame` has the records of its committed units, apart so that the ledger stays small to read. `trial` is derived
  /// from them when the run ends.
  static let statements = [
    """
    CREATE TABLE run(
      run_id TEXT NOT NULL, name TEXT NOT NULL, question TEXT, plan_hash TEXT NOT NULL, sweep_file TEXT NOT NULL,
      sweep_text TEXT NOT NULL, trial_count INTEGER NOT NULL, problem_count INTEGER NOT NULL, kernel TEXT NOT NULL,
      build TEXT NOT NULL, git_commit TEXT, host TEXT NOT NULL, cpu TEXT NOT NULL, created_at TEXT NOT NULL)
    """,
    "CREATE TABLE life(state TEXT NOT NULL, epoch INTEGER NOT NULL, updated_at TEXT NOT NULL, trials INTEGER NOT NULL)",
    """
    CREATE TABLE axis(
      position INTEGER PRIMARY KEY, path TEXT NOT NULL, kind TEXT NOT NULL, column_name TEXT NOT NULL)
    """,
    "CREATE TABLE file(position INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, bytes BLOB NOT NULL)",
    """
    CREATE TABLE unit(
      id INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL, cost REAL NOT NULL,
      state INTEGER NOT NULL DEFAULT 0, attempt INTEGER, worker TEXT, digest INTEGER, seconds REAL, turnaround REAL,
      committed_at TEXT, evidence TEXT)
    """,
    "CREATE TABLE frame(unit INTEGER PRIMARY KEY, columns BLOB NOT NULL)",
    """
    CREATE TABLE dataset(
      problem INTEGER PRIMARY KEY, dimension INTEGER NOT NULL, samples INTEGER NOT NULL,
      null_dimension INTEGER NOT NULL,
      lambda_max REAL, lambda_min REAL, condition REAL, stable_rank REAL, entropy_rank REAL, loss_at_start REAL,
      loss_at_optimum REAL)
    """,
    """
    CREATE TABLE worker(
      session TEXT PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, build TEXT NOT NULL,
      instructions TEXT NOT NULL, threads INTEGER NOT NULL, joined_at TEXT NOT NULL, left_at TEXT, ending TEXT)
    """,
    "CREATE TABLE event(id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, fields TEXT)",
  ]

  /// The columns of `trial` after the axes.
  static let measurements: [(name: String, type: String)] =
    [
      ("status", "TEXT NOT NULL"), ("steps", "INTEGER NOT NULL"), ("gap", "REAL"), ("distance", "REAL"),
      ("gradient_norm", "REAL"), ("forecast_kind", "TEXT NOT NULL"), ("forecast_status", "TEXT"),
      ("forecast_steps", "INTEGER"), ("forecast_difference", "INTEGER"), ("cross_check", "TEXT NOT NULL"),
      ("problem", "INTEGER NOT NULL"),
    ] + (1...12).map { ("hit_1e_\($0 < 10 ? "0" : "")\($0)", "INTEGER") }

  /// The column of an axis: its path with `_` for `.`; a name that a measurement has gets `axis_` in front.
  static func columnName(ofAxis path: String) -> String {
    let name = String(path.map { $0 == "." || $0 == "\"" ? "_" : $0 })
    let taken = name == "trial" || measurements.contains { $0.name == name }
    return taken ? "axis_" + name : name
  }
}
