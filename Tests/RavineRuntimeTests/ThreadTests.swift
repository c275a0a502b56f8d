import Glibc
import Synchronization
import Testing

@testable import RavineRuntime

@Suite struct ThreadTests {
  @Test func messagesOfManyThreadsArriveInTheOrderOfEach() throws {
    let mailbox = try Mailbox<(sender: Int, number: Int)>()
    let threads = try (0..<4).map { sender in
      try WorkThread(name: "sender") { for number in 0..<2000 { mailbox.post((sender, number)) } }
    }
    var next = [0, 0, 0, 0]
    while next.reduce(0, +) < 8000 {
      mailbox.wait(milliseconds: 20_000)
      let taken = mailbox.takeAll()
      try #require(!taken.isEmpty || next.reduce(0, +) == 8000)
      for (sender, number) in taken {
        #expect(next[sender] == number)
        next[sender] += 1
      }
    }
    for thread in threads { thread.join() }
    #expect(next == [2000, 2000, 2000, 2000])
  }

  @Test func threadsHaveNamesAndBlockWhatIsMeantForTheProcess() throws {
    let seen = Mutex<(name: String, blocked: [Int32])>(("", []))
    let thread = try WorkThread(name: "a-name-too-long-for-linux") {
      let name = FileBytes.kernelText("/proc/thread-self/comm") ?? ""
      var set = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &set)
      let blocked = [SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGSEGV, SIGABRT].filter { sigismember(&set, $0) == 1 }
      seen.withLock { $0 = (name, blocked) }
    }
    thread.join()
    #expect(seen.withLock { $0.name } == "a-name-too-long\n")
    #expect(seen.withLock { $0.blocked } == [SIGINT, SIGTERM, SIGHUP, SIGCHLD])
  }

  @Test func theFirstSignalDrainsAndLaterOnesStop() {
    #expect(StopRequest.next(after: 0, seconds: 0, signal: SIGINT) == .drain(signal: SIGINT))
    #expect(StopRequest.next(after: 1, seconds: 1, signal: SIGTERM) == .stop(signal: SIGTERM))
    #expect(StopRequest.next(after: 1, seconds: 0.01, signal: SIGINT) == .stop(signal: SIGINT))
    // A warning and the end of a batch job, or a script's and its child's signal.
    #expect(StopRequest.next(after: 1, seconds: 0.9, signal: SIGTERM) == nil)
    #expect(StopRequest.next(after: 0, seconds: 0, signal: SIGUSR1) == .drain(signal: SIGUSR1))
    #expect(StopRequest.drain(signal: SIGINT).exitStatus.rawValue == 130)
    #expect(StopRequest.stop(signal: SIGTERM).exitStatus.rawValue == 143)
    #expect(StopRequest.drain(signal: SIGHUP).exitStatus.rawValue == 143)
  }

  @Test func pollingWakesAtTheDeadlineAndNotBefore() {
    let now = MonotonicClock.now()
    #expect(MonotonicClock.milliseconds(until: now) == 0)
    #expect(MonotonicClock.milliseconds(until: .distantFuture) == 60_000)
    // A part of a millisecond counts as a whole one: a poll that ends early would spin.
    let soon = MonotonicClock.milliseconds(until: MonotonicClock.now().advanced(nanoseconds: 5_000_001))
    #expect((1...6).contains(soon))
  }

  @Test func logLinesAreOrderedByKey() {
    let line = StandardErrorLog.line(
      level: .info, label: "store", message: "group committed", metadata: ["units": "3", "bytes": "120"])
    #expect(line == "info store: group committed bytes=120 units=3\n")
  }
}
