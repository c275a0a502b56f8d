import Glibc

/// How a child process ended.
struct ProcessExit: Equatable, Sendable {
  /// The status as `wait4` reports it.
  let status: Int32
  /// The most memory it ever had resident, in KiB.
  let peakKiB: Int

  /// The exit status, or nil when a signal ended it.
  var code: Int32? { status & 0x7F == 0 ? (status >> 8) & 0xFF : nil }

  /// The signal that ended it, or nil.
  var signal: Int32? { status & 0x7F == 0 ? nil : status & 0x7F }

  var isClean: Bool { code == 0 }

  /// For people: how it ended, how much memory it had, its last words.
  func evidence(lastWords: String?) -> String {
    var parts: [String] = []
    if let signal {
      parts.append("killed by signal \(signal) (\(String(cString: strsignal(signal))))")
      parts.append("at most \(peakKiB / 1024) MiB resident")
    } else if let code {
      parts.append("exit status \(code)")
    }
    if let lastWords, !isClean { parts.append("its last words: \(lastWords)") }
    return parts.joined(separator: ", ")
  }
}
