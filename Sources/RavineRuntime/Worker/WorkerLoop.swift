import Glibc
import Logging
import RavineCluster
import RavineZeroMQ

/// A worker: the calling thread owns the socket and the heartbeats and does nothing else; another one computes.
package final class WorkerLoop: Sendable {
  package struct Settings: Sendable {
    /// Where the coordinator is.
    package enum Coordinator: Sendable {
      /// On this machine.
      case local(endpoint: String)
      /// Where this join file says.
      case join(file: String)
    }

    package var coordinator: Coordinator
    package var identity: WorkerIdentity
    /// How long to look for a coordinator before leaving with status 69.
    package var orphanTimeout: Duration = .seconds(60)
    /// A pipe held open by the process that started this worker: when it ends, so does the worker.
    package var parentPipe: Int32?
    /// How long to go on after the parent is gone.
    package var orphanGrace: Duration = .milliseconds(200)
    package var log: Logger
    /// Takes words for a person while the worker goes on.
    package var say: @Sendable (String) -> Void = { _ in }

    package init(coordinator: Coordinator, identity: WorkerIdentity, log: Logger) {
      self.coordinator = coordinator
      self.identity = identity
      self.log = log
    }
  }

  /// How a worker ended: the process's exit status, and words for a person (may be empty).
  package struct Ending: Equatable, Sendable {
    package let code: Int32
    package let message: String
  }

  enum Input: Sendable {
    case event(Worker.Event)
    case route(RouteFinder.Finding)
    case stop
  }

  private let settings: Settings
  private let computer: any UnitComputer
  private let inbox: Mailbox<Input>

  package init(settings: Settings, computer: any UnitComputer) throws(RuntimeError) {
    self.settings = settings
    self.computer = computer
    inbox = try Mailbox<Input>()
  }

  /// Asks the worker to end: the first request cleanly, the second at once. Any thread.
  package func request(_ request: StopRequest) {
    switch request {
    case .drain: inbox.post(.event(.terminate))
    case .stop: inbox.post(.stop)
    }
  }

  /// Works until the coordinator, a signal or the end of the parent says otherwise. A computation that does not heed
  /// its cancellation may still be running when this returns: the process should exit.
  package func run() -> Ending {
    do {
      let inbox = inbox
      let compute = try ComputeThread(computer: computer) { inbox.post(.event($0)) }
      defer { compute.quit() }
      // The context goes last: its end waits for the goodbye to be sent.
      let context = try Context()
      let shell = try WorkerShell(settings: settings, inbox: inbox, compute: compute, context: context)
      return try shell.run()
    } catch let error as RuntimeError {
      return Ending(code: error.status.rawValue, message: error.description)
    } catch {
      return Ending(code: ExitStatus.osRefused.rawValue, message: "error: \(error)")
    }
  }
}
