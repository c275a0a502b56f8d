import Glibc

/// One operating-system thread that runs one function to its end.
///
/// Loops that must never wait for the shared thread pools (sockets, heartbeats, the store, a unit's computation) have
/// their own. All state such a loop owns is made inside the function, so nothing but `Sendable` values crosses over.
package final class WorkThread: Sendable {
  private let handle: pthread_t

  /// Starts the thread. Signals meant for the process are blocked in it; see `Signals`.
  /// - Parameter name: for `ps -L` and debuggers; cut to 15 bytes.
  package init(name: String, _ body: @escaping @Sendable () -> Void) throws(RuntimeError) {
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var handle = pthread_t()
    let code = pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
        SignalMask.blockForThread()
        FileBytes.overwrite("/proc/thread-self/comm", with: String(start.name.utf8.prefix(15)) ?? "ravine")
        start.body()
        return nil
      }, start.toOpaque())
    guard code == 0 else {
      start.release()
      throw RuntimeError(
        .osRefused, "cannot start thread `\(name)`: \(RuntimeError.words(for: code))",
        help: "the limit on processes and threads may be reached (`ulimit -u`)")
    }
    self.handle = handle
  }

  /// Waits for the end of the function. Call once, from one thread.
  package func join() {
    pthread_join(handle, nil)
  }
}

private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
