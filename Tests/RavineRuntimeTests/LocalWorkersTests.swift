import Glibc
import Logging
import RavineCluster
import Testing

@testable import RavineRuntime

/// Real processes: the shell stands in for a worker.
@Suite struct LocalWorkersTests {
  private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func workers(
    _ script: String, _ events: Collector<Coordinator.Event>, executable: String = "/bin/sh"
  ) throws -> LocalWorkers {
    try LocalWorkers(
      executable: executable, arguments: { ["sh", "-c", script, "sh", "\($0)"] }, log: quiet, report: events.post)
  }

  private func isExit(_ event: Coordinator.Event) -> Bool {
    if case .workerExited = event { true } else { false }
  }

  @Test func aCleanEndAndADirtyOne() throws {
    let events = try Collector<Coordinator.Event>()
    let workers = try workers("echo first >&2; echo last words of slot $1 >&2; exit $1", events)
    workers.startWorker(slot: 0)
    let clean = try events.collect(until: isExit)
    guard case .workerStarted(slot: 0, let pid) = clean[0] else { throw Unexpected() }
    #expect(pid > 1)
    #expect(clean[1] == .workerExited(slot: 0, evidence: "exit status 0", clean: true))
    workers.startWorker(slot: 3)
    let dirty = try events.collect(until: isExit)
    #expect(
      dirty.last
        == .workerExited(slot: 3, evidence: "exit status 3, its last words: last words of slot 3", clean: false))
    workers.shutDown(grace: .zero)
  }

  @Test func aKilledWorkerLeavesEvidence() throws {
    let events = try Collector<Coordinator.Event>()
    let workers = try workers("echo ready >&2; kill -9 $$", events)
    workers.startWorker(slot: 1)
    guard case .workerExited(slot: 1, let evidence, clean: false)? = try events.collect(until: isExit).last else {
      throw Unexpected()
    }
    #expect(evidence.hasPrefix("killed by signal 9 (Killed), at most "))
    #expect(evidence.hasSuffix("MiB resident, its last words: ready"))
    workers.shutDown(grace: .zero)
  }

  @Test func stoppingAsksAndForceDoesNot() throws {
    let events = try Collector<Coordinator.Event>()
    let workers = try workers("trap 'exit 7' TERM; while :; do read line; done", events)
    // The trap may not be set yet when the signal comes: both ends are right, and both are reported.
    workers.startWorker(slot: 0)
    workers.stopWorker(slot: 0, force: false)
    _ = try events.collect(until: isExit)
    workers.startWorker(slot: 0)
    workers.stopWorker(slot: 0, force: true)
    guard case .workerExited(slot: 0, let evidence, clean: false)? = try events.collect(until: isExit).last else {
      throw Unexpected()
    }
    #expect(evidence.hasPrefix("killed by signal 9"))
    workers.shutDown(grace: .zero)
  }

  @Test func shuttingDownForcesWhoeverStays() throws {
    let events = try Collector<Coordinator.Event>()
    let workers = try workers("trap '' TERM; echo deaf; exec sleep 1000", events)
    for slot in 0..<3 { workers.startWorker(slot: slot) }
    workers.shutDown(grace: .milliseconds(50))
    let all = events.mailbox.takeAll()
    #expect(all.count == 6)
    #expect(all.filter(isExit).count == 3)
  }

  @Test func aChildIsInItsOwnGroupAndReadsTheEndOfItsParent() throws {
    var child: ChildProcess? = try ChildProcess(
      executable: "/bin/sh", arguments: ["sh", "-c", "read line || echo orphan"])
    let pid = try #require(child?.pid)
    #expect(getpgid(pid) == pid && getpgid(0) != pid)
    // Its parent's ends close as they do when the parent dies; only this copy of its output stays.
    let output = dup(try #require(child?.output))
    child = nil
    var item = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    #expect(poll(&item, 1, 20_000) == 1)
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(read(output, &bytes, 16) == 7)
    #expect(bytes.starts(with: Array("orphan\n".utf8)))
    close(output)
    #expect(waitpid(pid, nil, 0) == pid)
  }

  @Test func aProgramThatIsNotThereIsAnEnd() throws {
    let events = try Collector<Coordinator.Event>()
    let workers = try workers("", events, executable: "/no/such/program")
    workers.startWorker(slot: 0)
    #expect(
      try events.collect(1) == [
        .workerExited(
          slot: 0, evidence: "cannot start `/no/such/program`: No such file or directory", clean: false)
      ])
    workers.shutDown(grace: .zero)
  }

  @Test func theTailKeepsTheLastLinesAndNoControlCodes() {
    var tail = LineTail(lineLimit: 2, byteLimit: 10)
    #expect(tail.append(Array("one\ntw".utf8)) == ["one"])
    #expect(tail.append(Array("o\n\u{1B}[31mred\nvery long line that goes on".utf8)) == ["two", "[31mred"])
    #expect(tail.lines == ["two", "[31mred"])
    #expect(tail.last == "very long")
    _ = tail.append(Array("\n\n  \n".utf8))
    #expect(tail.last == nil)
  }
}

struct Unexpected: Error {}
