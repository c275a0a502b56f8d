import Glibc
import RavineCluster
import RavineScheduling

/// A command that starts workers elsewhere and lives as long as they do: `ssh` for one host, `mpirun` for all.
package struct RemoteProcess: Equatable, Sendable {
  /// The host, or what stands for all of them.
  package var label: String
  package var words: [String]
  /// The file whose text, then an empty line, it gets on its standard input.
  package var inputFile: String?
  /// Whether it is started again when it ends before the run does.
  package var isRestarted: Bool

  /// A worker on `host`.
  package static func ssh(_ host: SSHHost, program: String, joinFile: String, extra: [String]) -> RemoteProcess {
    RemoteProcess(
      label: host.label, words: RemoteCommands.ssh(host, program: program, extra: extra), inputFile: joinFile,
      isRestarted: true)
  }

  /// `count` workers, wherever `mpirun` puts them. One that fails ends all, and `mpirun` is not started again.
  package static func mpirun(
    count: Int, program: String, joinFile: String, threads: Int?, extra: [String]
  ) -> RemoteProcess {
    RemoteProcess(
      label: "mpirun",
      words: RemoteCommands.mpirun(
        count: count, program: program, joinFile: joinFile, threads: threads, extra: extra),
      inputFile: nil, isRestarted: false)
  }
}

/// Workers that hang on processes of this machine. When this process dies, however it dies, their standard inputs end,
/// and with them the workers behind `ssh`.
package final class ProcessFleet: Fleet {
  private let inbox: Mailbox<FleetKeeper.Order>
  private let thread: WorkThread

  /// - Parameter patience: how long the processes have at the end to leave by themselves, and again once asked to.
  package init(
    _ processes: [RemoteProcess], patience: Duration = .seconds(3),
    report: @escaping @Sendable (FleetReport) -> Void
  ) throws(RuntimeError) {
    let inbox = try Mailbox<FleetKeeper.Order>()
    self.inbox = inbox
    thread = try WorkThread(name: "fleet") {
      FleetKeeper(processes, patience: patience, inbox: inbox, report: report).run()
    }
  }

  package func observe(_ progress: Progress) {
    if !progress.wantsWorkers { inbox.post(.startNoMore) }
  }

  package func shutDown() {
    inbox.post(.leave)
    thread.join()
  }
}

/// The fleet's thread's own state.
private final class FleetKeeper {
  enum Order: Sendable {
    case startNoMore
    case leave
  }

  private struct Member {
    let process: RemoteProcess
    var child: ChildProcess?
    var tail = LineTail(lineLimit: 8)
    var isSilent = false
    var started = Instant(nanoseconds: 0)
    var policy = RestartPolicy()
    /// When it is to be started; nil when it runs or never will.
    var nextStart: Instant?
  }

  private var members: [Member]
  private let inbox: Mailbox<Order>
  private let report: @Sendable (FleetReport) -> Void
  /// Set when leaving: whoever is still there is asked, then forced.
  private var farewell: (ask: Instant, force: Instant)?
  /// The run is ending.
  private var startsNoMore = false
  private var nextStarts = MonotonicClock.now()
  private var buffer = [UInt8](repeating: 0, count: 4096)

  /// A key exchange costs this machine's processor time: so many are begun at once, so often.
  private static let startsAtOnce = 4
  private static let startInterval = Duration.milliseconds(500)
  private let patience: Duration

  init(
    _ processes: [RemoteProcess], patience: Duration, inbox: Mailbox<Order>,
    report: @escaping @Sendable (FleetReport) -> Void
  ) {
    let now = MonotonicClock.now()
    self.patience = patience
    members = processes.map { Member(process: $0, nextStart: now) }
    self.inbox = inbox
    self.report = report
  }

  func run() {
    while farewell == nil || members.contains(where: { $0.child != nil }) {
      startDue()
      wait()
      for order in inbox.takeAll() { obey(order) }
      for index in members.indices {
        read(index)
        reap(index)
      }
      press()
    }
  }

  private func obey(_ order: Order) {
    switch order {
    case .startNoMore:
      startsNoMore = true
    case .leave:
      let now = MonotonicClock.now()
      farewell = (now + patience, now + patience + patience)
      for member in members { member.child?.closeInput() }
    }
  }

  /// Whoever does not leave with the end of its input is asked, then forced.
  private func press() {
    guard let farewell else { return }
    let now = MonotonicClock.now()
    guard now >= farewell.ask else { return }
    for member in members { member.child?.send(now >= farewell.force ? SIGKILL : SIGTERM) }
  }

  private func startDue() {
    let now = MonotonicClock.now()
    guard farewell == nil, !startsNoMore, now >= nextStarts else { return }
    let due = members.indices.filter { index in members[index].nextStart.map { $0 <= now } ?? false }
    for index in due.prefix(Self.startsAtOnce) { start(index, now) }
    if !due.isEmpty { nextStarts = now + Self.startInterval }
  }

  private func start(_ index: Int, _ now: Instant) {
    let process = members[index].process
    members[index].nextStart = nil
    do {
      let input = try process.inputFile.map { path throws(RuntimeError) in
        String(decoding: try FileBytes.read(path, limit: 1 << 15), as: UTF8.self) + "\n"
      }
      let child = try ChildProcess(executable: "/usr/bin/env", arguments: ["env"] + process.words)
      if let input { child.write(input) }
      members[index].child = child
      members[index].tail = LineTail(lineLimit: 8)
      members[index].isSilent = false
      members[index].started = now
    } catch {
      settle(index, status: nil, evidence: error.headline)
    }
  }

  private func wait() {
    var items = [pollfd(fd: inbox.wakeUp.fileDescriptor, events: Int16(POLLIN), revents: 0)]
    var isPressing = farewell != nil
    for member in members {
      guard let child = member.child else { continue }
      if member.isSilent {
        isPressing = true
      } else {
        items.append(pollfd(fd: child.output, events: Int16(POLLIN), revents: 0))
      }
    }
    let nextStart = members.compactMap(\.nextStart).min().map { max($0, nextStarts) }
    let idle = nextStart.map { min(MonotonicClock.milliseconds(until: $0), 1000) } ?? 1000
    _ = poll(&items, UInt(items.count), isPressing ? 20 : max(idle, 0))
  }

  private func read(_ index: Int) {
    guard let output = members[index].child?.output else { return }
    while !members[index].isSilent {
      let count = Glibc.read(output, &buffer, buffer.count)
      if count > 0 {
        _ = members[index].tail.append(buffer[0..<count])
      } else if count == 0 {
        members[index].isSilent = true
      } else if errno != EINTR {
        return
      }
    }
  }

  private func reap(_ index: Int) {
    guard let exit = members[index].child?.reap() else { return }
    members[index].child = nil
    settle(index, status: exit.code, evidence: exit.evidence(lastWords: members[index].tail.last))
  }

  /// What follows from the end of a process, or from its failure to start.
  private func settle(_ index: Int, status: Int32?, evidence: String) {
    guard farewell == nil, !startsNoMore else { return }
    let label = members[index].process.label
    let lived = Duration.nanoseconds(MonotonicClock.now().nanoseconds(since: members[index].started))
    let verdict = members[index].policy.ended(status: status, lastWords: members[index].tail.last, lived: lived)
    if members[index].process.isRestarted, case .after(let pause) = verdict {
      members[index].nextStart = MonotonicClock.now() + pause
      if status != 0 {
        report(.note("\(label): its worker ended (\(evidence)); starting it again in \(pause.components.seconds) s"))
      }
      return
    }
    if status == 0 { return reportIfLast() }
    let said = members[index].tail.lines.map { "\n  | " + $0 }.joined()
    report(.note("\(label): its worker ended (\(evidence)) and is not started again" + said))
    reportIfLast()
  }

  private func reportIfLast() {
    guard members.allSatisfy({ $0.child == nil && $0.nextStart == nil }) else { return }
    report(
      .nobodyLeft(
        RuntimeError(
          .nobodyThere, "no worker is left on any host", help: "`ravine doctor` on a host says what it lacks")))
  }
}
