import Glibc

/// An address of one of this machine's network interfaces.
struct HostAddress: Equatable, Sendable {
  /// Such as `eth0`.
  var interface: String
  /// In figures, without brackets or zone.
  var text: String
  var isIPv6: Bool
  var isLoopback: Bool
  /// fe80::/10 and 169.254.0.0/16, of no use without knowing the interface on the other side.
  var isLinkLocal: Bool

  /// As it stands in an endpoint.
  var literal: String { isIPv6 ? "[\(text)]" : text }

  /// The addresses of all interfaces that are up: IPv4 before IPv6, loopback last.
  static func all() -> [HostAddress] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var found: [HostAddress] = []
    var next = list
    while let entry = next {
      next = entry.pointee.ifa_next
      if let address = HostAddress(entry.pointee) { found.append(address) }
    }
    func rank(_ address: HostAddress) -> Int { (address.isLoopback ? 2 : 0) + (address.isIPv6 ? 1 : 0) }
    return found.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
  }
}

extension HostAddress {
  fileprivate init?(_ entry: ifaddrs) {
    guard let address = entry.ifa_addr, entry.ifa_flags & UInt32(IFF_UP) != 0 else { return nil }
    let family = Int32(address.pointee.sa_family)
    guard family == AF_INET || family == AF_INET6 else { return nil }
    let size = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
    guard let zoned = SocketAddress.numeric(address, socklen_t(size)) else { return nil }
    let text = String(zoned.prefix { $0 != "%" })
    self.init(
      interface: String(cString: entry.ifa_name), text: text, isIPv6: family == AF_INET6,
      isLoopback: entry.ifa_flags & UInt32(IFF_LOOPBACK) != 0,
      isLinkLocal: text.hasPrefix("fe80:") || text.hasPrefix("169.254."))
  }
}

enum SocketAddress {
  /// The address in figures.
  static func numeric(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> String? {
    var text = [CChar](repeating: 0, count: 256)
    guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Calls `body` with each address that `host` and `port` stand for, until it answers something.
  ///
  /// - Returns: that answer, or the resolver's words where there is no address.
  static func resolve<R>(
    _ host: String, _ port: Int, _ body: (UnsafePointer<addrinfo>) -> R?
  ) -> Result<R?, ResolveError> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, "\(port)", &hints, &list)
    guard code == 0 else { return .failure(ResolveError(text: String(cString: gai_strerror(code)))) }
    defer { freeaddrinfo(list) }
    var next = list
    while let entry = next {
      if let answer = body(UnsafePointer(entry)) { return .success(answer) }
      next = entry.pointee.ai_next
    }
    return .success(nil)
  }

  struct ResolveError: Error { let text: String }
}
