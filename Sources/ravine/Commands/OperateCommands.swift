import ArgumentParser
import RavineRuntime
import RavineWire

/// A command that gives one order to the coordinator of a run and prints its answer.
protocol OrderCommand: ParsableCommand {
  var reach: ReachOption { get }
  var order: RunOrder { get }
}

/// What is to be done with a run.
struct RunOrder {
  var action: OperatorOrder.Action
  var reason = ""
  var priority: Int32 = 0
}

extension OrderCommand {
  func run() throws {
    try Failure.reporting { Terminal.say(try reach.ask(order)) }
  }
}

/// `ravine pause RUN`: nothing new is handed out.
struct PauseCommand: OrderCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hand out no more units of a run; what is being computed goes on.")

  @OptionGroup var reach: ReachOption

  var order: RunOrder { RunOrder(action: .pause) }
}

/// `ravine resume RUN`.
struct ResumeCommand: OrderCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a run that was paused, or whose store failed.")

  @OptionGroup var reach: ReachOption

  var order: RunOrder { RunOrder(action: .resume) }
}

/// `ravine stop RUN`.
struct StopCommand: OrderCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop a run cleanly, as Ctrl-C does; it can be gone on with.")

  @OptionGroup var reach: ReachOption

  var order: RunOrder { RunOrder(action: .stop) }
}

/// `ravine cancel RUN --reason WHY`.
struct CancelCommand: OrderCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "End a run at once; what was measured is kept, the reason goes into its history.")

  @OptionGroup var reach: ReachOption

  @Option(help: "Why; kept in the run's history.")
  var reason: String

  var order: RunOrder { RunOrder(action: .cancel, reason: reason) }

  func validate() throws {
    if reason.isEmpty { throw ValidationError("--reason must not be empty") }
  }
}

/// `ravine prioritise RUN --priority N`.
struct PrioritiseCommand: OrderCommand {
  static let configuration = CommandConfiguration(
    commandName: "prioritise", abstract: "Give a run of `ravine serve` another priority; higher ones come first.")

  @OptionGroup var reach: ReachOption

  @Option(help: "Higher comes first; equals share the workers.")
  var priority: Int32

  var order: RunOrder { RunOrder(action: .priority, priority: priority) }
}
