import Foundation
import Glibc
import Testing

/// Workers that come over TCP with keys, as real processes.
@Suite(.serialized) struct JoiningTests {
  /// Waits for a file that another process writes; the test's own time limit is 60 s.
  static func wait(for path: String, while process: Process, holds: (String) -> Bool = { _ in true }) throws -> String {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < .seconds(60) {
      if let text = try? String(contentsOfFile: path, encoding: .utf8), holds(text) { return text }
      try #require(process.isRunning, "the process ended before \(path) was there")
      usleep(20_000)
    }
    throw Missing(path: path)
  }

  struct Missing: Error { let path: String }

  @Test func aRunWithRemoteWorkersAloneExportsTheSameBytes() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let sweep = try binary.write(SamenessTests.sweep, "same.yaml")
    #expect(try binary.run("run", sweep, "--workers", "1", "--runs", "local", "--quiet").status == 0)
    let run = try binary.start([
      "run", sweep, "--workers", "0", "--listen", "tcp://127.0.0.1:*", "--runs", "remote", "--quiet",
    ])
    let join = binary.folder.path + "/remote/same.access/worker.join"
    let text = try Self.wait(for: join, while: run) { $0.contains("endpoint tcp://127.0.0.1:") }
    #expect(text.hasPrefix("ravine-join 1\n"))
    let mode = try FileManager.default.attributesOfItem(atPath: join)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let workers = try (0..<2).map { _ in try binary.start(["worker", "--join", join, "--threads", "1"]) }
    run.waitUntilExit()
    for worker in workers { worker.waitUntilExit() }
    #expect(run.terminationStatus == 0)
    #expect(workers.map(\.terminationStatus) == [0, 0])
    let late = try binary.run("worker", "--join", join, "--threads", "1")
    #expect(late.status == 0 && late.errors.contains("is complete"))
    let local = try binary.run("export", "local/same.sqlite").output
    let remote = try binary.run("export", "remote/same.sqlite").output
    #expect(local.split(separator: "\n").count == 1 + 12 * 6 * 2 * 11)
    #expect(remote == local)
  }

  @Test func joinFilesThatAreOpenToOthersAreRefused() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let path = try binary.write("ravine-join 1\n", "open.join")
    chmod(path, 0o644)
    let outcome = try binary.run("worker", "--join", path)
    #expect(outcome.status == 77)
    #expect(outcome.errors.contains("chmod 600 \(path)"))
  }

  @Test func withoutACoordinatorAWorkerSaysWhatItTried() throws {
    let binary = try Binary()
    defer { binary.remove() }
    // A port that nothing listens at: bound by nobody, below those that the kernel gives away.
    let key = String(repeating: "1234567890abcdef", count: 4)
    let path = try binary.write(
      """
      ravine-join 1
      run x
      role worker
      name worker
      server \(key)
      secret \(key)
      endpoint tcp://127.0.0.1:1
      endpoint tcp://no-such-host.invalid:7787

      """, "lost.join")
    chmod(path, 0o600)
    let outcome = try binary.run("worker", "--join", path, "--orphan-timeout", "2s")
    #expect(outcome.status == 69)
    #expect(outcome.errors.contains("tcp://127.0.0.1:1: Connection refused"))
    #expect(outcome.errors.contains("tcp://no-such-host.invalid:7787: the name does not resolve"))
  }
}
