import Glibc
import RavineRuntime

/// A join file that comes over standard input: `ravine worker --join -`. The launcher writes it, ends it with an empty
/// line, and holds the input open for as long as the worker is wanted.
enum JoinInput {
  private static let longest = 1 << 16
  private static let patienceMilliseconds: Int32 = 60_000

  /// Reads it and keeps it where only this process finds it again; nothing stays behind.
  ///
  /// - Returns: a path that this process can read.
  static func keep() throws -> String {
    let text = try readUntilEmptyLine()
    var template = Array("/tmp/ravine-join-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else {
      throw RuntimeError(.cannotCreate, "cannot create a file in /tmp: \(RuntimeError.words(for: errno))")
    }
    unlink(template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    guard text.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == text.count else {
      throw RuntimeError(.cannotCreate, "cannot write a file in /tmp: \(RuntimeError.words(for: errno))")
    }
    return "/proc/self/fd/\(file)"
  }

  private static func readUntilEmptyLine() throws -> [UInt8] {
    var text: [UInt8] = []
    var byte: UInt8 = 0
    let newline = UInt8(ascii: "\n")
    while text.count < longest {
      var item = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&item, 1, patienceMilliseconds) != 0 else { break }
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { break }
      if byte == newline, text.last == newline { return text }
      text.append(byte)
    }
    throw RuntimeError(
      .inputMissing, "no join file came over standard input",
      help: "`--join -` reads a join file and then an empty line, and works until its input ends")
  }
}
