/// Bounds of what is sent and accepted.
package enum WireLimits {
  /// All frames of a message together.
  package static let messageBytes = 4 << 20
  /// Frame 1.
  package static let headBytes = 256 << 10
  /// Bytes of a plan's part in one message.
  package static let chunkBytes = 1 << 20
  /// All parts of a plan together.
  package static let planBytes = 1 << 32
  /// Entries of a repeated field.
  package static let entries = 4096
  /// Workers listed in a status.
  package static let workers = 1024
  /// A short text: a name, a version.
  package static let textBytes = 256
  /// A long text: a reason, evidence.
  package static let reasonBytes = 2048
  /// A file's name.
  package static let nameBytes = 4096
  /// Columns and cards of one result together.
  package static let resultBytes = messageBytes - headBytes
}

/// Why bytes are no message.
package enum WireError: Error, Hashable, Sendable {
  /// Too short, or without the magic: not one of our messages at all.
  case foreign
  /// Another protocol; its version.
  case version(major: UInt16, minor: UInt16)
  /// The checksum does not hold.
  case checksum
  /// Larger than ``WireLimits`` allows.
  case tooLarge
  /// A type that this version does not know; whether the sender allows to ignore it.
  case unknownType(UInt16, ignorable: Bool)
  /// The wrong number of frames, or fields that make no sense; which.
  case malformed(String)
}

/// Text from the other side.
enum WireText {
  /// `text` without control characters, and cut at `limit` bytes.
  static func clean(_ text: String, limit: Int = WireLimits.textBytes) -> String {
    var result = String.UnicodeScalarView()
    var bytes = 0
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: continue
      default: break
      }
      bytes += UTF8.width(scalar)
      if bytes > limit { break }
      result.append(scalar)
    }
    return String(result)
  }
}
