import Logging
import RavineCluster
import RavineStore
import RavineZeroMQ

/// The coordinator's thread: it owns the sockets and the machine, and does nothing that blocks.
///
/// Other threads talk to it through `inbox`. The sockets are made, used and closed inside the thread's function, so no
/// state but `Sendable` values crosses threads and no lock guards the machine.
package final class CoordinatorLoop: Sendable {
  package enum Input: Sendable {
    case event(Coordinator.Event)
    case store(StoreWriter.Report)
    /// Other keys are allowed from now on.
    case allowed(AllowList)
    /// Close the sockets and end the thread.
    case leave
  }

  package enum Report: Equatable, Sendable {
    /// Other machines can connect to this endpoint.
    case listening(endpoint: String)
    /// The run is over; the loop goes on serving its workers' goodbyes until it is told to leave.
    case finished(Outcome)
    /// The run cannot go on.
    case failed(RuntimeError)
  }

  /// What the loop needs of the world.
  package struct Surroundings: Sendable {
    /// Where to listen; a peer's `endpoint` is its place in this list.
    package var endpoints: [String]
    /// Where to listen for other machines, if anywhere.
    package var door: RemoteDoor?
    package var context: Context
    package var store: StoreWriter
    package var launcher: any WorkerLauncher
    package var epoch: UInt64
    package var build: String
    package var log: Logger
    /// Called on the loop's thread; must not block.
    package var report: @Sendable (Report) -> Void

    package init(
      endpoints: [String], context: Context, store: StoreWriter, launcher: any WorkerLauncher, epoch: UInt64,
      build: String, log: Logger, report: @escaping @Sendable (Report) -> Void
    ) {
      self.endpoints = endpoints
      self.context = context
      self.store = store
      self.launcher = launcher
      self.epoch = epoch
      self.build = build
      self.log = log
      self.report = report
    }
  }

  private let inbox: Mailbox<Input>
  private let thread: WorkThread

  /// Starts the thread.
  /// - Parameters:
  ///   - inbox: made by the caller, because the store writer and the launcher report into it too.
  ///   - board: receives a snapshot at most every 50 ms.
  package init(
    coordinator: Coordinator, inbox: Mailbox<Input>, board: ProgressBoard, surroundings: Surroundings
  ) throws(RuntimeError) {
    self.inbox = inbox
    thread = try WorkThread(name: "coordinator") {
      do {
        try CoordinatorShell(coordinator: coordinator, inbox: inbox, board: board, surroundings: surroundings).run()
      } catch let error as RuntimeError {
        surroundings.report(.failed(error))
      } catch let error as ZeroMQError {
        surroundings.report(.failed(RuntimeError(.osRefused, error.description)))
      } catch {
        surroundings.report(.failed(RuntimeError(.bug, "\(error)")))
      }
    }
  }

  /// Closes the sockets and ends the thread. Call once, last.
  package func leave() {
    inbox.post(.leave)
    thread.join()
  }
}
