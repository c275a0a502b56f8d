import Glibc
import RavineCluster
import RavineDescent
import RavineScheduling
import RavineStore
import Synchronization
import Testing

@testable import RavineRuntime

/// The whole path in one process: a coordinator, worker threads over a real socket, a real file.
@Suite struct LocalRunTests {
  private let directory: TemporaryDirectory
  private var path: String { directory.path + "/toy.ravine" }

  init() throws { directory = try TemporaryDirectory() }

  private func run(
    _ store: RunStore, workers: Int, computer: @escaping @Sendable (Int) -> ToyComputer = { _ in ToyComputer() }
  ) throws -> LocalRun {
    try LocalRun(job: Toy.job(store, workers: workers), store: store) { endpoint, report in
      ThreadWorkers(endpoint: endpoint, report: report, computer: computer)
    }
  }

  /// The steps of every trial in the file, in trial order.
  private func steps(_ store: RunStore) throws -> [UInt64] {
    var steps: [UInt64] = []
    try store.forEachRecord { trial, record in
      #expect(trial == steps.count)
      steps.append(record.steps)
    }
    return steps
  }

  @Test func everyTrialIsStoredOnce() throws {
    let store = try Toy.create(at: path, units: Toy.units(200, trialsEach: 5))
    var updates = 0
    let ending = try run(store, workers: 2).perform { _ in updates += 1 }
    #expect(ending.outcome == .complete)
    #expect(ending.exitStatus == .success)
    #expect(ending.progress.committedUnits == 200)
    #expect(ending.progress.committedTrials == 1000)
    #expect(updates >= 1)
    #expect(try steps(store) == (1...1000).map(UInt64.init))
    #expect(try store.state() == .complete)
    let workers = try store.workers()
    #expect(workers.count == 2)
    #expect(workers.allSatisfy { $0.leftAt != nil && $0.host == "here" && $0.instructions == "toy" })
    store.close()
  }

  @Test func aWorkerThatVanishesCostsNothingButItsUnit() throws {
    let store = try Toy.create(at: path, units: Toy.units(60, trialsEach: 3))
    let launcher = Mutex<ThreadWorkers?>(nil)
    let deaths = Mutex(0)
    let job = try Toy.job(store, workers: 2)
    let run = try LocalRun(job: job, store: store) { endpoint, report in
      let workers = ThreadWorkers(endpoint: endpoint, report: report) { slot in
        ToyComputer { _, isCancelled in
          let dies = deaths.withLock { count in
            guard slot == 0, count < 2 else { return false }
            count += 1
            return true
          }
          guard dies else { return }
          launcher.withLock { $0 }?.stopWorker(slot: 0, force: true)
          // The answer must never come: only the end of the worker releases this.
          while !isCancelled() { sched_yield() }
        }
      }
      launcher.withLock { $0 = workers }
      return workers
    }
    let ending = try run.perform { _ in }
    launcher.withLock { $0 = nil }
    #expect(ending.exitStatus == .success)
    #expect(deaths.withLock { $0 } == 2)
    #expect(try steps(store) == (1...180).map(UInt64.init))
    #expect(try store.events(last: 100, kind: "died").count == 2)
    store.close()
  }

  @Test func aRunStopsBeforeItsTimeIsUp() throws {
    let store = try Toy.create(at: path, units: Toy.units(40, trialsEach: 2))
    var job = try Toy.job(store, workers: 2)
    job.settings.grace = .milliseconds(100)
    let start = MonotonicClock.now()
    let end = ProcessEnd(TimeLimit(secondsLeft: 1.5, source: "test"), now: start)
    #expect(end.leaves == start + .seconds(1))
    job.end = end
    // One unit in the middle never ends by itself.
    let run = try LocalRun(job: job, store: store) { endpoint, report in
      ThreadWorkers(endpoint: endpoint, report: report) { _ in
        ToyComputer { first, isCancelled in while first == 20, !isCancelled() { sched_yield() } }
      }
    }
    let ending = try run.perform { _ in }
    #expect(ending.isOutOfTime && ending.outcome == .stopped && ending.exitStatus == .tryAgain)
    // What stood behind it in the worker's queue is given back with it.
    #expect((37...39).contains(ending.progress.committedUnits))
    #expect(MonotonicClock.now() >= end.leaves)
    #expect(try store.state() == .stopped)
    store.close()
  }

  @Test func aUnitThatAlwaysFailsFailsAlone() throws {
    struct Poison: Error, CustomStringConvertible { let description = "no such design" }
    let store = try Toy.create(at: path, units: Toy.units(20, trialsEach: 2))
    let ending = try run(store, workers: 2) { _ in ToyComputer { first, _ in if first == 14 { throw Poison() } } }
      .perform { _ in }
    #expect(ending.outcome == .complete)
    #expect(ending.exitStatus == .someFailed)
    #expect(ending.progress.failedUnits == 1)
    #expect(ending.progress.committedUnits == 19)
    let failures = try store.failures()
    #expect(failures.map(\.unit) == [7])
    #expect(failures.first?.evidence.contains("no such design") == true)
    store.close()
  }

  @Test func stoppedAndResumed() throws {
    let store = try Toy.create(at: path, units: Toy.units(100, trialsEach: 2))
    let asked = Mutex<LocalRun?>(nil)
    let started = Atomic(0)
    let isStopping = Atomic(false)
    let stopped = try run(store, workers: 2) { _ in
      ToyComputer { _, isCancelled in
        // After ten units the user presses Ctrl-C; nobody computes on before that is known.
        let before = started.add(1, ordering: .relaxed).oldValue
        if before == 10 { asked.withLock { $0?.request(.drain(signal: 2)) } }
        while before >= 10, !isStopping.load(ordering: .relaxed), !isCancelled() { sched_yield() }
      }
    }
    asked.withLock { $0 = stopped }
    let first = try stopped.perform { if $0.stop != nil { isStopping.store(true, ordering: .relaxed) } }
    asked.withLock { $0 = nil }
    #expect(first.outcome == .stopped)
    #expect(first.exitStatus == .interrupted)
    #expect(try store.state() == .stopped)
    let done = try store.committedUnits().filter { $0 }.count
    #expect(first.progress.committedUnits == done)
    #expect((10..<100).contains(done))
    store.close()

    let again = try RunStore.open(at: path, readOnly: false, planHash: Toy.hash)
    #expect(again.epoch == 2)
    let second = try run(again, workers: 1).perform { _ in }
    #expect(second.exitStatus == .success)
    #expect(second.progress.committedUnits == 100)
    #expect(try steps(again) == (1...200).map(UInt64.init))
    again.close()
  }

  @Test func aSecondRequestLeavesAtOnce() throws {
    let store = try Toy.create(at: path, units: Toy.units(4, trialsEach: 1))
    let asked = Mutex<LocalRun?>(nil)
    let stubborn = try run(store, workers: 1) { _ in
      ToyComputer { _, isCancelled in
        asked.withLock { run in
          run?.request(.drain(signal: 2))
          run?.request(.stop(signal: 2))
        }
        while !isCancelled() { sched_yield() }
      }
    }
    asked.withLock { $0 = stubborn }
    let ending = try stubborn.perform { _ in }
    asked.withLock { $0 = nil }
    #expect(ending.outcome == nil)
    #expect(ending.exitStatus == .interrupted)
    #expect(try store.state() == .stopped)
    store.close()
  }
}
