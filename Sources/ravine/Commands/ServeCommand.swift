import ArgumentParser
import Glibc
import RavineReports
import RavineRuntime
import RavineStore
import RavineWire

/// `ravine serve`: one coordinator for several sweeps.
struct ServeCommand: ParsableCommand {
  /// What the coordinator of a folder calls its own files there.
  static let fileName = "serve"

  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Work on the sweeps that are handed in with `ravine submit`, and share workers among them.",
    discussion: """
      Workers go to the sweep of the highest priority that has work; equals share them. Runs and keys are kept in the \
      folder of runs, so that a coordinator that is started again goes on where it was. Ctrl-C stops cleanly.
      """)

  @OptionGroup var network: ListenOption

  @Option(help: "Worker processes on this machine; 0 for none. By default one for every two cores.")
  var workers: Int?

  @Option(help: "Computing threads of each worker; by default the cores are shared out.")
  var threads: Int?

  @OptionGroup var time: TimeLimitOption
  @OptionGroup var location: RunFolderOption
  @OptionGroup var logging: LogOption

  func validate() throws {
    try network.check(isListening: network.listen != nil)
    if let workers, workers < 0 || workers > 1024 { throw ValidationError("--workers must be in 0 … 1024") }
    if let threads, threads < 1 || threads > 4096 { throw ValidationError("--threads must be in 1 … 4096") }
  }

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      let folder = RunLocator.folder(location.runs)
      try RunLocator.makeFolder(folder)
      let cores = HostCores.detect().count
      let workers = workers ?? max(1, (cores + 1) / 2)
      let base = "\(folder)/\(Self.fileName)"
      var settings = Serving.Settings(
        access: AccessFolder(runFile: base), listening: network.listening(), queueFile: base + ".queue",
        workers: workers, threads: threads ?? max(1, cores / max(1, workers)), build: BuildIdentity.build,
        finish: { store in
          try store.materialiseTrials(axes: PlanAxes(try store.input().plan), at: .now())
        }, say: { Terminal.say($0) })
      settings.logLevel = logging.logLevel
      settings.end = time.end()
      let serving = try Serving(settings)
      try Signals.watch { serving.request($0) }
      let stop = try serving.perform { joinFile in
        if let joinFile { Terminal.say(ListenOption.announcement(joinFile)) }
        Terminal.say("ready; hand in sweeps with: ravine submit SWEEP --runs \(folder)")
      }
      if let stop { throw ExitCode(stop.exitStatus.rawValue) }
    }
  }
}

/// `ravine submit SWEEP`: hands a sweep to the coordinator that serves the folder.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Hand a sweep to `ravine serve`.")

  @Argument(help: "The sweep file (YAML); `-` reads standard input.")
  var sweep: String

  @Option(help: "Name of the run; by default the sweep's.")
  var name: String?

  @Option(help: "Higher comes first; equals share the workers.")
  var priority: Int32 = 0

  @Option(help: ArgumentHelp("Run a sweep of more than 10,000,000 trials.", valueName: "trials"))
  var yesRun: Int?

  @Option(
    help: ArgumentHelp("The coordinator's join file; by default the one in the folder of runs.", valueName: "file"))
  var join: String?

  @OptionGroup var location: RunFolderOption

  func validate() throws {
    if let name, name.isEmpty || name.contains("/") || name.hasPrefix(".") {
      throw ValidationError("--name must be a plain file name")
    }
  }

  func run() throws {
    try Failure.reporting {
      let input = try SweepLoader.load(sweep)
      try SweepLoader.admit(input, asked: yesRun)
      let folder = RunLocator.folder(location.runs)
      let file = join ?? AccessFolder(runFile: "\(folder)/\(ServeCommand.fileName)").joinFile("admin")
      guard access(file, F_OK) == 0 else {
        throw RuntimeError(
          .nobodyThere, "no coordinator serves `\(folder)`", help: "start one with: ravine serve --runs \(folder)")
      }
      let path = "\(folder)/\(name ?? input.sweep.name).sqlite"
      try RunOpening.open(input, at: path, threads: HostCores.detect().count).close()
      let order = OperatorOrder(
        request: UInt32.random(in: 1 ... .max), action: .admit, priority: priority, path: Self.absolute(path))
      switch try OperatorClient(joinFile: file, timeout: .seconds(20)).ask(.order(order)) {
      case .answer(_, true, let text): Terminal.say("\(text); look at it with: ravine status \(path)")
      case .answer(_, false, let text): throw RuntimeError(.tryAgain, text, details: [])
      case .status: throw RuntimeError(.bug, "the coordinator answered something else", details: [])
      }
    }
  }

  private static func absolute(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
