import ArgumentParser
import RavineReports
import RavineRuntime
import RavineStore

/// `ravine export RUN`: every trial, in trial order.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write every trial of a run in trial order; the bytes depend on the sweep and the binary alone.")

  enum Form: String, ExpressibleByArgument, CaseIterable { case csv, jsonl, json }

  @Argument(help: ArgumentHelp("A run's name or file; by default the run that was written last.", valueName: "run"))
  var runName: String?

  @Option(name: .shortAndLong, help: "csv, jsonl or json.")
  var output = Form.csv

  @OptionGroup var location: RunFolderOption

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      let store = try RunLocator.open(runName, folder: location.runs)
      defer { store.close() }
      let axes = PlanAxes(try store.input().plan)
      let form: DataFormat =
        switch output {
        case .csv: .csv
        case .jsonl: .jsonl
        case .json: .json
        }
      try Export.write(store, axes: axes, format: form) { try Terminal.put($0) }
    }
  }
}
