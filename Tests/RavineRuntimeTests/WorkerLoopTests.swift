import Glibc
import RavineCluster
import RavineStore
import RavineZeroMQ
import Testing

@testable import RavineRuntime

@Suite struct WorkerLoopTests {
  private func settings(_ endpoint: String) -> WorkerLoop.Settings {
    let identity = WorkerIdentity(
      build: Toy.build, kernel: "none", instructionSet: "toy", cores: 1, memoryBytes: 1, host: "here", pid: 1,
      slot: 0, instance: 1)
    return WorkerLoop.Settings(
      coordinator: .local(endpoint: endpoint), identity: identity,
      log: StandardErrorLog.logger("worker", level: .critical))
  }

  @Test func anEndpointThatIsNoneIsAnError() throws {
    let ending = try WorkerLoop(settings: settings("carrier-pigeon://x"), computer: ToyComputer()).run()
    #expect(ending.code == 71)
    #expect(ending.message.contains("carrier-pigeon://x"))
  }

  @Test func withoutACoordinatorItLeavesAfterItsTimeout() throws {
    let directory = try SocketDirectory(in: "/tmp")
    var settings = settings(directory.endpoint)
    settings.orphanTimeout = .milliseconds(30)
    let ending = try WorkerLoop(settings: settings, computer: ToyComputer()).run()
    #expect(ending.code == 69)
  }

  @Test func theEndOfItsParentIsItsOwn() throws {
    let directory = try SocketDirectory(in: "/tmp")
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    var settings = settings(directory.endpoint)
    settings.parentPipe = ends[0]
    settings.orphanGrace = .milliseconds(20)
    settings.orphanTimeout = .seconds(1000)
    let loop = try WorkerLoop(settings: settings, computer: ToyComputer())
    close(ends[1])
    // Returns at all: nobody else would ever end it.
    let ending = loop.run()
    #expect(ending.code == 143)
    close(ends[0])
  }

  @Test func aSecondSignalEndsItAtOnce() throws {
    let directory = try SocketDirectory(in: "/tmp")
    let loop = try WorkerLoop(settings: settings(directory.endpoint), computer: ToyComputer())
    loop.request(.stop(signal: SIGTERM))
    #expect(loop.run() == WorkerLoop.Ending(code: 143, message: ""))
  }
}

/// The coordinator's loop with a store that fails.
@Suite struct CoordinatorLoopTests {
  @Test func aFailingStorePausesAndNothingIsLost() throws {
    let ledger = MemoryLedger()
    ledger.set(.full(path: "run"))
    let directory = try SocketDirectory(in: "/tmp")
    let inbox = try Mailbox<CoordinatorLoop.Input>()
    let stored = try Collector<StoreWriter.Report>()
    let ended = try Collector<CoordinatorLoop.Report>()
    let writer = try StoreWriter(ledger: ledger) { report in
      inbox.post(.store(report))
      stored.post(report)
    }
    let launcher = ThreadWorkers(
      endpoint: directory.endpoint, report: { inbox.post(.event($0)) }, computer: { _ in ToyComputer() })
    let units = (0..<50).map { UnitSpec(first: $0 * 2, count: 2, cost: 1) }
    let plan = PlanOffer(
      hash: Toy.hash, sweepText: "toy", sweepFile: "toy.yaml", files: [PlanFile(name: "toy.csv", bytes: [1, 2, 3])])
    let coordinator = Coordinator(
      plan: plan, units: units, committed: [Bool](repeating: false, count: 50), localWorkers: 2, epoch: 1,
      build: Toy.build, now: MonotonicClock.now())
    let board = ProgressBoard()
    let loop = try CoordinatorLoop(
      coordinator: coordinator, inbox: inbox, board: board,
      surroundings: CoordinatorLoop.Surroundings(
        endpoints: [directory.endpoint], context: try Context(), store: writer, launcher: launcher, epoch: 1,
        build: Toy.build, log: StandardErrorLog.logger("coordinator", level: .critical), report: ended.post))

    #expect(try stored.collect(1).first == .failed(.full(path: "run")))
    #expect(board.progress.committedUnits == 0)
    ledger.set(nil)
    writer.retryNow()
    #expect(try ended.collect(1) == [.finished(.complete)])
    launcher.shutDown(grace: .seconds(2))
    loop.leave()
    #expect(writer.finish() == 0)
    #expect(board.progress.committedUnits == 50)
    #expect(ledger.state.withLock { $0.groups.flatMap { $0 }.sorted() } == Array(0..<50))
    let kinds = ledger.state.withLock { $0.events.map(\.kind) }
    #expect(kinds.contains("paused") && kinds.contains("resumed"))
  }

  @Test func anEndpointThatCannotBeBoundEndsTheRun() throws {
    let inbox = try Mailbox<CoordinatorLoop.Input>()
    let ended = try Collector<CoordinatorLoop.Report>()
    let writer = try StoreWriter(ledger: MemoryLedger()) { _ in }
    let launcher = ThreadWorkers(endpoint: "", report: { _ in }, computer: { _ in ToyComputer() })
    let coordinator = Coordinator(
      plan: PlanOffer(hash: Toy.hash, sweepText: "", sweepFile: "", files: []), units: [], committed: [],
      localWorkers: 0, epoch: 1, build: Toy.build, now: MonotonicClock.now())
    let loop = try CoordinatorLoop(
      coordinator: coordinator, inbox: inbox, board: ProgressBoard(),
      surroundings: CoordinatorLoop.Surroundings(
        endpoints: ["ipc:///no/such/directory/socket"], context: try Context(), store: writer, launcher: launcher,
        epoch: 1, build: Toy.build, log: StandardErrorLog.logger("coordinator", level: .critical),
        report: ended.post))
    guard case .failed(let error) = try ended.collect(1)[0] else { throw Unexpected() }
    #expect(error.headline == "cannot bind ipc:///no/such/directory/socket: No such file or directory")
    loop.leave()
    _ = writer.finish()
  }
}
