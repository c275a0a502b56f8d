import Logging
import RavineCluster
import RavineScheduling
import RavineStore
import RavineZeroMQ

/// The main job: a coordinator in this process, worker processes on this machine, results in the run's file.
///
/// Four threads, each asleep unless it has something to do: the coordinator's sockets, the store, the supervisor of the
/// worker processes, and the caller's, which watches and draws.
package final class LocalRun: Sendable {
  /// What the caller sees while the run goes on.
  package struct Update: Sendable {
    package var progress: Progress
    /// The last request to stop, if there was one.
    package var stop: StopRequest?
    /// The workers' join file, once other machines may come.
    package var joinFile: String?
  }

  /// Makes the launcher of a run, given where its workers connect to and who wants to know of their fates.
  typealias MakeLauncher =
    @Sendable (
      _ endpoint: String, _ report: @escaping @Sendable (Coordinator.Event) -> Void
    ) throws(RuntimeError) -> any WorkerLauncher

  private enum Message: Sendable {
    case loop(CoordinatorLoop.Report)
    case stop(StopRequest)
  }

  private let job: LocalJob
  private let store: RunStore
  private let makeLauncher: MakeLauncher
  private let desk: Mailbox<Message>

  /// How often the caller is told where the run stands.
  private static let updateMilliseconds: Int32 = 100
  /// How long workers have to leave once the run is over.
  private static let farewell = Duration.seconds(2)
  /// How long a clean stop may take beyond the grace that units in flight have.
  private static let stopMargin = Duration.milliseconds(1500)

  package convenience init(job: LocalJob, store: RunStore) throws(RuntimeError) {
    let log = StandardErrorLog.logger("workers", level: job.logLevel)
    try self.init(job: job, store: store) { endpoint, report throws(RuntimeError) in
      try LocalWorkers(
        executable: job.executable, arguments: job.arguments(endpoint: endpoint), log: log, report: report)
    }
  }

  init(job: LocalJob, store: RunStore, makeLauncher: @escaping MakeLauncher) throws(RuntimeError) {
    self.job = job
    self.store = store
    self.makeLauncher = makeLauncher
    desk = try Mailbox<Message>()
  }

  /// Asks the run to end: the first request cleanly, the second within a second. Any thread.
  package func request(_ request: StopRequest) { desk.post(.stop(request)) }

  /// Runs to the end and leaves no process, thread or socket behind. Sets the state in the run's file; the caller
  /// closes it.
  /// - Parameter update: called on this thread every 100 ms and once at the end.
  package func perform(update: (Update) -> Void) throws(RuntimeError) -> RunEnding {
    FileLimit.raise()
    let start = MonotonicClock.now()
    let crew = try Crew(job: job, store: store, makeLauncher: makeLauncher) { [desk] in desk.post(.loop($0)) }
    var ending = watch(crew, update)
    let isForced = if case .stop = ending.stop { true } else { false }
    ending.unwritten = crew.dismiss(grace: isForced ? .zero : Self.farewell, isOver: ending.outcome == .complete)
    ending.progress = crew.board.progress
    ending.seconds = MonotonicClock.now().seconds(since: start)
    keepState(&ending)
    update(Update(progress: ending.progress, stop: ending.stop, joinFile: nil))
    return ending
  }

  /// Waits for the end, passing on requests to stop.
  private func watch(_ crew: Crew, _ update: (Update) -> Void) -> RunEnding {
    var ending = RunEnding(progress: crew.board.progress)
    var deadline = Instant.distantFuture
    var joinFile: String?
    let leaves = job.end?.leaves ?? .distantFuture
    while true {
      desk.wait(milliseconds: Self.updateMilliseconds)
      for message in desk.takeAll() {
        switch message {
        case .loop(.listening(let endpoint)):
          do {
            joinFile = try crew.publish(endpoint)
          } catch {
            ending.error = error
            return ending
          }
        case .loop(.finished(let outcome)):
          ending.outcome = outcome
          return ending
        case .loop(.failed(let error)):
          ending.error = error
          return ending
        case .stop(let request):
          ending.stop = request
          guard case .drain = request else { return ending }
          deadline = MonotonicClock.now() + job.settings.grace + Self.stopMargin
          crew.drain()
        }
      }
      let now = MonotonicClock.now()
      if now >= deadline { return ending }
      if now >= leaves, ending.stop == nil, !ending.isOutOfTime {
        ending.isOutOfTime = true
        deadline = now + job.settings.grace + Self.stopMargin
        crew.drain()
      }
      update(Update(progress: crew.board.progress, stop: ending.stop, joinFile: joinFile))
    }
  }

  /// Writes the state into the run's file, and takes the counts from it: the file is the truth.
  private func keepState(_ ending: inout RunEnding) {
    guard ending.error == nil else { return }
    do {
      try store.setState(ending.runState, at: .now())
      let tally = try store.tally()
      ending.progress.committedUnits = tally.committedUnits
      ending.progress.committedTrials = tally.committedTrials
      ending.progress.committedCost = tally.committedCost
      ending.progress.failedUnits = tally.failedUnits
      ending.progress.failedTrials = tally.failedTrials
    } catch {
      ending.error = RuntimeError(error)
    }
  }
}
