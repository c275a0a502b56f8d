import Dispatch

/// The only use of threads in this module.
package enum Parallel {
  /// Calls `body` on up to `threads` threads at once, once on each, and on no more than there are `pieces` of work;
  /// returns when all calls have returned. Waking a thread costs more than a small piece.
  package static func perform(_ pieces: Int, threads: Int, _ body: @Sendable () -> Void) {
    let count = min(pieces, threads)
    if count <= 1 {
      body()
    } else {
      DispatchQueue.concurrentPerform(iterations: count) { _ in body() }
    }
  }
}
