import Glibc

/// A fresh directory that only its owner may enter, holding the coordinator's local socket; removed with its object.
///
/// A lock on a file inside says that its process lives, so a later start can clear away what a killed one left.
package final class SocketDirectory: Sendable {
  package let path: String
  private let lock: Int32

  /// The longest path of a socket file on Linux.
  package static let longestSocketPath = 107
  private static let prefix = "ravine-"
  private static let socketName = "coordinator"
  private static let lockName = "lock"

  /// The endpoint to bind and connect.
  package var endpoint: String { "ipc://\(path)/\(Self.socketName)" }

  /// - Parameter base: where to make it; nil for `$XDG_RUNTIME_DIR`, or `/tmp` where that is missing or of no use.
  package convenience init(in base: String? = nil) throws(RuntimeError) {
    if let base {
      try self.init(below: base)
    } else if let own = getenv("XDG_RUNTIME_DIR").map({ String(cString: $0) }), own.hasPrefix("/"),
      Self.fits(own), access(own, W_OK | X_OK) == 0
    {
      try self.init(below: own)
    } else {
      try self.init(below: "/tmp")
    }
  }

  private init(below base: String) throws(RuntimeError) {
    guard Self.fits(base) else {
      throw RuntimeError(
        .cannotCreate,
        "the path `\(base)` is too long for a socket: \(Self.socketPathLength(base)) bytes of at most "
          + "\(Self.longestSocketPath)",
        help: "set XDG_RUNTIME_DIR to a shorter path")
    }
    Self.clearAbandoned(below: base)
    var template = Array((base + "/" + Self.prefix + "XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else {
      throw RuntimeError(
        .cannotCreate, "cannot create a directory below `\(base)`: \(RuntimeError.words(for: errno))",
        help: "set XDG_RUNTIME_DIR to a directory of your own")
    }
    path = String(cString: made)
    lock = open(path + "/" + Self.lockName, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    if lock >= 0 { flock(lock, LOCK_EX | LOCK_NB) }
  }

  deinit {
    Self.remove(path)
    if lock >= 0 { close(lock) }
  }

  private static func fits(_ base: String) -> Bool { socketPathLength(base) <= longestSocketPath }

  private static func socketPathLength(_ base: String) -> Int {
    base.utf8.count + 1 + prefix.utf8.count + 6 + 1 + socketName.utf8.count
  }

  private static func remove(_ path: String) {
    unlink(path + "/" + socketName)
    unlink(path + "/" + lockName)
    rmdir(path)
  }

  /// Removes our own directories whose process is gone.
  private static func clearAbandoned(below base: String) {
    guard let folder = opendir(base) else { return }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(prefix) { clear(base + "/" + name) }
    }
  }

  private static func clear(_ path: String) {
    var information = stat()
    guard lstat(path, &information) == 0, information.st_uid == getuid(), information.st_mode & S_IFMT == S_IFDIR,
      // A directory this young may be about to be locked.
      time(nil) - information.st_mtim.tv_sec > 60
    else { return }
    let lock = open(path + "/" + lockName, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard lock >= 0 else { return }
    defer { close(lock) }
    if flock(lock, LOCK_EX | LOCK_NB) == 0 { remove(path) }
  }
}
