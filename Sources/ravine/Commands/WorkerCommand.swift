import ArgumentParser
import Glibc
import Logging
import RavineCluster
import RavineDescent
import RavineRuntime
import RavineSweeps

/// `ravine worker`: one worker process; `ravine run` starts these by itself.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Work for a coordinator; `ravine run` starts its workers by itself.")

  @Option(help: "Where the coordinator listens, such as ipc:///run/user/1000/ravine-x/work.")
  var connect: String

  @Option(help: "Which of the coordinator's local workers this is.")
  var slot: Int?

  @Option(help: "Computing threads; by default all cores that this process may use.")
  var threads: Int?

  @OptionGroup var logging: LogOption

  func validate() throws {
    if let threads, threads < 1 || threads > 4096 { throw ValidationError("--threads must be in 1 … 4096") }
  }

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      let cores = HostCores.detect(flag: threads)
      let identity = WorkerIdentity(
        build: BuildIdentity.build, kernel: Plan.kernelVersion, instructionSet: InstructionSets.best.instructionSet,
        cores: cores.count, memoryBytes: HostFacts.memoryBytes, host: HostFacts.name, pid: getpid(), slot: slot,
        instance: UInt64.random(in: 1...UInt64.max))
      let log = StandardErrorLog.logger("worker", level: logging.logLevel)
      var settings = WorkerLoop.Settings(endpoint: connect, identity: identity, log: log)
      if slot != nil { settings.parentPipe = STDIN_FILENO }
      let loop = try WorkerLoop(settings: settings, computer: SweepComputer(threads: cores.count))
      try Signals.watch { loop.request($0) }
      let ending = loop.run()
      if !ending.message.isEmpty { Terminal.say(ending.message) }
      // A computation that was cancelled may still hold a thread; the process must not wait for it.
      Glibc.exit(ending.code)
    }
  }
}

/// How much is logged to standard error.
struct LogOption: ParsableArguments {
  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: Logger.Level = .error
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
