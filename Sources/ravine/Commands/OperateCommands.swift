import ArgumentParser
import RavineRuntime
import RavineWire

/// `ravine pause RUN`: nothing new is handed out.
struct PauseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hand out no more units of a run; what is being computed goes on.")

  @OptionGroup var reach: ReachOption

  func run() throws {
    try Failure.reporting { Terminal.say(try reach.ask(.pause)) }
  }
}

/// `ravine resume RUN`.
struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a run that was paused, or whose store failed.")

  @OptionGroup var reach: ReachOption

  func run() throws {
    try Failure.reporting { Terminal.say(try reach.ask(.resume)) }
  }
}

/// `ravine stop RUN`.
struct StopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop a run cleanly, as Ctrl-C does; it can be gone on with.")

  @OptionGroup var reach: ReachOption

  func run() throws {
    try Failure.reporting { Terminal.say(try reach.ask(.stop)) }
  }
}

/// `ravine cancel RUN --reason WHY`.
struct CancelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "End a run at once; what was measured is kept, the reason goes into its history.")

  @OptionGroup var reach: ReachOption

  @Option(help: "Why; kept in the run's history.")
  var reason: String

  func validate() throws {
    if reason.isEmpty { throw ValidationError("--reason must not be empty") }
  }

  func run() throws {
    try Failure.reporting { Terminal.say(try reach.ask(.cancel, reason: reason)) }
  }
}

/// `ravine prioritise RUN N`.
struct PrioritiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prioritise", abstract: "Give a run of `ravine serve` another priority; higher ones come first.")

  @OptionGroup var reach: ReachOption

  @Option(help: "Higher comes first; equals share the workers.")
  var priority: Int32

  func run() throws {
    try Failure.reporting { Terminal.say(try reach.ask(.priority, priority: priority)) }
  }
}
