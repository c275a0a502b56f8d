import Foundation
import Glibc
import RavineCluster
import Testing

@testable import RavineRuntime

/// Real processes; the shell stands in for ssh.
@Suite struct ProcessFleetTests {
  private func process(_ script: String, input: String? = nil, isRestarted: Bool = true) -> RemoteProcess {
    RemoteProcess(label: "node07", words: ["sh", "-c", script], inputFile: input, isRestarted: isRestarted)
  }

  @Test func theJoinFileComesOverTheInputWhichStaysOpen() throws {
    let folder = try TemporaryDirectory()
    let (join, seen) = ("\(folder.path)/worker.join", "\(folder.path)/seen")
    try "ravine-join 1\nrun 7\n".write(toFile: join, atomically: true, encoding: .utf8)
    let reports = try Collector<FleetReport>()
    // Ends with a status of its own if its input ends early; writes what it saw once its input ends.
    let script = """
      while read -r line && [ -n "$line" ]; do echo "$line" >> \(seen).part; done
      mv \(seen).part \(seen); echo ready; read -r line; echo "input ended" >> \(seen)
      """
    let fleet = try ProcessFleet([process(script, input: join)], report: reports.post)
    try waitUntil { access(seen, F_OK) == 0 }
    #expect(try String(contentsOfFile: seen, encoding: .utf8) == "ravine-join 1\nrun 7\n")
    fleet.shutDown()
    #expect(try String(contentsOfFile: seen, encoding: .utf8) == "ravine-join 1\nrun 7\ninput ended\n")
    #expect(reports.mailbox.takeAll() == [])
  }

  @Test func aFinalEndIsShownAndTheLastOneEndsTheRun() throws {
    let reports = try Collector<FleetReport>()
    let fleet = try ProcessFleet(
      [process("echo first; echo 'error: this worker speaks protocol 3'; exit 76")], report: reports.post)
    let all = try reports.collect { if case .nobodyLeft = $0 { true } else { false } }
    #expect(
      all.first
        == .note(
          "node07: its worker ended (exit status 76, its last words: error: this worker speaks protocol 3) "
            + "and is not started again\n  | first\n  | error: this worker speaks protocol 3"))
    #expect(all.count == 2)
    fleet.shutDown()
  }

  @Test func aLostConnectionIsTriedAgain() throws {
    let folder = try TemporaryDirectory()
    let mark = "\(folder.path)/mark"
    let reports = try Collector<FleetReport>()
    let fleet = try ProcessFleet(
      [process("if [ -e \(mark) ]; then exit 77; fi; touch \(mark); exit 255")], report: reports.post)
    let all = try reports.collect { if case .nobodyLeft = $0 { true } else { false } }
    #expect(all.first == .note("node07: its worker ended (exit status 255); starting it again in 1 s"))
    #expect(all.count == 3)
    fleet.shutDown()
  }

  @Test func whoeverStaysIsForced() throws {
    let reports = try Collector<FleetReport>()
    let folder = try TemporaryDirectory()
    let mark = "\(folder.path)/pid"
    let fleet = try ProcessFleet(
      [process("trap '' TERM; echo $$ > \(mark).part; mv \(mark).part \(mark); while :; do sleep 1; done")],
      report: reports.post)
    try waitUntil { access(mark, F_OK) == 0 }
    let text = try String(contentsOfFile: mark, encoding: .utf8)
    let pid = try #require(Int32(text.filter(\.isNumber)))
    fleet.shutDown()
    #expect(kill(pid, 0) == -1)
  }

  @Test func aCommandIsReadToItsEndAndNotLonger() throws {
    #expect(
      try CommandRun.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
        == CommandRun(status: 3, lines: ["out", "err"]))
    #expect(throws: RuntimeError.self) { try CommandRun.run(["no-such-program-here"]) }
    let error = #expect(throws: RuntimeError.self) { try CommandRun.run(["sleep", "1000"], seconds: 0.05) }
    #expect(error?.status == .tryAgain)
  }
}
