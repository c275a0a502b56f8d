import RavineScheduling

/// What a run starts on other machines.
package enum Launch: Equatable, Sendable {
  case slurm(SlurmLaunch)
  case processes([RemoteProcess])

  /// `--dry-run`: what would be launched, for a shell or a person.
  package var dryRun: String {
    switch self {
    case .slurm(let launch): launch.dryRun
    case .processes(let processes):
      processes.map { process in
        let input = process.inputFile.map { "# standard input: \(ShellWord.quoted($0)), an empty line, held open\n" }
        return (input ?? "") + ShellWord.line(process.words) + "\n"
      }.joined()
    }
  }

  /// Finds out, before anything is started, whether it can work.
  package func rehearse() throws(RuntimeError) {
    switch self {
    case .slurm(let launch): try launch.rehearse()
    case .processes(let processes):
      guard let tool = processes.first?.words.first else { return }
      let found = try CommandRun.run(["sh", "-c", "command -v \(tool)"])
      if found.status != 0 { throw RuntimeError(.nobodyThere, "`\(tool)` is not on this machine's PATH") }
    }
  }

  fileprivate func start(
    _ report: @escaping @Sendable (FleetReport) -> Void
  ) throws(RuntimeError) -> any Fleet {
    switch self {
    case .slurm(let launch): try SlurmFleet(launch, report: report)
    case .processes(let processes): try ProcessFleet(processes, report: report)
    }
  }
}

/// The workers that a run starts on other machines, from the moment they can join to the run's end; one thread's own.
package final class LaunchedWorkers {
  private let launch: Launch
  private let reports: Mailbox<FleetReport>
  private var fleet: (any Fleet)?
  /// A fleet thinks in minutes: it need not see every update.
  private static let observationInterval = Duration.seconds(1)
  private var nextObservation = MonotonicClock.now()
  /// Why no worker is left and none will come.
  package private(set) var error: RuntimeError?

  package init(_ launch: Launch) throws(RuntimeError) {
    self.launch = launch
    reports = try Mailbox<FleetReport>()
  }

  /// Starts them once other machines may join, and passes on where the run stands.
  ///
  /// - Returns: lines for the person who waits.
  package func follow(_ update: LocalRun.Update) -> [String] {
    if let fleet {
      if update.stop != nil || MonotonicClock.now() >= nextObservation {
        nextObservation = MonotonicClock.now() + Self.observationInterval
        fleet.observe(update.progress)
      }
    } else if update.joinFile != nil, update.stop == nil, error == nil {
      do {
        fleet = try launch.start { [reports] in reports.post($0) }
      } catch {
        self.error = error
      }
    }
    return takeNotes()
  }

  /// Ends all of them.
  ///
  /// - Returns: the last lines for the person who waits.
  package func shutDown() -> [String] {
    fleet?.shutDown()
    fleet = nil
    return takeNotes()
  }

  private func takeNotes() -> [String] {
    var notes: [String] = []
    for report in reports.takeAll() {
      switch report {
      case .note(let text): notes.append(text)
      case .nobodyLeft(let reason): error = error ?? reason
      }
    }
    return notes
  }
}
