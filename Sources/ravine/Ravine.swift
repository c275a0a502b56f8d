import ArgumentParser

/// The command line, one file for each command under `Commands/`.
@main
struct Ravine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ravine",
    abstract: "Measures, predicts and explains how fast gradient descent converges.",
    version: BuildIdentity.version,
    subcommands: [
      RunCommand.self, ExtendCommand.self, PlanCommand.self, StatusCommand.self, ListCommand.self, ResultsCommand.self,
      ExportCommand.self,
      ServeCommand.self, SubmitCommand.self, PauseCommand.self, ResumeCommand.self, StopCommand.self,
      CancelCommand.self, PrioritiseCommand.self, KeysCommand.self, SchemaCommand.self, BenchCommand.self,
      DoctorCommand.self, WorkerCommand.self,
    ])
}
