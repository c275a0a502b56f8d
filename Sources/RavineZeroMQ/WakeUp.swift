import CZeroMQ
import Glibc

/// Wakes one polling thread from any other thread: a Linux eventfd. Signals merge; none is lost.
package final class WakeUp: Sendable {
  /// Readable while signalled.
  package let fileDescriptor: Int32

  package init() throws(ZeroMQError) {
    fileDescriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    guard fileDescriptor >= 0 else { throw ZeroMQError(operation: "create an eventfd", code: errno) }
  }

  deinit {
    close(fileDescriptor)
  }

  /// Wakes the polling thread now or at its next poll.
  package func signal() {
    // Fails only when 2^64 - 2 signals are pending, and then the thread wakes anyway.
    _ = eventfd_write(fileDescriptor, 1)
  }

  /// Waits until it is signalled, at most `milliseconds` (negative: for ever).
  package func wait(milliseconds: Int32) {
    var item = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&item, 1, milliseconds)
  }

  /// Takes back all signals given so far. Call before looking at what they announced.
  package func clear() {
    var count: eventfd_t = 0
    _ = eventfd_read(fileDescriptor, &count)
  }
}
