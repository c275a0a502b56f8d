import Glibc
import Logging
import RavineCluster
import RavineScheduling

/// Worker processes on this machine: starts them, listens to them, reports their ends with evidence.
///
/// One thread owns all of it and sleeps in one poll over the workers' outputs: an output that ends is a process that
/// ended, so nobody needs SIGCHLD and a death is reported within milliseconds.
package final class LocalWorkers: WorkerLauncher {
  private let inbox: Mailbox<Supervisor.Order>
  private let thread: WorkThread

  /// - Parameters:
  ///   - executable: the program to run; `/proc/self/exe` is this very binary, even if its file was replaced.
  ///   - arguments: the arguments of a slot's worker, its name first.
  ///   - report: takes `workerStarted` and `workerExited`; called on the supervising thread.
  package init(
    executable: String = "/proc/self/exe", arguments: @escaping @Sendable (_ slot: Int) -> [String], log: Logger,
    report: @escaping @Sendable (Coordinator.Event) -> Void
  ) throws(RuntimeError) {
    let inbox = try Mailbox<Supervisor.Order>()
    self.inbox = inbox
    thread = try WorkThread(name: "supervisor") {
      Supervisor(executable: executable, arguments: arguments, inbox: inbox, log: log, report: report).run()
    }
  }

  package func startWorker(slot: Int) { inbox.post(.start(slot: slot)) }

  package func stopWorker(slot: Int, force: Bool) { inbox.post(.stop(slot: slot, force: force)) }

  package func shutDown(grace: Duration) {
    inbox.post(.shutDown(deadline: MonotonicClock.now() + grace))
    thread.join()
  }
}

/// The supervising thread's own state.
private final class Supervisor {
  enum Order: Sendable {
    case start(slot: Int)
    case stop(slot: Int, force: Bool)
    case shutDown(deadline: Instant)
  }

  private struct Child {
    let process: ChildProcess
    var tail = LineTail()
    /// The output has ended; the process is about to.
    var isSilent = false
  }

  private let executable: String
  private let arguments: @Sendable (Int) -> [String]
  private let inbox: Mailbox<Order>
  private let log: Logger
  private let report: @Sendable (Coordinator.Event) -> Void
  /// Slot and child, in the order of their starts; a handful, so a list is searched.
  private var children: [(slot: Int, child: Child)] = []
  private var deadline: Instant?
  private var buffer = [UInt8](repeating: 0, count: 4096)

  init(
    executable: String, arguments: @escaping @Sendable (Int) -> [String], inbox: Mailbox<Order>, log: Logger,
    report: @escaping @Sendable (Coordinator.Event) -> Void
  ) {
    self.executable = executable
    self.arguments = arguments
    self.inbox = inbox
    self.log = log
    self.report = report
  }

  func run() {
    while deadline == nil || !children.isEmpty {
      wait()
      for order in inbox.takeAll() { obey(order) }
      if let deadline, MonotonicClock.now() >= deadline { for entry in children { entry.child.process.send(SIGKILL) } }
      for index in children.indices { read(index) }
      reportEnded()
    }
  }

  private func wait() {
    var items = [pollfd(fd: inbox.wakeUp.fileDescriptor, events: Int16(POLLIN), revents: 0)]
    for entry in children where !entry.child.isSilent {
      items.append(pollfd(fd: entry.child.process.output, events: Int16(POLLIN), revents: 0))
    }
    // An ended output comes a moment before the exit can be reaped; a process that outlives its output, or whose output
    // outlives it, is found by looking once a second.
    let isEnding = deadline != nil || children.contains { $0.child.isSilent }
    _ = poll(&items, UInt(items.count), isEnding ? 5 : 1000)
  }

  private func obey(_ order: Order) {
    switch order {
    case .start(let slot):
      if deadline == nil { start(slot) }
    case .stop(let slot, let force):
      children.first { $0.slot == slot }?.child.process.send(force ? SIGKILL : SIGTERM)
    case .shutDown(let deadline):
      self.deadline = deadline
      for entry in children { entry.child.process.send(SIGTERM) }
    }
  }

  private func start(_ slot: Int) {
    do {
      let process = try ChildProcess(executable: executable, arguments: arguments(slot))
      children.append((slot, Child(process: process)))
      report(.workerStarted(slot: slot, pid: process.pid))
    } catch {
      report(.workerExited(slot: slot, evidence: error.headline, clean: false))
    }
  }

  private func read(_ index: Int) {
    let output = children[index].child.process.output
    while !children[index].child.isSilent {
      let count = Glibc.read(output, &buffer, buffer.count)
      if count > 0 {
        for line in children[index].child.tail.append(buffer[0..<count]) {
          log.debug("worker says", metadata: ["slot": "\(children[index].slot)", "line": "\(line)"])
        }
      } else if count == 0 {
        children[index].child.isSilent = true
      } else if errno != EINTR {
        return
      }
    }
  }

  private func reportEnded() {
    let ended = children.filter { $0.child.process.reap() != nil }
    guard !ended.isEmpty else { return }
    children.removeAll { $0.child.process.exit != nil }
    for (slot, child) in ended {
      guard let exit = child.process.exit else { continue }
      let evidence = exit.evidence(lastWords: child.tail.last)
      log.info("worker ended", metadata: ["slot": "\(slot)", "pid": "\(child.process.pid)", "how": "\(evidence)"])
      report(.workerExited(slot: slot, evidence: evidence, clean: exit.isClean))
    }
  }
}
