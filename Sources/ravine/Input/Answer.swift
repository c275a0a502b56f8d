import RavineDescent
import RavineReports
import RavineRuntime
import RavineStore
import RavineSweeps

/// What a run prints at its end: the file's question, the table that answers it, and how far to trust it.
struct Answer {
  /// What is printed.
  let text: String
  let summary: RunSummary

  /// - Parameter quiet: nothing is to be printed: only the summary is made.
  init(_ store: RunStore, _ input: SweepInput, _ axes: PlanAxes, path: String, quiet: Bool) throws {
    summary = try RunSummary.fold(store, axes: axes)
    guard !quiet else {
      text = ""
      return
    }
    var text = ""
    if let question = input.sweep.question { text += Self.wrapped(question) + "\n" }
    for (table, filters) in try Self.tables(input, axes) {
      let pivot = try table.fold(store, axes: axes) { trial in
        filters.isEmpty || Self.holds(filters, input.plan, trial)
      }
      if !filters.isEmpty { text += "where " + filters.map(\.text).joined(separator: ", ") + "\n" }
      text += pivot.text(width: Terminal.outputWidth) + "\n"
    }
    if let expectation = input.sweep.expectation { text += Self.wrapped("expected: " + expectation) + "\n" }
    text += summary.text(axes.axes, width: Terminal.outputWidth)
    text += "\nstored in \(path); look further with: ravine results \(path)\n"
    self.text = text
  }

  /// Why trials failed, a message for each problem: their problem cannot be prepared, or their unit was given up.
  func failures(_ store: RunStore, _ input: SweepInput) throws -> [String] {
    var messages = try store.failures().prefix(5).map { "unit \($0.unit) failed: \($0.evidence)" }
    for trial in summary.failed {
      do {
        let settings = input.plan.settings(of: trial)
        let problem = try Problem.prepare(settings.problem, tables: input.tables)
        if let reason = Training.obstacle(problem, settings.parameters) {
          messages.append("trial \(trial) failed: \(reason)")
        }
      } catch {
        messages.append(
          "trial \(trial) and all others of its data set failed: " + error.messages.joined(separator: "\n"))
      }
    }
    return messages
  }

  private static func columnName(_ value: String) -> String { value.split(separator: "-").joined(separator: "_") }

  /// The tables that the file asks for, each with the trials that it is made of, or the usual one.
  private static func tables(
    _ input: SweepInput, _ axes: PlanAxes
  ) throws -> [(SummaryTable, [SummaryRequest.Filter])] {
    if input.sweep.summaries.isEmpty { return SummaryTable.usual(axes.axes).map { [($0, [])] } ?? [] }
    let names = ColumnNames(axes.axes)
    return try input.sweep.summaries.map { request in
      var table = SummaryTable(rows: try names.column(request.rows))
      if let columns = request.columns { table.columns = try names.column(columns) }
      if request.value != "steps" {
        table.measure = try names.column(Self.columnName(request.value))
      }
      table.countsToConvergence = request.isCost
      if let partner = request.partner { table.partner = try names.column(Self.columnName(partner)) }
      if let digits = request.digits { table.digits = digits }
      return (table, request.filters)
    }
  }

  private static func holds(_ filters: [SummaryRequest.Filter], _ plan: Plan, _ trial: Int) -> Bool {
    let values = plan.axisText(of: trial)
    return filters.allSatisfy { filter in
      guard let place = plan.axes.firstIndex(where: { $0.path == filter.path }), let value = values[place] else {
        return false
      }
      return filter.values.contains(value)
    }
  }

  /// Breaks a paragraph at spaces so that no line is longer than 100 characters.
  private static func wrapped(_ text: String) -> String {
    var lines: [String] = [""]
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      if lines[lines.count - 1].count + word.count >= 100 { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
