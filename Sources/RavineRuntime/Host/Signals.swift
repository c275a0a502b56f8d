import Glibc
import RavineScheduling

/// What people and supervisors ask of the process by signals.
package enum StopRequest: Equatable, Sendable {
  /// The first request: finish cleanly.
  case drain(signal: Int32)
  /// Any later one: leave within a second.
  case stop(signal: Int32)

  /// 130 for an interrupt, 143 for anything else (a hang-up or a batch system's warning counts as a termination).
  package var exitStatus: ExitStatus {
    switch self {
    case .drain(let signal), .stop(let signal): signal == SIGINT ? .interrupted : .terminated
    }
  }

  /// The request made by a signal.
  ///
  /// Batch systems send one request as several signals, to a script and its children, or a warning and then the end:
  /// within a second they count as one. A person's second Ctrl-C always counts.
  /// - Parameters:
  ///   - earlier: how many requests there were before.
  ///   - seconds: since the last of them.
  /// - Returns: nil where it belongs to the one before.
  static func next(after earlier: Int, seconds: Double, signal: Int32) -> StopRequest? {
    if earlier == 0 { return .drain(signal: signal) }
    return signal == SIGINT || seconds >= 1 ? .stop(signal: signal) : nil
  }
}

/// SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 as values, taken by a thread that waits for nothing else; no code runs
/// in a handler.
package enum Signals {
  /// Blocks the requests in the calling thread and in all threads it starts later, and ignores the signals that would
  /// kill the process for a closed pipe or a full quota. Call at the very start of the program, before other threads.
  package static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    var set = SignalMask.set(of: SignalMask.requests)
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Calls `handler` for each request, on a thread that lives as long as the process. Call once, after `prepare`.
  package static func watch(_ handler: @escaping @Sendable (StopRequest) -> Void) throws(RuntimeError) {
    _ = try WorkThread(name: "signals") {
      var set = SignalMask.set(of: SignalMask.requests)
      var taken: Int32 = 0
      var earlier = 0
      var last = MonotonicClock.now()
      while true {
        guard sigwait(&set, &taken) == 0 else { continue }
        let now = MonotonicClock.now()
        guard let request = StopRequest.next(after: earlier, seconds: now.seconds(since: last), signal: taken) else {
          continue
        }
        last = now
        earlier += 1
        handler(request)
      }
    }
  }
}
