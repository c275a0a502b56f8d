import Glibc
import Testing

@testable import RavineRuntime

@Suite struct SocketDirectoryTests {
  @Test func onlyItsOwnerMayEnterAndItGoesAway() throws {
    let base = try TemporaryDirectory()
    var directory: SocketDirectory? = try SocketDirectory(in: base.path)
    let path = try #require(directory?.path)
    var information = stat()
    #expect(stat(path, &information) == 0)
    #expect(information.st_mode & 0o777 == 0o700)
    #expect(directory?.endpoint == "ipc://\(path)/coordinator")
    directory = nil
    #expect(try base.entries == [])
  }

  @Test func aPathTooLongForASocketIsRefusedWithItsLength() throws {
    let base = "/tmp/" + String(repeating: "x", count: 100)
    let error = #expect(throws: RuntimeError.self) { try SocketDirectory(in: base) }
    // 105 + "/ravine-XXXXXX" (14) + "/coordinator" (12).
    #expect(
      error?.headline == "the path `\(base)` is too long for a socket: 131 bytes of at most 107")
    #expect(error?.status == .cannotCreate)
  }

  @Test func theLongestPathStillBinds() throws {
    let base = try TemporaryDirectory()
    let rest = SocketDirectory.longestSocketPath - 26 - base.path.utf8.count - 1
    let deep = base.path + "/" + String(repeating: "y", count: rest)
    #expect(mkdir(deep, 0o700) == 0)
    let directory = try SocketDirectory(in: deep)
    #expect(directory.endpoint.utf8.count == 6 + 107)
    #expect(throws: RuntimeError.self) { try SocketDirectory(in: deep + "z") }
  }

  @Test func whatAKilledProcessLeftIsClearedAndNothingElse() throws {
    let base = try TemporaryDirectory()
    let living = try SocketDirectory(in: base.path)
    for name in ["ravine-dead00", "ravine-young0"] {
      #expect(mkdir(base.path + "/" + name, 0o700) == 0)
      #expect(close(open(base.path + "/\(name)/lock", O_CREAT | O_RDWR, 0o600)) == 0)
    }
    for old in ["ravine-dead00", String(living.path.dropFirst(base.path.count + 1))] {
      let times = [timespec(tv_sec: 1_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000, tv_nsec: 0)]
      #expect(utimensat(AT_FDCWD, base.path + "/" + old, times, 0) == 0)
    }
    let next = try SocketDirectory(in: base.path)
    let left = try base.entries
    #expect(left.count == 3)
    #expect(!left.contains("ravine-dead00") && left.contains("ravine-young0"))
    withExtendedLifetime((living, next)) {}
  }
}
