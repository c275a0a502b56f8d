import Glibc

/// Whole files, read and written with plain system calls.
package enum FileBytes {
  /// The bytes of the file at `path`.
  /// - Throws: `inputMissing` when it cannot be opened, `badData` when it is a directory or larger than `limit` bytes.
  package static func read(_ path: String, limit: Int) throws(RuntimeError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw RuntimeError(.inputMissing, "cannot open `\(path)`: \(RuntimeError.words(for: errno))")
    }
    defer { close(file) }
    var information = stat()
    let known = fstat(file, &information) == 0 && information.st_size > 0
    if known && information.st_size > limit { throw tooLarge(path, limit) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(known ? Int(information.st_size) + 1 : 4096)
    var chunk = [UInt8](repeating: 0, count: known ? min(Int(information.st_size) + 1, 1 << 20) : 4096)
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw RuntimeError(.badData, "cannot read `\(path)`: \(RuntimeError.words(for: errno))")
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[0..<count])
      if bytes.count > limit { throw tooLarge(path, limit) }
    }
  }

  private static func tooLarge(_ path: String, _ limit: Int) -> RuntimeError {
    RuntimeError(.badData, "`\(path)` is larger than \(limit) bytes")
  }

  /// The text of one of the kernel's small files, or nil where it does not exist.
  static func kernelText(_ path: String) -> String? {
    guard let bytes = try? read(path, limit: 1 << 16) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes `text` into an existing file of the kernel; no effect where that is not possible.
  static func overwrite(_ path: String, with text: String) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = text.withCString { write(file, $0, strlen($0)) }
    close(file)
  }
}
