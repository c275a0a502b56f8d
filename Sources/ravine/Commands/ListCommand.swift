import ArgumentParser
import RavineReports
import RavineRuntime
import RavineStore

/// `ravine list`: the runs of a folder.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the runs of a folder.")

  @OptionGroup var location: RunFolderOption
  @OptionGroup var output: OutputOption

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      var rows: [[Cell]] = []
      for result in try RunCatalogue.runs(in: RunLocator.folder(location.runs)) {
        switch result {
        case .success(let run):
          rows.append([
            .text(run.name), .text(RunWords.state(run.state, path: run.path)), .integer(run.doneTrials),
            .integer(run.trialCount),
            .integer(run.failedTrials), .text(run.updatedAt.description), .integer(run.bytes), .text(run.path),
          ])
        case .failure(let error): Terminal.say(error.description)
        }
      }
      let columns = ["name", "state", "done", "trials", "failed", "updated", "bytes", "path"]
      let texts: Set = ["name", "state", "updated", "path"]
      let table = ResultTable(
        columns: columns.map { ResultTable.Column(name: $0, isText: texts.contains($0)) }, rows: rows)
      try output.put(table)
    }
  }
}

/// The form in which a command gives its data.
struct OutputOption: ParsableArguments {
  enum Form: String, ExpressibleByArgument, CaseIterable { case table, json, jsonl, csv }

  @Option(name: .shortAndLong, help: "table, json, jsonl or csv.")
  var output = Form.table

  func put(_ table: ResultTable) throws {
    switch output {
    case .table: try Terminal.put(table.text())
    case .json: try Terminal.put(table.bytes(.json))
    case .jsonl: try Terminal.put(table.bytes(.jsonl))
    case .csv: try Terminal.put(table.bytes(.csv))
    }
  }
}
