import Glibc
import RavineCluster
import RavineReports
import RavineRuntime
import RavineScheduling

/// Shows a run while it goes on: one line that is redrawn on a terminal, a plain line every ten seconds elsewhere.
struct ProgressDisplay {
  private static let plainInterval = 10.0
  /// Rates are taken over about so many seconds.
  private static let window = 5.0

  private let start = MonotonicClock.now()
  private var history: [(at: Double, cost: Double, trials: Int)] = []
  private var lastPlain = 0.0
  private var drawn = false

  mutating func show(_ update: LocalRun.Update) {
    let progress = update.progress
    let elapsed = MonotonicClock.now().seconds(since: start)
    let cost = progress.committedCost + progress.failedCost
    let trials = progress.committedTrials + progress.failedTrials
    if history.isEmpty { history.append((elapsed, cost, trials)) }
    history.append((elapsed, cost, trials))
    while history.count > 2, elapsed - history[1].at > Self.window { history.removeFirst() }
    var snapshot = ProgressSnapshot()
    snapshot.doneTrials = trials
    snapshot.totalTrials = progress.totalTrials
    snapshot.doneCost = cost
    snapshot.totalCost = progress.totalCost
    snapshot.workers = progress.workers.count
    snapshot.elapsed = elapsed
    let span = elapsed - history[0].at
    if span > 0 {
      snapshot.costRate = (cost - history[0].cost) / span
      snapshot.trialRate = Double(trials - history[0].trials) / span
    }
    if case .paused(let reason) = progress.phase { snapshot.phase = .paused(reason) }
    if update.stop != nil { snapshot.phase = .stopping }
    draw(snapshot, elapsed)
  }

  /// Prints a line that stays.
  mutating func say(_ text: String) {
    finish()
    Terminal.say(text)
  }

  /// Ends the redrawn line.
  mutating func finish() {
    if drawn { Terminal.write("\n", to: STDERR_FILENO) }
    drawn = false
  }

  private mutating func draw(_ snapshot: ProgressSnapshot, _ elapsed: Double) {
    if Terminal.errorIsTerminal {
      let line = ProgressLine(width: Terminal.width - 1, colour: Terminal.usesColour, unicode: Terminal.usesUnicode)
      Terminal.write("\r\u{1b}[K" + line.text(snapshot), to: STDERR_FILENO)
      drawn = true
    } else if elapsed - lastPlain >= Self.plainInterval {
      Terminal.say(ProgressLine.plain(snapshot))
      lastPlain = elapsed
    }
  }
}
