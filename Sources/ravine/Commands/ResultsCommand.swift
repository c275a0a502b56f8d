import ArgumentParser
import RavineReports
import RavineRuntime
import RavineStore

/// `ravine results RUN`: filter, group and condense.
struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract: "Query a run: filter, group, medians and quantiles over the rest.",
    discussion: """
      Without --group every trial is a row. With it, every other column is condensed: `--column 'median(steps)'`, also \
      q10, q50, q90, min, max, mean, count. Example: \
      ravine results longley --group preprocessing --column 'median(steps)'
      """)

  @Argument(help: ArgumentHelp("A run's name or file; by default the run that was written last.", valueName: "run"))
  var runName: String?

  @Option(help: "Keep rows where this holds, such as 'status = converged' or 'steps > 1000'. May be repeated.")
  var filter: [String] = []

  @Option(help: "A column to group by. May be repeated.")
  var group: [String] = []

  @Option(help: "A column to show; with --group an aggregate of one. May be repeated.")
  var column: [String] = []

  @Option(help: "Sort by this output column; downwards with a minus: --sort=-steps.")
  var sort: String?

  @Option(help: "At most so many rows.")
  var limit: Int?

  @OptionGroup var location: RunFolderOption
  @OptionGroup var output: OutputOption

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      let store = try RunLocator.open(runName, folder: location.runs)
      defer { store.close() }
      let axes = PlanAxes(try store.input().plan)
      let names = ColumnNames(axes.axes)
      var query = ResultsQuery()
      query.filters = try filter.map { try Filter.parse($0, axes: axes.axes) }
      query.groups = try group.map { try names.column($0) }
      query.columns = try column.map { try Selection.parse($0, axes: axes.axes) }
      query.limit = limit
      if let sort {
        let descending = sort.hasPrefix("-")
        query.order = ResultsQuery.Order(column: descending ? String(sort.dropFirst()) : sort, descending: descending)
      }
      try output.put(try query.run(store, axes: axes))
      let leftOut = ResultsQuery.leftOut(axes.axes)
      if column.isEmpty, group.isEmpty, leftOut > 0 {
        Terminal.say("\(leftOut) columns of the curve are left out; see them with --column gap_at_1 or ravine export")
      }
    }
  }
}
