import ArgumentParser
import Glibc
import RavineDescent
import RavineReports
import RavineRuntime
import RavineStore
import RavineSweeps

/// `ravine run SWEEP`: the main job.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a sweep on this machine, or finish one that was stopped.",
    discussion: """
      A coordinator in this process hands units of trials to worker processes on this machine; every result is stored \
      in one SQLite file before it counts as done. Running the same sweep again goes on where it stopped. Ctrl-C \
      stops cleanly; nothing is lost.
      """)

  @Argument(help: "The sweep file (YAML); `-` reads standard input.")
  var sweep: String

  @Option(help: "Worker processes; by default one for every two cores.")
  var workers: Int?

  @Option(help: "Computing threads of each worker; by default the cores are shared out.")
  var threads: Int?

  @OptionGroup var network: ListenOption

  @OptionGroup var location: RunFolderOption

  @Option(help: "Name of the run; by default the sweep's.")
  var name: String?

  @Option(help: ArgumentHelp("Run a sweep of more than 10,000,000 trials.", valueName: "trials"))
  var yesRun: Int?

  @Flag(help: "No progress line and no summary.")
  var quiet = false

  @OptionGroup var logging: LogOption

  func validate() throws {
    if let workers, workers < (network.listen == nil ? 1 : 0) || workers > 1024 {
      throw ValidationError("--workers must be in 1 … 1024; 0 is allowed with --listen")
    }
    if let threads, threads < 1 || threads > 4096 { throw ValidationError("--threads must be in 1 … 4096") }
    if let name, name.isEmpty || name.contains("/") || name.hasPrefix(".") {
      throw ValidationError("--name must be a plain file name")
    }
  }

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      let input = try SweepLoader.load(sweep)
      try SweepLoader.admit(input, asked: yesRun)
      let folder = RunLocator.folder(location.runs)
      try RunLocator.makeFolder(folder)
      let path = "\(folder)/\(name ?? input.sweep.name).sqlite"
      let store = try RunOpening.open(input, at: path, threads: HostCores.detect().count)
      defer { store.close() }
      let status = try finish(store, input, path)
      if status != .success { throw ExitCode(status.rawValue) }
    }
  }

  /// Runs what is left of the run, then writes the trial table and prints the answer.
  private func finish(_ store: RunStore, _ input: SweepInput, _ path: String) throws -> ExitStatus {
    var status = ExitStatus.success
    let axes = PlanAxes(input.plan)
    if try store.unitStates().contains(.waiting) {
      status = try perform(store)
    } else {
      if !quiet { Terminal.say("all \(NumberText.count(store.trialCount, "trial")) of `\(path)` are measured already") }
      try store.setState(.complete, at: .now())
      if try store.tally().failedUnits > 0 { status = .someFailed }
    }
    guard status == .success || status == .someFailed else {
      Terminal.say("nothing is lost; go on with: \(resumeCommand)")
      return status
    }
    try store.materialiseTrials(axes: axes, at: .now())
    let answer = try Answer(store, input, axes, path: path)
    if !quiet { try Terminal.put(answer.text) }
    for message in try answer.failures(store, input) { Terminal.say(message) }
    return answer.summary.failed.isEmpty ? status : .someFailed
  }

  private func perform(_ store: RunStore) throws -> ExitStatus {
    let cores = HostCores.detect().count
    let workers = workers ?? max(1, min(cores, (threads.map { cores / $0 } ?? (cores + 1) / 2)))
    let threads = threads ?? max(1, cores / max(1, workers))
    var job = try LocalJob(store: store, workers: workers, threads: threads, build: BuildIdentity.build)
    job.logLevel = logging.logLevel
    job.listening = network.listening()
    job.access = AccessFolder(runFile: store.path)
    job.settings.run = RunName.of(store.path)
    job.settings.path = store.path
    let local = try LocalRun(job: job, store: store)
    try Signals.watch { request in
      local.request(request)
      if case .drain = request {
        Terminal.say(
          "\nstopping: results in flight are kept; press Ctrl-C again to stop now (nothing is lost either way)")
      }
    }
    var display = ProgressDisplay()
    var isAnnounced = false
    let ending = try local.perform { update in
      if let file = update.joinFile, !isAnnounced {
        isAnnounced = true
        display.finish()
        Terminal.say(ListenOption.announcement(file))
      }
      if !quiet { display.show(update) }
    }
    display.finish()
    if let error = ending.error { throw error }
    if ending.exitStatus == .nobodyThere {
      Terminal.say("error: no worker process stays alive; the run's history says why: ravine status \(store.path)")
      for event in try store.events(last: 3) { Terminal.say("   = note: \(event.kind): \(event.text)") }
    }
    return ending.exitStatus
  }

  private var resumeCommand: String {
    var words = ["ravine", "run", sweep]
    if let runs = location.runs { words += ["--runs", runs] }
    if let name { words += ["--name", name] }
    if let workers { words += ["--workers", "\(workers)"] }
    if let threads { words += ["--threads", "\(threads)"] }
    words += network.words
    if let yesRun { words += ["--yes-run", "\(yesRun)"] }
    return words.joined(separator: " ")
  }
}

/// Where runs are kept.
struct RunFolderOption: ParsableArguments {
  @Option(help: "Folder of the runs' files; by default $RAVINE_RUNS, else ./runs.")
  var runs: String?
}
