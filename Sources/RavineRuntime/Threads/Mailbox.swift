import Glibc
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

  /// Any thread.
  package func post(_ message: Message) {
    let wasEmpty = queue.withLock { queue in
      queue.append(message)
      return queue.count == 1
    }
    // Whoever finds the queue not empty knows that its first message has signalled and is not yet taken.
    if wasEmpty { wakeUp.signal() }
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
  package func wait(milliseconds: Int32) {
    var item = pollfd(fd: wakeUp.fileDescriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&item, 1, milliseconds)
  }
}
