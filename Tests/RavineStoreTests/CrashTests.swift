import Foundation
import RavineDescent
import RavineStore
import Testing

/// What a reader finds after the writer has died without closing: file and log as they stood on the disk.
@Suite struct CrashTests {
  let folder: Folder
  let run = SampleRun()

  init() throws { folder = try Folder() }

  private func copy(to name: String, logBytes: Int? = nil) throws {
    let log = try Data(contentsOf: URL(fileURLWithPath: folder.file() + "-wal"))
    try? FileManager.default.removeItem(atPath: folder.file(name))
    try FileManager.default.copyItem(atPath: folder.file(), toPath: folder.file(name))
    try log.prefix(logBytes ?? log.count).write(to: URL(fileURLWithPath: folder.file(name) + "-wal"))
  }

  @Test func aKilledCoordinatorLosesNothing() throws {
    let store = try run.create(at: folder.file())
    _ = try store.commit([run.result(0)], at: later)
    _ = try store.commit([run.result(5)], at: later)
    try copy(to: "after.sqlite")
    let after = try RunStore.open(at: folder.file("after.sqlite"), readOnly: false)
    #expect(after.epoch == 2)
    #expect(try after.committedUnits() == [true, false, false, false, false, true, false, false])
    #expect(try after.damagedUnits().isEmpty)
    store.close()
  }

  /// Wherever the log is cut, what is left is the state after some commit: a prefix of the commits, whole.
  @Test func aTornLogEndsAtAWholeCommit() throws {
    let store = try run.create(at: folder.file())
    for unit in 0..<8 { _ = try store.commit([run.result(unit)], at: later) }
    let length = try Data(contentsOf: URL(fileURLWithPath: folder.file() + "-wal")).count
    var last = 0
    for cut in stride(from: 0, through: length, by: 1009) {
      try copy(to: "cut.sqlite", logBytes: cut)
      let after = try RunStore.open(at: folder.file("cut.sqlite"), readOnly: false)
      let committed = try after.committedUnits()
      let count = committed.prefix { $0 }.count
      #expect(committed == (0..<8).map { $0 < count })
      #expect(count >= last)
      last = count
      #expect(try after.damagedUnits().isEmpty)
      #expect(try after.commit([run.result(7)], at: later).count == 1)
      after.close()
    }
    #expect(last >= 7)
    store.close()
  }

  @Test func aHalfMadeRunIsNoRun() throws {
    try Data("half".utf8).write(to: URL(fileURLWithPath: folder.file() + ".new"))
    let store = try run.create(at: folder.file())
    store.close()
    #expect(folder.names == ["run.sqlite"])
  }
}
