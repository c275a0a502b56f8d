import Glibc
import RavineScheduling
import RavineZeroMQ
import Synchronization

/// A queue from many threads to one polling thread. Its bound is the protocol's: credits limit what workers may have in
/// flight, and everything else posts at most a few messages per worker.
package final class Mailbox<Message: Sendable>: Sendable {
  /// Readable while there may be messages; for the owner's poll.
  package let wakeUp: WakeUp
  private let queue = Mutex<[Message]>([])

  package init() throws(RuntimeError) {
    do {
      wakeUp = try WakeUp()
    } catch {
      throw RuntimeError(
        .osRefused, error.description, help: "the limit on open files may be reached (`ulimit -n`)")
    }
  }

  /// Any thread. Returns how many messages wait now.
  @discardableResult
  package func post(_ message: Message) -> Int {
    let count = queue.withLock { queue in
      queue.append(message)
      return queue.count
    }
    // Whoever finds the queue not empty knows that its first message has signalled and is not yet taken.
    if count == 1 { wakeUp.signal() }
    return count
  }

  /// The owner: all messages so far, in order.
  package func takeAll() -> [Message] {
    wakeUp.clear()
    return queue.withLock { queue in
      let all = queue
      queue.removeAll(keepingCapacity: true)
      return all
    }
  }

  /// The owner: waits until a message is there, at most `milliseconds` (negative: for ever).
  package func wait(milliseconds: Int32) { wakeUp.wait(milliseconds: milliseconds) }

  /// The owner: waits for a message, for the time of `watching` without going to sleep.
  package func wait(watching: Duration) {
    let end = MonotonicClock.now() + watching
    repeat {
      if queue.withLock({ !$0.isEmpty }) { return }
      sched_yield()
    } while MonotonicClock.now() < end
    wait(milliseconds: -1)
  }
}
