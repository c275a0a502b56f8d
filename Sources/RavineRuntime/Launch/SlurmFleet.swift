import Glibc
import RavineCluster
import RavineScheduling

/// What `--on slurm` launches.
package struct SlurmLaunch: Equatable, Sendable {
  package var script: SlurmScript
  /// Workers: elements of the job array.
  package var count: Int
  /// Options for `sbatch` that the user passes on.
  package var extra: [String]
  /// Holds script, logs and the list of submissions; on a file system that the nodes share.
  package var folder: String

  /// - Parameters:
  ///   - runFile: the run's file; what belongs to the launch stands beside it.
  ///   - threads: cores of each worker; nil leaves it to Slurm.
  package init(runFile: String, program: String, joinFile: String, count: Int, threads: Int?, extra: [String]) {
    let base = runFile.hasSuffix(".sqlite") ? String(runFile.dropLast(7)) : runFile
    let run = base.split(separator: "/").last.map(String.init) ?? base
    script = SlurmScript(run: run, program: program, joinFile: joinFile, threads: threads)
    folder = base + ".slurm"
    self.count = count
    self.extra = extra
  }

  var scriptFile: String { folder + "/workers.sh" }
  var submissionsFile: String { folder + "/submissions" }

  /// `--dry-run`: the script and the command that hands it in.
  package var dryRun: String {
    let submit = SlurmCommands.submit(script: scriptFile, logs: folder, count: count, extra: extra)
    return "# \(scriptFile)\n\(script.text)\n# and then\n\(ShellWord.line(submit))\n"
  }

  /// Writes the script and asks Slurm whether it would take it; nothing is queued.
  package func rehearse() throws(RuntimeError) {
    if mkdir(folder, 0o700) != 0, errno != EEXIST {
      throw RuntimeError(.cannotCreate, "cannot create the folder `\(folder)`: \(RuntimeError.words(for: errno))")
    }
    try PrivateFile.write(script.text, to: scriptFile)
    let test = try CommandRun.run(
      SlurmCommands.submit(script: scriptFile, logs: folder, count: 1, extra: extra, isTest: true))
    guard test.status == 0 else {
      throw RuntimeError(
        .usage, "Slurm would not take the workers' script",
        details: test.lines.suffix(5).map { "note: \($0)" } + [
          "help: options of sbatch follow `--`, such as `-- --partition=short --account=physics --time=01:00:00`",
          "help: the script is `\(scriptFile)`; nothing was started",
        ])
    }
  }
}

/// Workers on a Slurm cluster: hands in arrays of one-node jobs, looks after them, and cancels what is left at the end.
///
/// That a worker lives is learnt from its connection; the queue is asked once in 30 s, in one question.
package final class SlurmFleet: Fleet {
  private let inbox: Mailbox<SlurmKeeper.Order>
  private let thread: WorkThread

  package init(_ launch: SlurmLaunch, report: @escaping @Sendable (FleetReport) -> Void) throws(RuntimeError) {
    let inbox = try Mailbox<SlurmKeeper.Order>()
    self.inbox = inbox
    thread = try WorkThread(name: "slurm") { SlurmKeeper(launch, inbox: inbox, report: report).run() }
  }

  package func observe(_ progress: Progress) { inbox.post(.observe(progress)) }

  package func shutDown() {
    inbox.post(.leave)
    thread.join()
  }
}

/// The fleet's thread's own state.
private final class SlurmKeeper {
  enum Order: Sendable {
    case observe(Progress)
    case leave
  }

  private let launch: SlurmLaunch
  private let inbox: Mailbox<Order>
  private let report: @Sendable (FleetReport) -> Void
  private var pilots: SlurmPilots
  private var submissions: [SlurmSubmission] = []
  private var maxArraySize = SlurmCommands.defaultMaxArraySize
  private var openUnits = Int.max
  private var nextPoll = MonotonicClock.now()
  private var isLeaving = false
  private var hasComplained = false

  private static let pollInterval = Duration.seconds(30)
  private static let logLines = 8
  /// Who waits for the end should not wait for a controller that is away.
  private static let cancelSeconds = 5.0

  init(_ launch: SlurmLaunch, inbox: Mailbox<Order>, report: @escaping @Sendable (FleetReport) -> Void) {
    self.launch = launch
    self.inbox = inbox
    self.report = report
    pilots = SlurmPilots(wanted: launch.count)
  }

  func run() {
    do {
      maxArraySize = SlurmCommands.maxArraySize(try CommandRun.run(SlurmCommands.configuration).lines)
      try adopt()
      try submit(launch.count - pilots.count)
    } catch {
      report(.nobodyLeft(error))
    }
    nextPoll = MonotonicClock.now() + Self.pollInterval
    while !isLeaving {
      inbox.wait(milliseconds: MonotonicClock.milliseconds(until: nextPoll))
      for order in inbox.takeAll() { obey(order) }
      if !isLeaving, MonotonicClock.now() >= nextPoll { poll() }
    }
    cancelAll()
  }

  private func obey(_ order: Order) {
    switch order {
    case .observe(let progress):
      let open = progress.totalUnits - progress.committedUnits - progress.failedUnits
      openUnits = progress.wantsWorkers ? open : 0
      pilots.connected(progress.workers.map(\.name))
    case .leave: isLeaving = true
    }
  }

  /// Takes over what an earlier run of this sweep left in the queue.
  private func adopt() throws(RuntimeError) {
    guard let bytes = try? FileBytes.read(launch.submissionsFile, limit: 1 << 20) else { return }
    let earlier = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap {
      SlurmSubmission(line: $0)
    }
    guard !earlier.isEmpty else { return }
    submissions = earlier
    let alive = try queue()
    submissions = []
    for submission in earlier where alive.contains(where: { $0.element.job == submission.job }) {
      submissions.append(submission)
      pilots.submitted(submission)
    }
    // Elements that ended meanwhile are no failures of this run.
    pilots.keepOnly(alive.map(\.element))
    if pilots.count > 0 { report(.note("slurm: \(pilots.count) workers of the earlier start are still there")) }
  }

  private func submit(_ count: Int) throws(RuntimeError) {
    for size in SlurmCommands.chunks(of: max(0, count), maxArraySize: maxArraySize) {
      let words = SlurmCommands.submit(
        script: launch.scriptFile, logs: launch.folder, count: size, extra: launch.extra)
      let reply = try CommandRun.run(words)
      guard reply.status == 0, let submission = SlurmCommands.submission(reply.lines, count: size) else {
        throw RuntimeError(
          .nobodyThere, "sbatch did not take the workers (exit status \(reply.status))",
          details: reply.lines.suffix(5).map { "note: \($0)" } + ["help: \(ShellWord.line(words))"])
      }
      submissions.append(submission)
      pilots.submitted(submission)
      remember()
      report(.note("slurm: job \(submission.job), \(size) workers; logs in \(launch.folder)"))
    }
  }

  private func remember() {
    do {
      try PrivateFile.write(submissions.map { $0.line + "\n" }.joined(), to: launch.submissionsFile)
    } catch {
      report(.note("slurm: \(error.headline); a later start will not find these jobs"))
    }
  }

  private func poll() {
    nextPoll = MonotonicClock.now() + Self.pollInterval
    do {
      let lines = try queue()
      for decision in pilots.polled(lines, openUnits: openUnits, at: MonotonicClock.now()) { try follow(decision) }
      let alive = Set(lines.map(\.element.job))
      submissions.removeAll { !alive.contains($0.job) && !pilots.has(job: $0.job) }
      hasComplained = false
    } catch {
      // The workers do not need the queue: they go on.
      if !hasComplained { report(.note("slurm: \(error.headline)")) }
      hasComplained = true
    }
  }

  private func follow(_ decision: SlurmPilots.Decision) throws(RuntimeError) {
    switch decision {
    case .submit(let count): try submit(count)
    case .note(let text): report(.note("slurm: \(text)"))
    case .showLog(let element, let text): report(.note(withLog(element, "slurm: worker \(element) \(text)")))
    case .giveUp(let text):
      report(
        .nobodyLeft(
          RuntimeError(
            .nobodyThere, text,
            details: [
              "help: the ends of their logs stand above; whole logs are in \(launch.folder)",
              "help: on a node, `ravine doctor` says which addresses of this machine can be reached",
            ])))
    }
  }

  private func withLog(_ element: SlurmElement, _ text: String) -> String {
    let path = SlurmCommands.log(element, logs: launch.folder)
    var tail = LineTail(lineLimit: Self.logLines)
    guard let bytes = try? FileBytes.read(path, limit: 64 << 20) else { return "\(text); it wrote no log" }
    _ = tail.append(bytes)
    return ([text + "; the end of \(path):"] + tail.lines.map { "  | " + $0 }).joined(separator: "\n")
  }

  /// One question for each cluster, which almost always is one.
  private func queue() throws(RuntimeError) -> [SlurmQueueLine] {
    var found: [SlurmQueueLine] = []
    for (cluster, members) in byCluster() {
      let reply = try CommandRun.run(SlurmCommands.queue(members, cluster: cluster))
      if reply.status != 0, !SlurmCommands.areForgotten(reply.lines) {
        throw RuntimeError(.tryAgain, "squeue failed: \(reply.lines.last ?? "exit status \(reply.status)")")
      }
      found += SlurmCommands.queueLines(reply.lines)
    }
    return found
  }

  private func cancelAll() {
    for (cluster, members) in byCluster() {
      let words = SlurmCommands.cancel(members, cluster: cluster)
      let reply = try? CommandRun.run(words, seconds: Self.cancelSeconds)
      guard reply?.status == 0 else {
        report(.note("slurm: the workers' jobs could not be cancelled; type: \(ShellWord.line(words))"))
        return
      }
    }
    unlink(launch.submissionsFile)
  }

  private func byCluster() -> [(cluster: String?, members: [SlurmSubmission])] {
    var groups: [(cluster: String?, members: [SlurmSubmission])] = []
    for submission in submissions {
      if let place = groups.firstIndex(where: { $0.cluster == submission.cluster }) {
        groups[place].members.append(submission)
      } else {
        groups.append((submission.cluster, [submission]))
      }
    }
    return groups
  }
}
