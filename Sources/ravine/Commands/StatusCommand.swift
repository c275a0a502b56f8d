import ArgumentParser
import RavineReports
import RavineRuntime
import RavineStore
import RavineWire

/// `ravine status [RUN]`: one look at a run, running or not.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show where a run stands: from its file, and its workers from its coordinator, if there is one.")

  @OptionGroup var reach: ReachOption

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      if let join = reach.join, reach.runName == nil {
        for run in try StatusCommand.ask(join) { try Terminal.put(StatusText.text(run)) }
        return
      }
      let store = try RunLocator.open(reach.runName, folder: reach.location.runs)
      defer { store.close() }
      var live: RunStatus?
      if RunStore.isBeingRun(store.path), let join = reach.join ?? ReachOption.joinFile(store.path) {
        // A coordinator that does not answer is no reason to show nothing.
        live = (try? StatusCommand.ask(join))?.first { $0.name == RunName.of(store.path) }
      }
      try Terminal.put(StatusText.text(store, live))
    }
  }

  static func ask(_ joinFile: String) throws -> [RunStatus] {
    let request = UInt32.random(in: 1 ... .max)
    switch try OperatorClient(joinFile: joinFile, timeout: .seconds(3)).ask(.status(request: request)) {
    case .status(_, _, let runs): return runs
    case .answer(_, _, let text): throw RuntimeError(.notPermitted, text, details: [])
    }
  }
}

/// The lines of `ravine status`.
enum StatusText {
  static func text(_ store: RunStore, _ live: RunStatus?) throws -> String {
    let tally = try store.tally()
    let done = tally.committedTrials + tally.failedTrials
    let work = tally.totalCost > 0 ? tally.committedCost / tally.totalCost : 1
    let stored = RunWords.state(try store.state(), path: store.path)
    let state = live.map { phase($0) } ?? stored
    var lines = [
      "\(store.provenance.name): \(state), last written \(try store.updatedAt())",
      "trials: \(NumberText.grouped(done)) of \(NumberText.grouped(store.trialCount)) done, "
        + "\(NumberText.grouped(tally.failedTrials)) failed",
      "work:   \(NumberText.percent(work)) of the forecast",
      "units:  \(NumberText.grouped(tally.committedUnits)) of \(NumberText.grouped(store.unitCount)) committed",
    ]
    if let live {
      lines += live.workers.map(worker)
    } else {
      for worker in try store.workers() where worker.leftAt == nil {
        lines.append("worker: \(worker.name), \(NumberText.count(worker.threads, "thread")), \(worker.instructions)")
      }
    }
    for failure in try store.failures().prefix(5) {
      lines.append("failed: unit \(failure.unit), attempt \(failure.attempt): \(failure.evidence)")
    }
    for event in try store.events(last: 5) {
      lines.append("event:  \(event.at) \(event.kind): \(event.text)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What a coordinator says, where the run's file is out of reach.
  static func text(_ run: RunStatus) -> String {
    let done = run.committedTrials + run.failedTrials
    var lines = [
      "\(run.name): \(phase(run)), priority \(run.priority)",
      "trials: \(NumberText.grouped(done)) of \(NumberText.grouped(run.trials)) done, "
        + "\(NumberText.grouped(run.failedTrials)) failed",
      "work:   \(NumberText.percent(run.cost > 0 ? run.committedCost / run.cost : 1)) of the forecast",
      "units:  \(NumberText.grouped(run.committedUnits)) of \(NumberText.grouped(run.units)) committed, "
        + "\(NumberText.grouped(run.leasedUnits)) handed out",
    ]
    lines += run.workers.map(worker)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func phase(_ run: RunStatus) -> String {
    run.reason.isEmpty ? "\(run.phase)" : "\(run.phase) (\(run.reason))"
  }

  private static func worker(_ worker: WorkerStatus) -> String {
    var line = "worker: \(worker.name), \(NumberText.count(worker.cores, "thread")), \(worker.instructionSet), "
    line += "\(NumberText.count(worker.unitsDone, "unit")) done"
    if let unit = worker.unit { line += ", unit \(unit) at step \(NumberText.grouped(Int(clamping: worker.steps)))" }
    let silence = Double(worker.silence.components.seconds)
    if silence >= 4 { line += ", silent for \(NumberText.duration(silence))" }
    return worker.trouble.isEmpty ? line : line + ", " + worker.trouble
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
