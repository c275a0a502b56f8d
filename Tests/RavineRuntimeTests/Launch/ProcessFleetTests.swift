import Glibc
import RavineCluster
import Testing

@testable import RavineRuntime

/// Real processes; the shell stands in for ssh.
@Suite struct ProcessFleetTests {
  private func process(_ script: String, input: String? = nil, isRestarted: Bool = true) -> RemoteProcess {
    RemoteProcess(label: "node07", words: ["sh", "-c", script], inputFile: input, isRestarted: isRestarted)
  }

  /// A named pipe: reading it waits until somebody has written.
  private func pipe(in folder: TemporaryDirectory) throws -> String {
    let path = folder.path + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    return path
  }

  private func text(of path: String) throws -> String {
    String(decoding: try FileBytes.read(path, limit: 1 << 16), as: UTF8.self)
  }

  @Test func theJoinFileComesOverTheInputWhichStaysOpen() throws {
    let folder = try TemporaryDirectory()
    let (join, seen) = ("\(folder.path)/worker.join", try pipe(in: folder))
    try folder.write(Array("ravine-join 1\nrun 7\n".utf8), to: "worker.join")
    let reports = try Collector<FleetReport>()
    let script = """
      text=; while read -r line && [ -n "$line" ]; do text="$text$line;"; done
      printf %s "$text" > \(seen); read -r line; echo "input ended" > \(folder.path)/end
      """
    let fleet = try ProcessFleet([process(script, input: join)], report: reports.post)
    #expect(try text(of: seen) == "ravine-join 1;run 7;")
    #expect(try !folder.entries.contains("end"))
    fleet.shutDown()
    #expect(try folder.entries.contains("end"))
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
    let mark = try pipe(in: folder)
    let fleet = try ProcessFleet(
      [process("trap '' TERM; echo $$ > \(mark); while :; do sleep 1; done")], patience: .milliseconds(50),
      report: reports.post)
    let pid = try #require(Int32(try text(of: mark).filter(\.isNumber)))
    #expect(kill(pid, 0) == 0)
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
