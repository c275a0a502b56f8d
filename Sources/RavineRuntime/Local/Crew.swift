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
  private let access: AccessFolder?
  /// Whether the keys were made for this run of the coordinator alone.
  private let keysAreNew: Bool
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
    access = job.access
    keysAreNew = job.access?.exists == false
    var door: RemoteDoor?
    if let access {
      let keys = try access.prepare(run: store.provenance.runID)
      door = try job.listening?.door(access, keys)
      if door == nil { try access.publish([], local: directory.endpoint) }
    }
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
    watch = try Self.watch(door, job.access) { inbox.post(.allowed($0)) }
  }

  private static func watch(
    _ door: RemoteDoor?, _ access: AccessFolder?, changed: @escaping @Sendable (AllowList) -> Void
  ) throws(RuntimeError) -> AccessWatch? {
    guard let door, let access else { return nil }
    return try AccessWatch(access, current: door.allowed, changed: changed)
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
    guard let access, let listening else { return nil }
    try access.publish(try listening.endpoints(bound: endpoint), local: directory.endpoint)
    return access.joinFile("worker")
  }

  func drain() { inbox.post(.event(.drain)) }

  /// Ends workers, coordinator and store, in this order, so that last results still find their way to the disk.
  /// - Parameter isOver: whether the run is complete.
  /// - Returns: how many results could not be written.
  func dismiss(grace: Duration, isOver: Bool) -> Int {
    watch?.stop()
    launcher.shutDown(grace: grace)
    loop.leave()
    // What cannot be told is out of date, no more: nobody answers at the old endpoint.
    if let access, isOver || listening == nil { try? access.publish([], local: nil, isOver: isOver) }
    if let access, listening == nil, keysAreNew { access.removeUnused() }
    return writer.finish()
  }
}
