import RavineDescent
import RavineReports
import Testing

@Suite struct ProgressLineTests {
  private var snapshot: ProgressSnapshot {
    var snapshot = ProgressSnapshot()
    snapshot.doneTrials = 4520
    snapshot.totalTrials = 5040
    snapshot.doneCost = 534
    snapshot.totalCost = 1000
    snapshot.costRate = 2
    snapshot.trialRate = 12_345
    snapshot.workers = 4
    snapshot.elapsed = 61
    snapshot.statuses = [.init(.diverged, 12), .init(.failed, 1)]
    return snapshot
  }

  @Test func theWholeLine() {
    #expect(
      ProgressLine(width: 140, colour: false, unicode: true).text(snapshot)
        == "[█████████████▉            ] 53 %  4,520/5,040 trials  12.3 k trials/s  ETA 3 min 53 s  4 workers"
        + "  12 diverged  1 failed  elapsed 1 min 01 s")
    #expect(
      ProgressLine(width: 80, colour: false, unicode: false).text(snapshot)
        == "[##########..........] 53 %  4,520/5,040 trials  12.3 k trials/s  ETA 3 min 53 s")
    #expect(
      ProgressLine(width: 30, colour: false, unicode: false).text(snapshot) == "53 %  ETA 3 min 53 s  1 failed")
  }

  /// A bar of trials would show 90 %.
  @Test func theShareIsThatOfTheWork() {
    #expect(snapshot.share == 0.534)
    #expect(snapshot.remaining == 233)
    var empty = ProgressSnapshot()
    #expect(empty.share == 0 && empty.remaining == nil)
    empty.totalTrials = 4
    empty.doneTrials = 1
    #expect(empty.share == 0.25)
  }

  @Test func plainLinesSayItInWords() {
    #expect(
      ProgressLine.plain(snapshot)
        == "53 % of the work, 4,520/5,040 trials, 12.3 k trials/s, ETA 3 min 53 s, 4 workers, 12 diverged, 1 failed,"
        + " elapsed 1 min 01 s")
    var paused = snapshot
    paused.phase = .paused("disk full\u{1B}[2J")
    #expect(ProgressLine.plain(paused).hasPrefix("53 % of the work, paused: disk full?[2J, 4,520/5,040 trials"))
  }

  @Test func everyWidthIsKept() {
    var odd = ProgressSnapshot()
    odd.doneCost = .nan
    odd.totalCost = .infinity
    odd.costRate = .infinity
    odd.elapsed = -1
    odd.trialRate = .nan
    odd.totalTrials = .max
    var done = snapshot
    done.doneCost = 1000
    for snapshot in [snapshot, odd, done, ProgressSnapshot()] {
      for width in -1...400 {
        for (colour, unicode) in [(false, false), (true, true)] {
          let line = ProgressLine(width: width, colour: colour, unicode: unicode).text(snapshot)
          #expect(visible(line) <= max(0, width))
          #expect(!line.contains("\n"))
        }
      }
    }
    #expect(ProgressLine(width: 2, colour: false, unicode: true).text(snapshot) == "53")
  }

  /// Characters without escape sequences.
  private func visible(_ line: String) -> Int {
    var count = 0
    var inside = false
    for character in line {
      if character == "\u{1B}" { inside = true }
      if !inside { count += 1 }
      if character == "m" { inside = false }
    }
    return count
  }
}
