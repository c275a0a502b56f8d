import Logging
import RavineCluster
import RavineStore
import RavineZeroMQ

/// The socket thread of a coordinator that serves several runs; see ``ServeShell``.
final class ServeLoop: Sendable {
  enum Input: Sendable {
    case reception(Reception.Event)
    case opened(ServedRun, Coordinator, priority: Int32, answer: Reception.Answer?)
    case store(Int, StoreWriter.Report)
    case allowed(AllowList)
    /// Close the sockets and end the thread.
    case leave
  }

  enum Report: Sendable {
    /// The sockets are open; where other machines may come, if anywhere.
    case listening(endpoint: String?)
    /// All runs are over, as was asked for.
    case finished
    case failed(RuntimeError)
  }

  struct Surroundings: Sendable {
    /// Where local workers and operators come.
    var endpoint: String
    var door: RemoteDoor?
    var context: Context
    var build: String
    var localWorkers: Int
    var log: Logger
    var desk: @Sendable (ServeDesk.Order) -> Void
    var startWorker: @Sendable (Int) -> Void
    var report: @Sendable (Report) -> Void
  }

  private let inbox: Mailbox<Input>
  private let thread: WorkThread

  init(inbox: Mailbox<Input>, surroundings: Surroundings) throws(RuntimeError) {
    self.inbox = inbox
    thread = try WorkThread(name: "coordinator") {
      do {
        try ServeShell(inbox: inbox, surroundings: surroundings).run()
      } catch let error as RuntimeError {
        surroundings.report(.failed(error))
      } catch {
        surroundings.report(.failed(RuntimeError(.osRefused, "\(error)")))
      }
    }
  }

  /// Closes the sockets and ends the thread. Call once.
  func leave() {
    inbox.post(.leave)
    thread.join()
  }
}
