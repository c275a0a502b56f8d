import Glibc
import RavineScheduling

/// Whether a coordinator can be reached at an endpoint, by plain TCP: what a person would try first.
enum EndpointProbe {
  /// - Returns: nil when something that speaks ZeroMQ answers there; otherwise what went wrong.
  static func failure(_ endpoint: String, timeout: Duration) -> String? {
    if endpoint.hasPrefix("ipc://") {
      return access(String(endpoint.dropFirst(6)), F_OK) == 0 ? nil : "there is no such socket on this machine"
    }
    guard let (host, port) = ListenAddress.split(endpoint), let number = port.flatMap({ Int($0) }) else {
      return "not an endpoint of the form tcp://HOST:PORT"
    }
    let deadline = MonotonicClock.now() + timeout
    var reasons: [String] = []
    let resolved = SocketAddress.resolve(host, number) { entry -> Bool? in
      guard let reason = tryAddress(entry, deadline) else { return true }
      let address = SocketAddress.numeric(entry.pointee.ai_addr, entry.pointee.ai_addrlen) ?? host
      reasons.append(address == host ? reason : "\(reason) (\(address))")
      return nil
    }
    switch resolved {
    case .success(true?): return nil
    case .success: return reasons.isEmpty ? "the name has no address" : reasons.joined(separator: "; ")
    case .failure(let error): return "the name does not resolve: \(error.text)"
    }
  }

  private static func tryAddress(_ entry: UnsafePointer<addrinfo>, _ deadline: Instant) -> String? {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let file = socket(entry.pointee.ai_family, kind, 0)
    guard file >= 0 else { return RuntimeError.words(for: errno) }
    defer { close(file) }
    if connect(file, entry.pointee.ai_addr, entry.pointee.ai_addrlen) != 0 {
      guard errno == EINPROGRESS else { return RuntimeError.words(for: errno) }
      guard wait(file, POLLOUT, deadline) else { return "no answer (a firewall, or the wrong network?)" }
      var code: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(file, SOL_SOCKET, SO_ERROR, &code, &size)
      guard code == 0 else { return RuntimeError.words(for: code) }
    }
    return greetingFailure(file, deadline)
  }

  /// Reads the signature that a ZeroMQ listener sends at once: FF, eight bytes, 7F (RFC 23).
  private static func greetingFailure(_ file: Int32, _ deadline: Instant) -> String? {
    var greeting: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 10)
    while greeting.count < 10 {
      guard wait(file, POLLIN, deadline) else { return "the connection is accepted, but nobody answers" }
      let count = recv(file, &buffer, 10 - greeting.count, 0)
      if count < 0, errno == EAGAIN || errno == EINTR { continue }
      guard count > 0 else { return "the connection is closed at once" }
      greeting += buffer[..<count]
    }
    return greeting[0] == 0xFF && greeting[9] == 0x7F ? nil : "another program answers there"
  }

  private static func wait(_ file: Int32, _ events: Int32, _ deadline: Instant) -> Bool {
    while true {
      var item = pollfd(fd: file, events: Int16(events), revents: 0)
      let ready = poll(&item, 1, MonotonicClock.milliseconds(until: deadline))
      if ready > 0 { return true }
      if ready == 0 || errno != EINTR { return false }
    }
  }
}
