import ArgumentParser
import Glibc
import Logging
import RavineCluster
import RavineDescent
import RavineReports
import RavineRuntime
import RavineScheduling
import RavineSweeps

/// `ravine worker`: one worker process; `ravine run` starts these by itself.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Work for a coordinator; `ravine run` starts its workers by itself.")

  @Option(
    help: ArgumentHelp(
      "The join file of the run, as `ravine run --listen` prints it; by default $RAVINE_JOIN. With - it comes over "
        + "standard input, up to an empty line, and the worker leaves when that input ends.", valueName: "file"))
  var join: String?

  @Option(help: ArgumentHelp("Where a coordinator on this machine listens: ipc://PATH.", visibility: .hidden))
  var connect: String?

  @Option(help: ArgumentHelp("Which of the coordinator's local workers this is.", visibility: .hidden))
  var slot: Int?

  @Option(help: "Computing threads; by default all cores that this process may use.")
  var threads: Int?

  @Option(help: "How long to look for a coordinator that is gone before leaving, such as 90s, 10m or 2h.")
  var orphanTimeout: TimeSpan = TimeSpan(duration: .seconds(600))

  @OptionGroup var time: TimeLimitOption

  @Option(help: "What to call this worker; by default its host and process id.")
  var name: String?

  @OptionGroup var logging: LogOption

  func validate() throws {
    if let name, name.isEmpty || name.utf8.count > 64 || name.contains(where: { !$0.isASCII || $0.isWhitespace }) {
      throw ValidationError("--name must be 1 to 64 ASCII characters without blanks")
    }
    if join != nil, connect != nil { throw ValidationError("--join and --connect exclude each other") }
    if let threads, threads < 1 || threads > 4096 { throw ValidationError("--threads must be in 1 … 4096") }
  }

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      let cores = HostCores.detect(flag: threads)
      // A local worker is told by the process that started it.
      let limit = slot == nil ? time.detect() : time.walltime.map { TimeLimit(flag: $0.duration) }
      let identity = WorkerIdentity(
        build: BuildIdentity.build, kernel: Plan.kernelVersion, instructionSet: InstructionSets.best.instructionSet,
        cores: cores.count, memoryBytes: HostFacts.memoryBytes, host: HostFacts.name, pid: getpid(), slot: slot,
        instance: UInt64.random(in: 1...UInt64.max), secondsLeft: limit?.secondsLeft, name: name ?? "")
      let log = StandardErrorLog.logger("worker", level: logging.logLevel)
      var settings = WorkerLoop.Settings(coordinator: try coordinator(), identity: identity, log: log)
      settings.say = { Terminal.say($0) }
      if join != nil || connect == nil {
        settings.orphanTimeout = orphanTimeout.duration
        Terminal.say("\(NumberText.count(cores.count, "computing thread")), set by \(cores.decidedBy.rawValue)")
        if let limit {
          Terminal.say("\(NumberText.duration(limit.secondsLeft)) to go, says \(limit.source)")
        }
      }
      if slot != nil || join == "-" { settings.parentPipe = STDIN_FILENO }
      let loop = try WorkerLoop(settings: settings, computer: SweepComputer(threads: cores.count))
      try Signals.watch { loop.request($0) }
      let ending = loop.run()
      if !ending.message.isEmpty { Terminal.say(ending.message) }
      // A computation that was cancelled may still hold a thread; the process must not wait for it.
      Glibc.exit(ending.code)
    }
  }

  private func coordinator() throws -> WorkerLoop.Settings.Coordinator {
    if let connect { return .local(endpoint: connect) }
    if join == "-" { return .join(file: try JoinInput.keep()) }
    let variable = Terminal.variable("RAVINE_JOIN")
    if let join = join ?? (variable.isEmpty ? nil : variable) { return .join(file: join) }
    throw RuntimeError(
      .usage, "a worker needs a join file: `--join FILE`, or its path in RAVINE_JOIN",
      help: "`ravine run SWEEP --listen tcp://*` makes one and prints where it is")
  }
}

/// A length of time on the command line: a number and s, m, h or d; a bare number is seconds.
struct TimeSpan: ExpressibleByArgument {
  var duration: Duration

  init(duration: Duration) { self.duration = duration }

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let last = argument.last else { return nil }
    let digits = units[last] == nil ? argument[...] : argument.dropLast()
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }), let number = Double(digits), number > 0,
      number * (units[last] ?? 1) <= 3e9
    else { return nil }
    duration = .clamped(seconds: number * (units[last] ?? 1))
  }

  var defaultValueDescription: String { "\(duration.components.seconds)s" }
}

/// When something else will end this process.
struct TimeLimitOption: ParsableArguments {
  @Option(
    help: """
      How long this process may live, such as 45m; by default what Slurm says, if it runs there. No unit is begun that \
      cannot end in time, and the process leaves by itself.
      """)
  var walltime: TimeSpan?

  func detect() -> TimeLimit? { TimeLimit.detect(flag: walltime?.duration) }

  /// The end of this process, which is told to people.
  func end() -> ProcessEnd? {
    detect().map { limit in
      Terminal.say(
        "\(NumberText.duration(limit.secondsLeft)) to go, says \(limit.source): stopping cleanly before that")
      return ProcessEnd(limit)
    }
  }
}

/// How much is logged to standard error.
struct LogOption: ParsableArguments {
  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: Logger.Level = .error
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
