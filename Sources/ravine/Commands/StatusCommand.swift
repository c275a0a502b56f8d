import ArgumentParser
import RavineReports
import RavineRuntime
import RavineStore

/// `ravine status [RUN]`: one look at a run, running or not.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show where a run stands; reads its file and disturbs nobody.")

  @Argument(help: ArgumentHelp("A run's name or file; by default the run that was written last.", valueName: "run"))
  var runName: String?

  @OptionGroup var location: RunFolderOption

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      let store = try RunLocator.open(runName, folder: location.runs)
      defer { store.close() }
      try Terminal.put(text(store))
    }
  }

  private func text(_ store: RunStore) throws -> String {
    let tally = try store.tally()
    let done = tally.committedTrials + tally.failedTrials
    let work = tally.totalCost > 0 ? tally.committedCost / tally.totalCost : 1
    let state = RunWords.state(try store.state(), path: store.path)
    var lines = [
      "\(store.provenance.name): \(state), last written \(try store.updatedAt())",
      "trials: \(NumberText.grouped(done)) of \(NumberText.grouped(store.trialCount)) done, "
        + "\(NumberText.grouped(tally.failedTrials)) failed",
      "work:   \(NumberText.percent(work)) of the forecast",
      "units:  \(NumberText.grouped(tally.committedUnits)) of \(NumberText.grouped(store.unitCount)) committed",
    ]
    for worker in try store.workers() where worker.leftAt == nil {
      lines.append("worker: \(worker.name), \(NumberText.count(worker.threads, "thread")), \(worker.instructions)")
    }
    for failure in try store.failures().prefix(5) {
      lines.append("failed: unit \(failure.unit), attempt \(failure.attempt): \(failure.evidence)")
    }
    for event in try store.events(last: 5) {
      lines.append("event:  \(event.at) \(event.kind): \(event.text)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Words for what a run is doing.
enum RunWords {
  /// The stored state, or `interrupted` where its coordinator is gone.
  static func state(_ state: RunState, path: String) -> String {
    let isOpen = state == .running || state == .paused
    return isOpen && !RunStore.isBeingRun(path) ? "interrupted" : state.rawValue
  }
}
