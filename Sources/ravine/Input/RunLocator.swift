import Glibc
import RavineReports
import RavineRuntime
import RavineStore

/// Where runs are: one SQLite file each, in `--runs`, else `$RAVINE_RUNS`, else `./runs`.
enum RunLocator {
  static func folder(_ given: String?) -> String {
    if let given { return given }
    let variable = Terminal.variable("RAVINE_RUNS")
    return variable.isEmpty ? "runs" : variable
  }

  /// The file of the run that `name` means: a path to a file, or a run's name in the folder.
  static func path(_ name: String, folder given: String?) -> String {
    if name.contains("/") || name.hasSuffix(".sqlite") { return name }
    return folder(given) + "/" + name + ".sqlite"
  }

  /// `path` from the root on, as another machine that shares the files would name it.
  static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return String(cString: here) + "/" + path
  }

  /// Opens a run for reading; without a name the one that was written last.
  static func open(_ name: String?, folder given: String?) throws -> RunStore {
    if let name { return try RunStore.open(at: path(name, folder: given), readOnly: true) }
    let runs = try RunCatalogue.runs(in: folder(given)).compactMap { try? $0.get() }
    guard let latest = runs.max(by: { $0.updatedAt < $1.updatedAt }) else {
      throw RuntimeError(
        .inputMissing, "there are no runs in `\(folder(given))`", help: "start one with `ravine run SWEEP`")
    }
    return try RunStore.open(at: latest.path, readOnly: true)
  }

  /// Makes the folder where it is missing; its parent must exist.
  static func makeFolder(_ path: String) throws {
    guard mkdir(path, 0o755) != 0, errno != EEXIST else { return }
    throw RuntimeError(
      .cannotCreate, "cannot create the folder `\(path)`: \(RuntimeError.words(for: errno))",
      help: "name another one with `--runs`")
  }
}

extension RunStore {
  /// The plan that the run was made from, read again from the copies in its file.
  func input() throws -> SweepInput {
    try SweepInput(
      text: provenance.sweepText, file: provenance.sweepFile, files: files().map { ($0.name, $0.bytes) })
  }
}
