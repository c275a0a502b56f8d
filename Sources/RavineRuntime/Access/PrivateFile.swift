import Glibc

/// Small files that hold secrets: readable by their owner alone, replaced in one piece.
enum PrivateFile {
  /// Replaces the file at `path`: a reader sees the old text or the new one, also after a crash.
  static func write(_ text: String, to path: String) throws(RuntimeError) {
    var template = Array((path + ".XXXXXX").utf8CString)
    // mkstemp makes it 0600 whatever the umask.
    let file = mkstemp(&template)
    guard file >= 0 else { throw refusal("create", path) }
    let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      start += count
    }
    let isWhole = start == bytes.count && fsync(file) == 0
    close(file)
    guard isWhole, rename(temporary, path) == 0 else {
      let error = refusal("write", path)
      unlink(temporary)
      throw error
    }
  }

  /// The text of the file at `path`, if it is nobody else's: as ssh asks of its keys, a file of one's own must not be
  /// open to group or others; a file of another owner (a mounted secret) not to others.
  static func read(_ path: String, limit: Int = 1 << 16) throws(RuntimeError) -> String {
    var information = stat()
    guard stat(path, &information) == 0 else {
      throw RuntimeError(.inputMissing, "cannot open `\(path)`: \(RuntimeError.words(for: errno))")
    }
    let open: mode_t = information.st_uid == getuid() ? 0o077 : 0o007
    guard information.st_mode & open == 0 else {
      throw RuntimeError(
        .notPermitted,
        "`\(path)` holds a secret key but is open to others (mode \(String(information.st_mode & 0o777, radix: 8)))",
        help: "chmod 600 \(path)")
    }
    return String(decoding: try FileBytes.read(path, limit: limit), as: UTF8.self)
  }

  private static func refusal(_ verb: String, _ path: String) -> RuntimeError {
    RuntimeError(.cannotCreate, "cannot \(verb) `\(path)`: \(RuntimeError.words(for: errno))")
  }
}
