/// Where a coordinator listens for other machines: `tcp://HOST:PORT`.
///
/// HOST is an address, a name, an interface, or `*` for all of them; PORT a number, a range LOW-HIGH of which the first
/// free one is taken, or `*` for any. Without a port it is 7787-7886, which lies below the ports that the kernel gives
/// to connections: a connection to a port of that kind can be answered by itself.
package struct ListenAddress: Equatable, Sendable {
  package let host: String
  /// In the order in which they are tried; 0 stands for any.
  package let ports: ClosedRange<Int>

  package static let standardPorts = 7787...7886

  package init?(_ text: String) {
    guard let (host, port) = Self.split(text) else { return nil }
    self.host = host
    guard let port else {
      ports = Self.standardPorts
      return
    }
    if port == "*" || port == "0" {
      ports = 0...0
      return
    }
    let ends = port.split(separator: "-", omittingEmptySubsequences: false).map { Self.port($0) }
    guard ends.count <= 2, let low = ends.first ?? nil, let high = ends.last ?? nil, low <= high, high - low < 10_000
    else { return nil }
    ports = low...high
  }

  private static func port(_ text: Substring) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let port = Int(text),
      (1...65_535).contains(port)
    else { return nil }
    return port
  }

  /// Host (without brackets) and port of a `tcp://` endpoint.
  static func split(_ text: String) -> (host: String, port: Substring?)? {
    guard text.hasPrefix("tcp://") else { return nil }
    let rest = text.dropFirst(6)
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      let after = rest[rest.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { return nil }
      let host = String(rest[rest.index(after: rest.startIndex)..<end])
      return host.isEmpty ? nil : (host, after.isEmpty ? nil : after.dropFirst())
    }
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let host = parts.first, !host.isEmpty, !host.contains("/") else { return nil }
    return (String(host), parts.count == 2 ? parts[1] : nil)
  }

  var isWildcard: Bool { ["*", "0.0.0.0", "::"].contains(host) }

  /// The endpoints to bind, tried in order. A port that was used before comes first, so that workers find a coordinator
  /// that was restarted where they lost it.
  func candidates(addresses: [HostAddress], before: Int? = nil) throws(RuntimeError) -> [String] {
    let literal = try self.literal(addresses)
    if ports == 0...0 { return (before.map { ["tcp://\(literal):\($0)"] } ?? []) + ["tcp://\(literal):*"] }
    let first = before.flatMap { ports.contains($0) ? $0 : nil }
    return ((first.map { [$0] } ?? []) + ports.filter { $0 != first }).map { "tcp://\(literal):\($0)" }
  }

  private func literal(_ addresses: [HostAddress]) throws(RuntimeError) -> String {
    if isWildcard { return host == "::" ? "[::]" : host }
    if let address = addresses.first(where: { $0.interface == host && !$0.isLinkLocal }) { return address.literal }
    let resolved = SocketAddress.resolve(host, 1) { entry in
      SocketAddress.numeric(entry.pointee.ai_addr, entry.pointee.ai_addrlen)
    }
    if case .success(let text?) = resolved { return text.contains(":") ? "[\(text)]" : text }
    var interfaces: [String] = []
    for address in addresses where !interfaces.contains(address.interface) { interfaces.append(address.interface) }
    throw RuntimeError(
      .usage, "`\(host)` is neither an address, nor a name, nor an interface of this machine",
      help: "its interfaces are: \(interfaces.joined(separator: ", "))")
  }

  /// The endpoints to tell workers: what was asked for with `--advertise`, or else the address that is bound, or all
  /// addresses of the machine (those of the loopback only where there are no others).
  static func advertised(
    bound: String, advertise: [String], addresses: [HostAddress]
  ) throws(RuntimeError) -> [String] {
    guard let (host, port) = split(bound), let port else {
      throw RuntimeError(.bug, "the bound endpoint `\(bound)` has no port", details: [])
    }
    if !advertise.isEmpty {
      var all: [String] = []
      for text in advertise {
        if let interface = addresses.first(where: { $0.interface == text && !$0.isLinkLocal }) {
          all.append("tcp://\(interface.literal):\(port)")
        } else if let (host, own) = split(text.hasPrefix("tcp://") ? text : "tcp://\(text)") {
          all.append("tcp://\(host.contains(":") ? "[\(host)]" : host):\(own ?? port)")
        } else {
          throw RuntimeError(.usage, "`\(text)` in --advertise is not HOST or HOST:PORT", details: [])
        }
      }
      return all
    }
    guard ["*", "0.0.0.0", "::"].contains(host) else { return [bound] }
    let usable = addresses.filter { !$0.isLinkLocal && (host != "0.0.0.0" || !$0.isIPv6) }
    let outside = usable.filter { !$0.isLoopback }
    return (outside.isEmpty ? usable : outside).map { "tcp://\($0.literal):\(port)" }
  }
}
