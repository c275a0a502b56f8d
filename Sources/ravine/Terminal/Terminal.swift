import Glibc

/// What can be shown where: data go to standard output, everything else to standard error.
enum Terminal {
  static let errorIsTerminal = isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb"
  static let usesColour = errorIsTerminal && variable("NO_COLOR").isEmpty
  static let usesUnicode: Bool = {
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
      let value = variable(name)
      if !value.isEmpty { return value.uppercased().contains("UTF") }
    }
    return false
  }()

  /// Columns of the terminal behind standard error; 80 where that is not known.
  static var width: Int { columns(STDERR_FILENO) ?? 80 }

  /// Columns of the terminal behind standard output; wide where there is none, so that nothing is left out.
  static var outputWidth: Int { columns(STDOUT_FILENO) ?? 200 }

  private static func columns(_ file: Int32) -> Int? {
    var size = winsize()
    guard ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// The value of an environment variable, empty where it is not set.
  static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

  static func say(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  /// Writes data to standard output. A reader that has gone ends the command quietly.
  static func put(_ bytes: [UInt8]) throws {
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw errno == EPIPE ? Quiet.readerGone : Quiet.outputFailed(errno) }
      start += count
    }
  }

  static func put(_ text: String) throws { try put(Array(text.utf8)) }

  static func write(_ text: String, to file: Int32) {
    let bytes = Array(text.utf8)
    // Messages are lost where standard error is closed or full; the work goes on.
    _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
  }

  /// Ends of output that are no fault of the data.
  enum Quiet: Error {
    /// The pipe was closed, as by `head`.
    case readerGone
    case outputFailed(Int32)
  }
}
