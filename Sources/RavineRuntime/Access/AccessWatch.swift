import Glibc

/// Follows the allow-list of a folder: its own thread looks at the file twice a second, so that a slow disk stops
/// nobody, and a revoked key is out within a second.
final class AccessWatch: Sendable {
  private enum Order: Sendable { case stop }

  private let orders: Mailbox<Order>
  private let thread: WorkThread
  private static let milliseconds: Int32 = 500

  /// - Parameter changed: called on the watching thread with each new list.
  init(
    _ folder: AccessFolder, current: AllowList, changed: @escaping @Sendable (AllowList) -> Void
  ) throws(RuntimeError) {
    let orders = try Mailbox<Order>()
    self.orders = orders
    thread = try WorkThread(name: "keys") {
      var known = current
      var stamp: FileStamp?
      while true {
        orders.wait(milliseconds: Self.milliseconds)
        if !orders.takeAll().isEmpty { return }
        let now = FileStamp(folder.allowListFile)
        if now == stamp { continue }
        // A list that cannot be read lets nobody new in and puts nobody out; the next change is looked at again.
        guard let list = try? folder.allowList() else { continue }
        stamp = now
        if list != known { changed(list) }
        known = list
      }
    }
  }

  func stop() {
    orders.post(.stop)
    thread.join()
  }
}

/// What changes when a file is replaced or written.
private struct FileStamp: Equatable {
  private let inode: UInt
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  init?(_ path: String) {
    var information = stat()
    guard stat(path, &information) == 0 else { return nil }
    inode = UInt(information.st_ino)
    size = Int(information.st_size)
    seconds = information.st_mtim.tv_sec
    nanoseconds = information.st_mtim.tv_nsec
  }
}
