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

  init(
    job: LocalJob, store: RunStore, makeLauncher: LocalRun.MakeLauncher,
    report: @escaping @Sendable (CoordinatorLoop.Report) -> Void
  ) throws(RuntimeError) {
    let inbox = try Mailbox<CoordinatorLoop.Input>()
    self.inbox = inbox
    directory = try SocketDirectory()
    writer = try StoreWriter(ledger: store) { inbox.post(.store($0)) }
    launcher = try makeLauncher(directory.endpoint) { inbox.post(.event($0)) }
    let open = job.committed.count { !$0 }
    let coordinator = Coordinator(
      plan: job.plan, units: job.units, committed: job.committed, localWorkers: min(job.workers, open),
      epoch: store.epoch, build: job.build, settings: job.settings, now: MonotonicClock.now())
    loop = try CoordinatorLoop(
      coordinator: coordinator, inbox: inbox, board: board,
      surroundings: CoordinatorLoop.Surroundings(
        endpoints: [directory.endpoint], context: Self.context(), store: writer, launcher: launcher,
        epoch: store.epoch, build: job.build, log: StandardErrorLog.logger("coordinator", level: job.logLevel),
        report: report))
  }

  private static func context() throws(RuntimeError) -> Context {
    do {
      return try Context()
    } catch {
      throw RuntimeError(.osRefused, error.description)
    }
  }

  func drain() { inbox.post(.event(.drain)) }

  /// Ends workers, coordinator and store, in this order, so that last results still find their way to the disk.
  /// - Returns: how many results could not be written.
  func dismiss(grace: Duration) -> Int {
    launcher.shutDown(grace: grace)
    loop.leave()
    return writer.finish()
  }
}
