import Foundation
import RavineScheduling
import Testing

@testable import RavineRuntime

@Suite struct SlurmTests {
  static let deploy = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("deploy")

  /// The script that people submit by hand is the one that the launcher writes.
  @Test func theScriptIsTheOneInDeploy() throws {
    let script = SlurmScript(
      run: "correlated-inputs", program: "/home/me/bin/ravine",
      joinFile: "/home/me/runs/correlated-inputs.access/worker.join", threads: 8)
    let golden = try String(contentsOf: Self.deploy.appendingPathComponent("slurm/workers.sh"), encoding: .utf8)
    #expect(script.text == golden)
  }

  @Test func namesAndPathsAreSafeInTheScript() {
    let script = SlurmScript(
      run: "my sweep; rm -rf é", program: "/opt/my tools/ravine", joinFile: "/a/it's/$HOME.join", threads: nil)
    let lines = script.text.split(separator: "\n")
    #expect(lines.contains("#SBATCH --job-name=ravine-my-sweep--rm--rf--"))
    #expect(!script.text.contains("--cpus-per-task"))
    #expect(
      lines.last
        == #"exec '/opt/my tools/ravine' worker --join '/a/it'\''s/$HOME.join' --name "$name" "$@""#)
  }

  /// The shell reads back what was quoted.
  @Test func quotedWordsComeBack() throws {
    let words = ["plain", "", "two words", "it's", "$HOME `ls` \\ \"x\" *", "a\nb", "-x=é", "~", "#", "{a,b}"]
    let reply = try CommandRun.run(["sh", "-c", "printf '%s|' " + ShellWord.line(words)])
    #expect(reply.lines.joined(separator: "\n") == words.map { $0 + "|" }.joined())
    #expect(ShellWord.line(["ssh", "-p", "22", "a@b"]) == "ssh -p 22 a@b")
  }

  @Test func submissionsAreCutAtTheLargestArray() {
    #expect(SlurmCommands.chunks(of: 2500, maxArraySize: 1001) == [1001, 1001, 498])
    #expect(SlurmCommands.chunks(of: 1001, maxArraySize: 1001) == [1001])
    #expect(SlurmCommands.chunks(of: 1, maxArraySize: 1001) == [1])
    #expect(SlurmCommands.chunks(of: 0, maxArraySize: 1001) == [])
    #expect(SlurmCommands.maxArraySize(["MaxArraySize            = 4000", "MaxDBDMsgs = 20"]) == 4000)
    #expect(SlurmCommands.maxArraySize(["slurm_load_ctl_conf error"]) == 1001)
    #expect(
      SlurmCommands.submit(script: "/r/workers.sh", logs: "/r/50%", count: 1001, extra: ["--partition=long"])
        == [
          "sbatch", "--parsable", "--array=0-1000", "--output=/r/50%%/%A_%a.log", "--partition=long", "/r/workers.sh",
        ])
  }

  /// Answers as Slurm 22.05 gives them.
  @Test func answersOfSlurmAreUnderstood() {
    #expect(SlurmCommands.submission(["4711"], count: 3) == SlurmSubmission(job: 4711, count: 3))
    #expect(
      SlurmCommands.submission(["Welcome to the cluster", "4711;alpha"], count: 3)
        == SlurmSubmission(job: 4711, cluster: "alpha", count: 3))
    #expect(SlurmCommands.submission(["sbatch: error: Batch job submission failed"], count: 3) == nil)
    #expect(
      SlurmCommands.queueLines(["4711_0|RUNNING|h1|None", "4711_1|PENDING||BeginTime", "CLUSTER: alpha", "9|X|Y|Z"])
        == [
          SlurmQueueLine(element: SlurmElement(job: 4711, index: 0), state: "RUNNING", node: "h1", reason: "None"),
          SlurmQueueLine(element: SlurmElement(job: 4711, index: 1), state: "PENDING", node: "", reason: "BeginTime"),
        ])
    #expect(SlurmCommands.areForgotten(["slurm_load_jobs error: Invalid job id specified"]))
    let submissions = [SlurmSubmission(job: 3, count: 2), SlurmSubmission(job: 5, count: 1)]
    #expect(SlurmCommands.queue(submissions, cluster: nil).last == "--jobs=3,5")
    #expect(
      SlurmCommands.cancel(submissions, cluster: "alpha") == ["scancel", "--quiet", "--clusters=alpha", "3", "5"])
    for submission in submissions + [SlurmSubmission(job: 7, cluster: "alpha", count: 9)] {
      #expect(SlurmSubmission(line: submission.line) == submission)
    }
    #expect(SlurmSubmission(line: "7 nine") == nil)
  }
}

@Suite struct SlurmPilotsTests {
  private func second(_ count: Int) -> Instant { Instant(nanoseconds: UInt64(count) * 1_000_000_000) }

  private func line(_ index: Int, _ state: String = "RUNNING", job: Int = 7) -> SlurmQueueLine {
    SlurmQueueLine(element: SlurmElement(job: job, index: index), state: state, node: "h\(index)", reason: "None")
  }

  private func pilots(_ count: Int) -> SlurmPilots {
    var pilots = SlurmPilots(wanted: count)
    pilots.submitted(SlurmSubmission(job: 7, count: count))
    return pilots
  }

  @Test func aWorkerThatEndedIsReplacedWhileWorkIsLeft() {
    var pilots = pilots(3)
    pilots.connected(["slurm-7_0", "slurm-7_1-r1", "h9:41213", "slurm-8_2", "slurm-x_y"])
    #expect(pilots.polled([line(0), line(1, "PENDING"), line(2)], openUnits: 100, at: second(30)) == [])
    pilots.connected(["slurm-7_2/1"])
    #expect(pilots.polled([line(0)], openUnits: 100, at: second(60)) == [.submit(2)])
    #expect(pilots.polled([line(0)], openUnits: 2, at: second(90)) == [.submit(1)])
    #expect(pilots.polled([line(0)], openUnits: 1, at: second(120)) == [])
  }

  @Test func aWorkerThatNeverConnectsIsShownOnce() {
    var pilots = pilots(2)
    pilots.connected(["slurm-7_1"])
    #expect(pilots.polled([line(0), line(1)], openUnits: 9, at: second(30)) == [])
    #expect(pilots.polled([line(0), line(1)], openUnits: 9, at: second(89)) == [])
    let element = SlurmElement(job: 7, index: 0)
    #expect(
      pilots.polled([line(0), line(1)], openUnits: 9, at: second(90)) == [
        .showLog(element, "runs on h0 but does not reach the coordinator")
      ])
    #expect(pilots.polled([line(0), line(1)], openUnits: 9, at: second(120)) == [])
    // Requeued, it is given time again, and is not shown again.
    #expect(pilots.polled([line(0, "PENDING"), line(1)], openUnits: 9, at: second(500)) == [])
  }

  @Test func waitingIsExplainedOnceForEachReason() {
    var pilots = pilots(2)
    func waiting(_ reason: String) -> [SlurmQueueLine] {
      (0..<2).map {
        SlurmQueueLine(element: SlurmElement(job: 7, index: $0), state: "PENDING", node: "", reason: reason)
      }
    }
    let note = SlurmPilots.Decision.note("2 workers wait in the queue: Priority")
    #expect(pilots.polled(waiting("Priority"), openUnits: 9, at: second(30)) == [note])
    #expect(pilots.polled(waiting("Priority"), openUnits: 9, at: second(60)) == [])
    #expect(
      pilots.polled(waiting("Resources"), openUnits: 9, at: second(90)) == [
        .note("2 workers wait in the queue: Resources")
      ])
    #expect(pilots.polled([line(0), line(1, "PENDING")], openUnits: 9, at: second(120)) == [])
    #expect(pilots.polled(waiting("Priority"), openUnits: 9, at: second(150)) == [note])
  }

  @Test func failuresInARowEndTheSubmitting() {
    var pilots = pilots(2)
    #expect(
      pilots.polled([line(1)], openUnits: 9, at: second(30)) == [
        .showLog(SlurmElement(job: 7, index: 0), "ended without reaching the coordinator"), .submit(1),
      ])
    pilots.submitted(SlurmSubmission(job: 8, count: 1))
    let decisions = pilots.polled([line(1)], openUnits: 9, at: second(60))
    #expect(
      decisions == [
        .showLog(SlurmElement(job: 8, index: 0), "ended without reaching the coordinator"),
        .note("2 in a row ended without reaching the coordinator: no more are handed in"),
      ])
    #expect(
      pilots.polled([], openUnits: 9, at: second(90)) == [
        .showLog(SlurmElement(job: 7, index: 1), "ended on h1 without reaching the coordinator"),
        .giveUp("no worker on the cluster reaches the coordinator"),
      ])
  }

  @Test func aWorkerThatConnectsEndsTheRowOfFailures() {
    var pilots = pilots(4)
    _ = pilots.polled([line(2), line(3)], openUnits: 9, at: second(30))
    pilots.connected(["slurm-7_2"])
    #expect(
      pilots.polled([line(3)], openUnits: 1, at: second(60)) == [])
    #expect(
      pilots.polled([], openUnits: 1, at: second(90)) == [
        .showLog(SlurmElement(job: 7, index: 3), "ended on h3 without reaching the coordinator"), .submit(1),
      ])
    #expect(!pilots.isHalted)
  }
}
