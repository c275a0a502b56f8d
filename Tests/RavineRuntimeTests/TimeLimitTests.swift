import Glibc
import RavineScheduling
import Testing

@testable import RavineRuntime

@Suite struct TimeLimitTests {
  /// Slurm's documented variables and the output of `scontrol show job -o`.
  private func limit(
    flag: Duration? = nil, _ variables: [String: String] = [:], job: String? = nil, now: Double = 1_000_000
  ) -> TimeLimit? {
    TimeLimit.detect(flag: flag, now: now, variable: { variables[$0] }, job: { _ in job })
  }

  @Test func theEarliestEndCounts() {
    #expect(limit() == nil)
    #expect(limit(flag: .seconds(90)) == TimeLimit(secondsLeft: 90, source: "--walltime"))
    let slurm = ["SLURM_JOB_ID": "7", "SLURM_JOB_END_TIME": "1000060"]
    #expect(limit(slurm) == TimeLimit(secondsLeft: 60, source: "SLURM_JOB_END_TIME"))
    #expect(limit(flag: .seconds(30), slurm)?.secondsLeft == 30)
    #expect(limit(flag: .seconds(90), slurm)?.secondsLeft == 60)
    #expect(limit(["SLURM_JOB_END_TIME": "999"])?.secondsLeft == 0)
  }

  @Test func workersAreToldWhatIsLeftWhenTheyStart() {
    let start = Instant(nanoseconds: 5_000_000_000)
    let end = ProcessEnd(TimeLimit(secondsLeft: 3600, source: "test"), now: start)
    #expect(end.workerArguments(now: start) == ["--walltime", "3600s"])
    #expect(end.workerArguments(now: start + .seconds(3000)) == ["--walltime", "600s"])
    #expect(end.workerArguments(now: start + .seconds(4000)) == ["--walltime", "1s"])
    #expect(end.leaves == start + .seconds(3575))
    #expect(ProcessEnd(TimeLimit(flag: .seconds(30)), now: start).leaves == start + .seconds(20))
  }

  @Test func scontrolIsAskedWhereTheEnvironmentDoesNotSay() {
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec) = (126, 2, 1, 12, 30, 5)
    parts.tm_isdst = -1
    let end = Double(mktime(&parts))
    let job = "JobId=7 JobName=x StartTime=2026-03-01T11:30:05 EndTime=2026-03-01T12:30:05 Deadline=N/A"
    #expect(limit(["SLURM_JOB_ID": "7"], job: job, now: end - 61)?.secondsLeft == 61)
    #expect(limit(["SLURM_JOB_ID": "7"], job: "JobId=7 EndTime=Unknown") == nil)
    #expect(limit(["SLURM_JOB_ID": "7"], job: nil) == nil)
    #expect(limit([:], job: job) == nil)
  }

  @Test func shortCommandsAreRunAndLongOnesAreNot() {
    #expect(CommandOutput.of("echo", ["a", "b"]) == "a b\n")
    #expect(CommandOutput.of("false", []) == nil)
    #expect(CommandOutput.of("no-such-program-anywhere", []) == nil)
    #expect(CommandOutput.of("sleep", ["100"], timeout: .milliseconds(50)) == nil)
  }

  @Test func theGrantOfABatchSystemCounts() {
    #expect(HostCores(flag: nil, environment: 2, affinity: 8, quota: nil).count == 2)
    #expect(HostCores(flag: nil, environment: 2, affinity: 8, quota: nil).decidedBy == .environment)
    #expect(HostCores(flag: nil, environment: 8, affinity: 1, quota: nil).decidedBy == .affinity)
    #expect(HostCores(flag: 1, environment: 2, affinity: 8, quota: nil).decidedBy == .flag)
    #expect(HostCores(flag: nil, environment: 0, affinity: 8, quota: nil).count == 1)
  }
}
