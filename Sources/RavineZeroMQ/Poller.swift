import CZeroMQ

/// Waits until one of several sockets and file descriptors has something to read. Lives on the sockets' thread.
package final class Poller {
  private var items: [zmq_pollitem_t] = []
  /// Keeps the polled sockets alive.
  private var sockets: [Socket] = []

  package init() {}

  /// Adds a socket; the answer is its place for `isReadable`.
  @discardableResult
  package func add(_ socket: Socket) -> Int {
    sockets.append(socket)
    items.append(zmq_pollitem_t(socket: socket.handle, fd: -1, events: Int16(ZMQ_POLLIN), revents: 0))
    return items.count - 1
  }

  /// Adds a file descriptor, which must stay open as long as the poller lives.
  @discardableResult
  package func add(fileDescriptor: Int32) -> Int {
    items.append(zmq_pollitem_t(socket: nil, fd: fileDescriptor, events: Int16(ZMQ_POLLIN), revents: 0))
    return items.count - 1
  }

  /// Also wakes, or no longer wakes, when the socket at `place` would take a message.
  package func watchWritable(_ watch: Bool, at place: Int) {
    guard items.indices.contains(place) else { return }
    items[place].events = Int16(ZMQ_POLLIN) | (watch ? Int16(ZMQ_POLLOUT) : 0)
  }

  /// Waits at most `milliseconds` (negative: for ever). True when anything is ready; an interruption by a signal counts
  /// as nothing ready.
  package func wait(milliseconds: Int) throws(ZeroMQError) -> Bool {
    let ready = zmq_poll(&items, Int32(items.count), milliseconds)
    if ready >= 0 { return ready > 0 }
    for place in items.indices { items[place].revents = 0 }
    let code = zmq_errno()
    if code == EINTR { return false }
    throw ZeroMQError(operation: "poll", code: code)
  }

  /// Whether the last `wait` found something to read at `place`; errors and hang-ups count, reading them tells.
  package func isReadable(_ place: Int) -> Bool {
    items.indices.contains(place) && items[place].revents & ~Int16(ZMQ_POLLOUT) != 0
  }

  /// Whether the last `wait` found the socket at `place` ready to take a message.
  package func isWritable(_ place: Int) -> Bool {
    items.indices.contains(place) && items[place].revents & Int16(ZMQ_POLLOUT) != 0
  }
}
