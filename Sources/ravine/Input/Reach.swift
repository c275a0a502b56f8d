import ArgumentParser
import Glibc
import RavineRuntime
import RavineStore
import RavineWire

/// Which run is meant, and how to reach its coordinator.
struct ReachOption: ParsableArguments {
  @Argument(help: ArgumentHelp("A run's name or file; by default the run that was written last.", valueName: "run"))
  var runName: String?

  @Option(help: ArgumentHelp("A join file, to ask from another machine.", valueName: "file"))
  var join: String?

  @OptionGroup var location: RunFolderOption

  /// The run's file; nil where only a join file is known.
  func path() throws -> String? {
    if runName == nil, join != nil { return nil }
    let store = try RunLocator.open(runName, folder: location.runs)
    defer { store.close() }
    return store.path
  }

  /// Where to ask about the run at `path`: its own coordinator, or the one that serves its folder.
  static func joinFile(_ path: String) -> String? {
    let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : "."
    let candidates = [AccessFolder(runFile: path), AccessFolder(runFile: "\(folder)/\(ServeCommand.fileName)")]
    return candidates.map { $0.joinFile("admin") }.first { access($0, F_OK) == 0 }
  }

  /// Gives an order to the run's coordinator.
  /// - Returns: its answer.
  func ask(_ order: RunOrder) throws -> String {
    let path = try path()
    guard let file = join ?? path.flatMap({ Self.joinFile($0) }) else {
      throw RuntimeError(
        .nobodyThere, "no coordinator works on `\(path ?? "")`", help: "start it with `ravine run` or `ravine submit`")
    }
    let name = path.map { RunName.of($0) } ?? runName ?? ""
    let request = OperatorOrder(
      request: UInt32.random(in: 1 ... .max), run: name, action: order.action, reason: order.reason,
      priority: order.priority)
    switch try OperatorClient(joinFile: file).ask(.order(request)) {
    case .answer(_, true, let text): return text
    case .answer(_, false, let text): throw RuntimeError(.tryAgain, text, details: [])
    case .status: throw RuntimeError(.bug, "the coordinator answered something else", details: [])
    }
  }
}
