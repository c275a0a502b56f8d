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

  @OptionGroup var launching: LaunchOption

  @OptionGroup var time: TimeLimitOption

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
    try network.check(isListening: network.listen != nil || launching.engine != nil)
    try launching.check(workers: workers, threads: threads)
    if let threads, threads < 1 || threads > 4096 { throw ValidationError("--threads must be in 1 … 4096") }
    if let name, name.isEmpty || name.contains("/") || name.hasPrefix(".") {
      throw ValidationError("--name must be a plain file name")
    }
  }

  func run() throws { try run { try RunOpening.open($0, at: $1, threads: $2) } }

  /// Runs the sweep.
  /// - Parameter opening: gives the run of the sweep whose file is at a path, or makes it on so many threads.
  func run(opening: (_ input: SweepInput, _ path: String, _ threads: Int) throws -> RunStore) throws {
    try Failure.reporting {
      Signals.prepare()
      let input = try SweepLoader.load(sweep)
      try SweepLoader.admit(input, asked: yesRun)
      let folder = RunLocator.folder(location.runs)
      let path = "\(folder)/\(name ?? input.sweep.name).sqlite"
      if launching.dryRun { return try Terminal.put(try launch(path)?.dryRun ?? "") }
      try RunLocator.makeFolder(folder)
      let store = try opening(input, path, HostCores.detect().count)
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
    let answer = try Answer(store, input, axes, path: path, quiet: quiet)
    if !quiet { try Terminal.put(answer.text) }
    for message in try answer.failures(store, input) { Terminal.say(message) }
    return answer.summary.failed.isEmpty ? status : .someFailed
  }

  private func perform(_ store: RunStore) throws -> ExitStatus {
    let launch = try launch(store.path)
    try launch?.rehearse()
    let local = try LocalRun(job: try job(store), store: store)
    try Signals.watch { request in
      local.request(request)
      if case .drain = request {
        Terminal.say(
          "\nstopping: results in flight are kept; press Ctrl-C again to stop now (nothing is lost either way)")
      }
    }
    let launched = try launch.map { try LaunchedWorkers($0) }
    var display = ProgressDisplay()
    var isAnnounced = false
    let ending = try local.perform { update in
      if let file = update.joinFile, !isAnnounced {
        isAnnounced = true
        if launched == nil { display.say(ListenOption.announcement(file)) }
      }
      if let launched {
        for line in launched.follow(update) { display.say(line) }
        if launched.error != nil { local.request(.stop(signal: SIGTERM)) }
      }
      if !quiet { display.show(update) }
    }
    display.finish()
    for line in launched?.shutDown() ?? [] { Terminal.say(line) }
    if let error = ending.error { throw error }
    if ending.isOutOfTime { Terminal.say("the time limit is near: stopped") }
    if ending.outcome == nil, let error = launched?.error {
      Terminal.say(error.description)
      return error.status
    }
    if ending.exitStatus == .nobodyThere {
      Terminal.say("error: no worker process stays alive; the run's history says why: ravine status \(store.path)")
      for event in try store.events(last: 3) { Terminal.say("   = note: \(event.kind): \(event.text)") }
    }
    return ending.exitStatus
  }

  /// What this process does itself: with `--on`, the coordinator's part alone.
  private func job(_ store: RunStore) throws -> LocalJob {
    let cores = HostCores.detect().count
    let workers = workers ?? max(1, min(cores, (threads.map { cores / $0 } ?? (cores + 1) / 2)))
    let isElsewhere = launching.engine != nil
    var job = try LocalJob(
      store: store, workers: isElsewhere ? 0 : workers, threads: threads ?? max(1, cores / max(1, workers)),
      build: BuildIdentity.build)
    job.logLevel = logging.logLevel
    job.end = time.end()
    job.listening = network.listening(always: isElsewhere)
    job.access = AccessFolder(runFile: store.path)
    job.settings.run = RunName.of(store.path)
    job.settings.path = store.path
    return job
  }

  /// What is started on other machines, for the run in the file at `path`.
  private func launch(_ path: String) throws -> Launch? {
    let file = RunLocator.absolute(path)
    return try launching.launch(runFile: file, workers: workers, threads: threads)
  }

  private var resumeCommand: String {
    var words = ["ravine", "run", sweep]
    if let runs = location.runs { words += ["--runs", runs] }
    if let name { words += ["--name", name] }
    if let workers { words += ["--workers", "\(workers)"] }
    if let threads { words += ["--threads", "\(threads)"] }
    words += network.words + launching.words
    if let yesRun { words += ["--yes-run", "\(yesRun)"] }
    return ShellWord.line(words + launching.lastWords)
  }
}

/// Where runs are kept.
struct RunFolderOption: ParsableArguments {
  @Option(help: "Folder of the runs' files; by default $RAVINE_RUNS, else ./runs.")
  var runs: String?
}
