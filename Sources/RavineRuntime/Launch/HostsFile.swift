/// A machine to start a worker on.
package struct SSHHost: Hashable, Sendable {
  /// A name, an address or a `Host` of ssh's configuration, with `user@` before it if need be.
  package var name: String
  package var port: Int?
  /// Computing threads there; nil for all its cores.
  package var slots: Int?

  package init(name: String, port: Int? = nil, slots: Int? = nil) {
    self.name = name
    self.port = port
    self.slots = slots
  }

  /// As in the hosts file.
  package var label: String { port.map { "\(name.contains(":") ? "[\(name)]" : name):\($0)" } ?? name }
}

/// The hosts of `--on ssh`: a line for each, `[user@]host[:port] [slots=N]`; `#` starts a comment. An IPv6 address
/// stands in brackets where a port follows.
package struct HostsFile: Equatable, Sendable {
  package var hosts: [SSHHost]

  package static let longestFile = 1 << 20

  /// - Parameter path: for messages.
  /// - Throws: all mistakes of the file at once, each with its line.
  package init(text: String, path: String) throws(RuntimeError) {
    hosts = []
    var mistakes: [(line: Int, text: String)] = []
    var lines: [String: Int] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard let first = words.first else { continue }
      var host = SSHHost(name: "")
      var found = Self.readAddress(first, into: &host)
      for word in words.dropFirst() { found += Self.readSetting(word, into: &host) }
      if found.isEmpty, let earlier = lines.updateValue(index + 1, forKey: host.label) {
        found.append("`\(host.label)` stands in line \(earlier) already")
      }
      mistakes += found.map { (index + 1, $0) }
      hosts.append(host)
    }
    if hosts.isEmpty { mistakes.append((1, "no host")) }
    guard mistakes.isEmpty else {
      let first = mistakes[0]
      throw RuntimeError(
        .badData, "\(first.text)\n  --> \(path):\(first.line)",
        details: mistakes.dropFirst().map { "also: \($0.text) (line \($0.line))" }
          + ["help: a line is `host[:port] slots=N`, such as `node07 slots=8`"])
    }
  }

  private static func readAddress(_ word: Substring, into host: inout SSHHost) -> [String] {
    var name = word
    var port: Substring?
    if let bracket = word.lastIndex(of: "]") {
      let rest = word[word.index(after: bracket)...]
      name = word[..<bracket]
      if let open = name.firstIndex(of: "[") { name.remove(at: open) }
      if rest.first == ":" { port = rest.dropFirst() } else if !rest.isEmpty { port = rest }
    } else if word.count(where: { $0 == ":" }) == 1, let colon = word.firstIndex(of: ":") {
      name = word[..<colon]
      port = word[word.index(after: colon)...]
    }
    host.name = String(name)
    var mistakes: [String] = []
    // A name with a leading hyphen would be an option of ssh.
    if name.isEmpty || name.hasPrefix("-") || name.contains("=") || !name.allSatisfy(isOfName) {
      mistakes.append("`\(word)` is not a host")
    }
    if let port {
      if let number = Int(port), (1...65_535).contains(number), port.allSatisfy(\.isNumber) {
        host.port = number
      } else {
        mistakes.append("`\(port)` is not a port: 1 … 65535")
      }
    }
    return mistakes
  }

  private static func isOfName(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || ".-_@:%".contains(character))
  }

  private static func readSetting(_ word: Substring, into host: inout SSHHost) -> [String] {
    guard word.hasPrefix("slots=") else { return ["`\(word)` is not a setting of a host; there is `slots=N`"] }
    guard host.slots == nil else { return ["`slots` is given twice"] }
    let value = word.dropFirst(6)
    guard let slots = Int(value), (1...4096).contains(slots), value.allSatisfy(\.isNumber) else {
      return ["`\(value)` is not a number of slots: 1 … 4096"]
    }
    host.slots = slots
    return []
  }
}
