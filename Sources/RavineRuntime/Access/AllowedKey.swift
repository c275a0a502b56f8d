import RavineCluster
import RavineZeroMQ

/// What the owner of a key may do.
package enum KeyRole: String, Sendable, CaseIterable {
  /// Take units and return results.
  case worker
  /// Read the state of the run.
  case viewer
  /// Read the state of the run, and pause, resume, stop, cancel and extend it.
  case admin

  package var roles: Roles {
    switch self {
    case .worker: .worker
    case .viewer: .viewer
    case .admin: [.viewer, .admin]
    }
  }
}

/// One line of the allow-list.
package struct AllowedKey: Equatable, Sendable {
  package var role: KeyRole
  /// Letters, digits, `.`, `_` and `-`; unique in its list.
  package var name: String
  package var publicKey: CurveKey

  /// Names become file names.
  package static func isName(_ text: String) -> Bool {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    return isPlain && !text.isEmpty && text.utf8.count <= 64 && !text.hasPrefix(".") && !text.hasPrefix("-")
  }
}

/// Whose connections a coordinator accepts, and what they may do.
package struct AllowList: Equatable, Sendable {
  package private(set) var keys: [AllowedKey] = []
  /// By the hexadecimal public key: the user of a connection's messages.
  private var byUser: [String: AllowedKey] = [:]

  package init(_ keys: [AllowedKey] = []) {
    self.keys = keys
    for key in keys { byUser[key.publicKey.hexadecimal] = key }
  }

  package func key(ofUser user: String) -> AllowedKey? { byUser[user] }

  /// One key a line: role, name, public key. `#` starts a comment.
  package init(text: String, path: String) throws(RuntimeError) {
    var keys: [AllowedKey] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      if words.isEmpty { continue }
      guard words.count == 3, let role = KeyRole(rawValue: String(words[0])), AllowedKey.isName(String(words[1])),
        let key = CurveKey(hexadecimal: words[2]), !key.isPublished
      else {
        throw RuntimeError(
          .badData, "a line of the allow-list is not a role, a name and a key\n  --> \(path):\(number + 1):1",
          help: "mend the line or remove it; `ravine keys add` makes new ones")
      }
      keys.append(AllowedKey(role: role, name: String(words[1]), publicKey: key))
    }
    self.init(keys)
  }

  package var text: String {
    keys.map { "\($0.role.rawValue) \($0.name) \($0.publicKey.hexadecimal)\n" }.joined()
  }
}
