import Glibc
import Synchronization

/// The right to write to a run: an advisory lock on `<run>.lock`, which the system drops when the process ends, however
/// it ends. Inside the file stand pid, host and time for the message to whoever comes second.
final class RunLock: Sendable {
  private let path: String
  private let descriptor: Mutex<Int32?>

  /// Takes the lock or throws ``StoreError/locked(path:pid:host:since:)``.
  init(run: String, at time: WallTime) throws(StoreError) {
    path = run + ".lock"
    // A releasing holder removes the file: a lock on a removed file is worth nothing, so look again.
    for _ in 0..<100 {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw .cannotCreate(path: path, reason: systemMessage(errno)) }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        let reason = errno
        let holder = Self.read(file)
        close(file)
        guard reason == EWOULDBLOCK else { throw .io(path: path, reason: systemMessage(reason)) }
        // Whoever only looks (`isHeld`) holds the lock for an instant: then its file names nobody who lives.
        if holder.pid == 0 || (holder.host == hostName() && kill(holder.pid, 0) != 0 && errno == ESRCH) {
          usleep(1000)
          continue
        }
        throw .locked(path: run, pid: holder.pid, host: holder.host, since: holder.since)
      }
      if FileIdentity(descriptor: file) == FileIdentity(path: path) {
        Self.write(file, "\(getpid())\n\(hostName())\n\(time)\n")
        descriptor = Mutex(file)
        return
      }
      close(file)
    }
    throw .io(path: path, reason: "the lock file does not stay in its place")
  }

  /// Whether some process holds the lock of `run` now. Takes nothing away from anybody.
  static func isHeld(run: String) -> Bool {
    let file = open(run + ".lock", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  deinit { release() }

  /// Gives the lock back; further calls do nothing.
  func release() {
    descriptor.withLock { file in
      guard let open = file else { return }
      unlink(path)
      close(open)
      file = nil
    }
  }

  private static func write(_ file: Int32, _ text: String) {
    ftruncate(file, 0)
    let bytes = Array(text.utf8)
    // Only a message depends on these bytes.
    _ = pwrite(file, bytes, bytes.count, 0)
  }

  private static func read(_ file: Int32) -> (pid: Int32, host: String, since: String) {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = max(0, pread(file, &buffer, buffer.count, 0))
    let lines = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.count == 3, let pid = Int32(lines[0]) else { return (0, "this or another host", "a moment ago") }
    return (pid, lines[1], lines[2])
  }
}

/// Which file a path or descriptor means: two are the same file exactly when these are equal.
struct FileIdentity: Equatable {
  private var device: UInt
  private var node: UInt
  /// Bytes.
  private(set) var size: Int

  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt(status.st_dev)
    node = UInt(status.st_ino)
    size = Int(status.st_size)
  }

  static func == (a: FileIdentity, b: FileIdentity) -> Bool { a.device == b.device && a.node == b.node }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String { strerror(number).map { String(cString: $0) } ?? "error \(number)" }

func hostName() -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown host" }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
