import Glibc
import Logging
import RavineCluster
import RavineScheduling
import RavineStore
import RavineZeroMQ

/// `ravine serve`: a coordinator that takes in runs while it goes on, and shares its workers among them.
package final class Serving: Sendable {
  package struct Settings: Sendable {
    /// Keys and join files.
    package var access: AccessFolder
    package var listening: Listening?
    /// Where the runs at hand are listed.
    package var queueFile: String
    package var workers: Int
    /// Computing threads of each local worker.
    package var threads: Int
    package var build: String
    package var executable = "/proc/self/exe"
    package var logLevel = Logger.Level.error
    /// When a batch system ends this process, if one does.
    package var end: ProcessEnd?
    /// Makes what a finished run is read from.
    package var finish: @Sendable (RunStore) throws -> Void
    /// Takes words for a person.
    package var say: @Sendable (String) -> Void

    package init(
      access: AccessFolder, listening: Listening?, queueFile: String, workers: Int, threads: Int, build: String,
      finish: @escaping @Sendable (RunStore) throws -> Void, say: @escaping @Sendable (String) -> Void
    ) {
      self.access = access
      self.listening = listening
      self.queueFile = queueFile
      self.workers = workers
      self.threads = threads
      self.build = build
      self.finish = finish
      self.say = say
    }
  }

  private enum Message: Sendable {
    case loop(ServeLoop.Report)
    case stop(StopRequest)
  }

  private let settings: Settings
  private let desk: Mailbox<Message>
  /// How long workers have to leave once all is over.
  private static let farewell = Duration.seconds(2)
  /// How long workers are told that it is over.
  private static let closingTime = Duration.milliseconds(1500)
  /// How long a clean stop may take.
  private static let stopLimit = Duration.seconds(12)

  package init(_ settings: Settings) throws(RuntimeError) {
    self.settings = settings
    desk = try Mailbox<Message>()
  }

  /// Asks to end: the first request cleanly, the second at once. Any thread.
  package func request(_ request: StopRequest) { desk.post(.stop(request)) }

  /// Serves until asked to end.
  ///
  /// - Parameter opened: called once, with the path of the workers' join file where other machines may come.
  package func perform(opened: (String?) throws -> Void) throws -> StopRequest? {
    let files = FileLimit.raise()
    let inbox = try Mailbox<ServeLoop.Input>()
    let directory = try SocketDirectory()
    let keys = try settings.access.prepare(run: "serve")
    let door = try settings.listening?.door(settings.access, keys)
    let serveDesk = try ServeDesk(
      ServeDesk.Surroundings(
        queueFile: settings.queueFile, build: settings.build, sessionLimit: max(1, min(4096, files - 256)),
        admitsOthers: true, post: { inbox.post($0) }, finish: settings.finish, say: settings.say))
    let launcher = try workers(directory.endpoint, inbox)
    let surroundings = ServeLoop.Surroundings(
      endpoint: directory.endpoint, door: door, context: try Context(), build: settings.build,
      localWorkers: settings.workers, log: StandardErrorLog.logger("coordinator", level: settings.logLevel),
      desk: { serveDesk.post($0) }, startWorker: { launcher.startWorker(slot: $0) },
      report: { [desk] in desk.post(.loop($0)) })
    let loop = try ServeLoop(inbox: inbox, surroundings: surroundings)
    let watch = try door.map { door in
      try AccessWatch(settings.access, current: door.allowed) { inbox.post(.allowed($0)) }
    }
    for run in ServeQueue.read(settings.queueFile) {
      serveDesk.post(.admit(path: run.path, priority: run.priority, answer: nil))
    }
    let result = Result { try wait(inbox, serveDesk, directory.endpoint, opened) }
    watch?.stop()
    launcher.shutDown(grace: Self.farewell)
    loop.leave()
    serveDesk.quit()
    try? settings.access.publish([], local: nil)
    return try result.get()
  }

  private func workers(
    _ endpoint: String, _ inbox: Mailbox<ServeLoop.Input>
  ) throws(RuntimeError) -> LocalWorkers {
    let (threads, level, end) = ("\(settings.threads)", settings.logLevel.rawValue, settings.end)
    return try LocalWorkers(
      executable: settings.executable,
      arguments: { slot in
        [
          "ravine", "worker", "--connect", endpoint, "--slot", "\(slot)", "--threads", threads, "--log-level", level,
        ] + (end?.workerArguments() ?? [])
      }, log: StandardErrorLog.logger("workers", level: settings.logLevel)
    ) { event in
      switch event {
      case .workerStarted(let slot, let pid): inbox.post(.reception(.workerStarted(slot: slot, pid: pid)))
      case .workerExited(let slot, let evidence, let clean):
        inbox.post(.reception(.workerExited(slot: slot, evidence: evidence, clean: clean)))
      default: break
      }
    }
  }

  private func wait(
    _ inbox: Mailbox<ServeLoop.Input>, _ serveDesk: ServeDesk, _ local: String, _ opened: (String?) throws -> Void
  ) throws -> StopRequest? {
    var stop: StopRequest?
    var deadline = Instant.distantFuture
    var leaves = settings.end?.leaves ?? .distantFuture
    while MonotonicClock.now() < deadline {
      desk.wait(milliseconds: MonotonicClock.milliseconds(until: min(deadline, leaves)))
      if MonotonicClock.now() >= leaves {
        leaves = .distantFuture
        settings.say("the time limit is near: closing; a coordinator that is started again goes on where this one was")
        request(.drain(signal: SIGTERM))
      }
      for message in desk.takeAll() {
        switch message {
        case .loop(.listening(let endpoint)):
          let remote = try endpoint.map { try settings.listening?.endpoints(bound: $0) ?? [] } ?? []
          try settings.access.publish(remote, local: local)
          try opened(endpoint == nil ? nil : settings.access.joinFile("worker"))
        case .loop(.finished):
          // Workers that had no run ask once a second, and are told that there will be none.
          deadline = min(deadline, MonotonicClock.now() + Self.closingTime)
        case .loop(.failed(let error)): throw error
        case .stop(let request):
          stop = request
          guard case .drain = request else { return stop }
          deadline = MonotonicClock.now() + Self.stopLimit
          serveDesk.post(.closing)
          inbox.post(.reception(.close))
        }
      }
    }
    return stop
  }
}
