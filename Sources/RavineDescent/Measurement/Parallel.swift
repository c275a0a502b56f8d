import Dispatch

/// The only use of threads in this module.
package enum Parallel {
  /// Calls `body(0) … body(count − 1)`, each once, on up to `threads` threads; returns when all have returned.
  package static func perform(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    if threads <= 1 || count <= 1 {
      for i in 0..<count { body(i) }
    } else {
      DispatchQueue.concurrentPerform(iterations: count, execute: body)
    }
  }
}
