import CZeroMQ
import Synchronization

/// libzmq's context: its I/O threads and its `inproc` name space. The one libzmq object that any thread may use.
///
/// Sockets keep their context alive, so it ends only after the last of them.
package final class Context: Sendable {
  /// Thread-safe by libzmq's contract; never changed after `init`.
  nonisolated(unsafe) let handle: UnsafeMutableRawPointer
  /// Whether there is, or was, an authenticator.
  let isGuarded = Atomic(false)

  /// - Parameter maximumSockets: an upper bound for sockets alive at once, inner ones of libzmq included.
  package init(ioThreads: Int32 = 1, maximumSockets: Int32 = 1023) throws(ZeroMQError) {
    try LibraryVersion.linked.requireFloor()
    guard let handle = zmq_ctx_new() else { throw ZeroMQError.last("create a ZeroMQ context") }
    self.handle = handle
    zmq_ctx_set(handle, ZMQ_IO_THREADS, ioThreads)
    zmq_ctx_set(handle, ZMQ_MAX_SOCKETS, maximumSockets)
    // No socket waits for unsent messages when it closes, whatever its own linger says.
    zmq_ctx_set(handle, ZMQ_BLOCKY, 0)
  }

  deinit {
    while zmq_ctx_term(handle) == -1 && zmq_errno() == EINTR {}
  }
}
