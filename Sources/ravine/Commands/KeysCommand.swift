import ArgumentParser
import RavineReports
import RavineRuntime

/// `ravine keys`: who may connect to a run's coordinator.
struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Who may connect to a run's coordinator; a running one follows within a second.",
    subcommands: [KeysAddCommand.self, KeysListCommand.self, KeysRevokeCommand.self])
}

/// Whose keys are meant.
struct KeysOption: ParsableArguments {
  @Option(help: "The run's name or file, or `serve` for the coordinator of the whole folder; by default the last run.")
  var run: String?

  @OptionGroup var location: RunFolderOption

  /// The folder of keys and the id that its join files carry.
  func folder() throws -> (folder: AccessFolder, run: String) {
    if run == "serve" {
      let folder = RunLocator.folder(location.runs)
      return (AccessFolder(runFile: "\(folder)/\(ServeCommand.fileName)"), "serve")
    }
    let store = try RunLocator.open(run, folder: location.runs)
    defer { store.close() }
    return (AccessFolder(runFile: store.path), store.provenance.runID)
  }
}

struct KeysAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Make a key; prints the path of its join file.")

  @Argument(help: "What to call it: letters, digits, `.`, `_`, `-`.")
  var name: String

  @Option(help: "worker, viewer or admin.")
  var role = KeyRole.worker

  @OptionGroup var keys: KeysOption

  func validate() throws {
    if !AllowedKey.isName(name) { throw ValidationError("`\(name)` is no name for a key: letters, digits, . _ - only") }
  }

  func run() throws {
    try Failure.reporting {
      let (folder, run) = try keys.folder()
      try Terminal.put(try folder.add(name, role, run: run) + "\n")
    }
  }
}

struct KeysListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the keys that are allowed.")

  @OptionGroup var keys: KeysOption
  @OptionGroup var output: OutputOption

  func run() throws {
    try Failure.reporting {
      let (folder, _) = try keys.folder()
      let rows = try folder.allowList().keys.map { key -> [Cell] in
        [.text(key.name), .text(key.role.rawValue), .text(key.publicKey.hexadecimal), .text(folder.joinFile(key.name))]
      }
      let columns = ["name", "role", "key", "join_file"].map { ResultTable.Column(name: $0, isText: true) }
      try output.put(ResultTable(columns: columns, rows: rows))
    }
  }
}

struct KeysRevokeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take a key back; whoever is connected with it is sent away.")

  @Argument(help: "The key's name.")
  var name: String

  @OptionGroup var keys: KeysOption

  func run() throws {
    try Failure.reporting {
      let (folder, _) = try keys.folder()
      try folder.revoke(name)
      Terminal.say("`\(name)` is revoked")
    }
  }
}

extension KeyRole: ExpressibleByArgument {}
