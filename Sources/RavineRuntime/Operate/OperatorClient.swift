import RavineScheduling
import RavineWire
import RavineZeroMQ

/// Asks a coordinator, by way of a join file: one connection, one request, one answer.
package struct OperatorClient: Sendable {
  private let path: String
  private let timeout: Duration

  package init(joinFile path: String, timeout: Duration = .seconds(5)) {
    self.path = path
    self.timeout = timeout
  }

  /// - Throws: `nobodyThere` with the reason for each endpoint, `notPermitted` where the key is not accepted.
  package func ask(_ message: OperatorMessage) throws(RuntimeError) -> OperatorReply {
    let file = try JoinFile.read(path)
    var failures: [String] = []
    for endpoint in file.endpoints {
      if let reason = EndpointProbe.failure(endpoint, timeout: timeout) {
        failures.append("note: \(endpoint): \(reason)")
        continue
      }
      do {
        if let reply = try exchange(message, file, endpoint) { return reply }
        failures.append("note: \(endpoint): no answer within \(timeout)")
      } catch let error as RuntimeError {
        throw error
      } catch {
        failures.append("note: \(endpoint): \(error)")
      }
    }
    if failures.isEmpty { failures.append("note: `\(path)` names no endpoint") }
    throw RuntimeError(.nobodyThere, "no coordinator answers", details: failures)
  }

  /// - Returns: nil where nobody answers in time.
  private func exchange(_ message: OperatorMessage, _ file: JoinFile, _ endpoint: String) throws -> OperatorReply? {
    var options = SocketOptions.operator
    if !endpoint.hasPrefix("ipc://") { options.security = .client(file.keys, server: file.serverKey) }
    let socket = try Socket(.dealer, context: try Context(), options: options)
    let monitor = try SocketMonitor(of: socket, name: "operator")
    try socket.connect(endpoint)
    let poller = Poller()
    let place = poller.add(socket)
    poller.add(monitor)
    poller.watchWritable(true, at: place)
    let frames = Envelope(session: 0, sequence: 0, message: message).frames()
    let deadline = MonotonicClock.now() + timeout
    var isSent = false
    while MonotonicClock.now() < deadline {
      _ = try poller.wait(milliseconds: Int(MonotonicClock.milliseconds(until: deadline)))
      if let event = try monitor.next(), case .refused(400) = event {
        throw RuntimeError(
          .notPermitted, "the coordinator does not accept the key of `\(path)`",
          help: "it was revoked, or belongs to another run; ask for a new join file")
      }
      if !isSent, socket.send(frames) == .sent {
        isSent = true
        poller.watchWritable(false, at: place)
      }
      while case .message(let answer) = socket.receive() {
        if let reply = try? Envelope<OperatorReply>(frames: answer).message, reply.request == message.request {
          return reply
        }
      }
    }
    return nil
  }
}

extension OperatorMessage {
  fileprivate var request: UInt32 {
    switch self {
    case .status(let request): request
    case .order(let order): order.request
    }
  }
}
