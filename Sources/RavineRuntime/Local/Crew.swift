import Logging
import RavineCluster
import RavineStore
import RavineZeroMQ

/// The parts of a local run, put together: who reports to whom.
///
/// workers <-> coordinator's thread -> store's thread; launcher -> coordinator's thread; coordinator's thread ->
/// caller.
final class Crew {
  let board = ProgressBoard()
  private let inbox: Mailbox<CoordinatorLoop.Input>
  /// Holds the local socket; removed last.
  private let directory: SocketDirectory
  private let writer: StoreWriter
  private let launcher: any WorkerLauncher
  private let loop: CoordinatorLoop
  private let listening: Listening?
  private let watch: AccessWatch?

  init(
    job: LocalJob, store: RunStore, makeLauncher: LocalRun.MakeLauncher,
    report: @escaping @Sendable (CoordinatorLoop.Report) -> Void
  ) throws(RuntimeError) {
    let inbox = try Mailbox<CoordinatorLoop.Input>()
    self.inbox = inbox
    directory = try SocketDirectory()
    writer = try StoreWriter(ledger: store) { inbox.post(.store($0)) }
    launcher = try makeLauncher(directory.endpoint) { inbox.post(.event($0)) }
    listening = job.listening
    let door = try job.listening?.door(run: store.provenance.runID)
    var settings = job.settings
    settings.admitsOthers = settings.admitsOthers || door != nil
    settings.sessionLimit = max(1, min(settings.sessionLimit, FileLimit.raise() - Self.reservedFiles))
    let open = job.committed.count { !$0 }
    let coordinator = Coordinator(
      plan: job.plan, units: job.units, committed: job.committed, localWorkers: min(job.workers, open),
      epoch: store.epoch, build: job.build, settings: settings, now: MonotonicClock.now())
    var surroundings = CoordinatorLoop.Surroundings(
      endpoints: [directory.endpoint], context: try Self.context(), store: writer, launcher: launcher,
      epoch: store.epoch, build: job.build, log: StandardErrorLog.logger("coordinator", level: job.logLevel),
      report: report)
    surroundings.door = door
    loop = try CoordinatorLoop(coordinator: coordinator, inbox: inbox, board: board, surroundings: surroundings)
    watch = try job.listening.map { listening throws(RuntimeError) in
      try AccessWatch(listening.access, current: door?.allowed ?? AllowList()) { inbox.post(.allowed($0)) }
    }
  }

  /// Open files that are not connections of workers: the store, the program's own, and those that are being refused.
  private static let reservedFiles = 256

  private static func context() throws(RuntimeError) -> Context {
    do {
      return try Context()
    } catch {
      throw RuntimeError(.osRefused, error.description)
    }
  }

  /// The coordinator listens at `endpoint` now: tells those who hold join files.
  ///
  /// - Returns: the path of the workers' join file.
  func publish(_ endpoint: String) throws(RuntimeError) -> String? {
    try listening?.publish(endpoint, local: directory.endpoint)
  }

  func drain() { inbox.post(.event(.drain)) }

  /// Ends workers, coordinator and store, in this order, so that last results still find their way to the disk.
  /// - Returns: how many results could not be written.
  func dismiss(grace: Duration) -> Int {
    watch?.stop()
    launcher.shutDown(grace: grace)
    loop.leave()
    return writer.finish()
  }
}
