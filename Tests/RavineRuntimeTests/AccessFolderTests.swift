import Glibc
import Testing

@testable import RavineRuntime

@Suite struct AccessFolderTests {
  private let directory: TemporaryDirectory
  private var folder: AccessFolder { AccessFolder(runFile: directory.path + "/toy.sqlite") }

  init() throws { directory = try TemporaryDirectory() }

  private func mode(_ path: String) -> mode_t {
    var information = stat()
    return stat(path, &information) == 0 ? information.st_mode & 0o777 : 0
  }

  @Test func keysAreMadeOnceAndAreTheOwnersAlone() throws {
    let first = try folder.prepare(run: "r1")
    #expect(try folder.prepare(run: "r1") == first)
    #expect(mode(folder.path) == 0o700)
    for name in ["server.key", "allowed", "worker.join", "admin.join"] {
      #expect(mode("\(folder.path)/\(name)") == 0o600)
    }
    let worker = try JoinFile.read(folder.joinFile("worker"))
    #expect(worker.serverKey == first.publicKey && worker.role == .worker && worker.run == "r1")
    #expect(try folder.allowList().key(ofUser: worker.keys.publicKey.hexadecimal)?.role == .worker)
    try folder.publish(["tcp://10.0.0.1:7787"], local: "ipc:///x")
    #expect(try JoinFile.read(folder.joinFile("worker")).endpoints == ["tcp://10.0.0.1:7787"])
    #expect(try JoinFile.read(folder.joinFile("admin")).endpoints == ["ipc:///x", "tcp://10.0.0.1:7787"])
    #expect(try JoinFile.read(folder.joinFile("worker")).keys == worker.keys)
  }

  @Test func aCompleteRunSaysSoUntilItIsStartedAgain() throws {
    _ = try folder.prepare(run: "r1")
    try folder.publish(["tcp://127.0.0.1:7787"], local: nil)
    #expect(try !JoinFile.read(folder.joinFile("worker")).isOver)
    try folder.publish([], local: nil, isOver: true)
    let over = try JoinFile.read(folder.joinFile("worker"))
    #expect(over.isOver && over.endpoints.isEmpty)
    try folder.publish(["tcp://127.0.0.1:7788"], local: nil)
    #expect(try JoinFile.read(folder.joinFile("worker")).endpoints == ["tcp://127.0.0.1:7788"])
    #expect(try !JoinFile.read(folder.joinFile("worker")).isOver)
  }

  @Test func aFolderThatNobodyGotAKeyFromGoesAway() throws {
    _ = try folder.prepare(run: "r1")
    _ = try folder.add("site-a", .worker, run: "r1")
    folder.removeUnused()
    #expect(folder.exists)
    try folder.revoke("site-a")
    folder.removeUnused()
    #expect(!folder.exists)
  }

  @Test func keysComeAndGo() throws {
    let path = try folder.add("site-a", .viewer, run: "r1")
    #expect(try JoinFile.read(path).role == .viewer)
    #expect(try folder.allowList().keys.map(\.name) == ["worker", "admin", "site-a"])
    #expect(throws: RuntimeError.self) { try folder.add("site-a", .worker, run: "r1") }
    try folder.revoke("site-a")
    #expect(try folder.allowList().keys.map(\.name) == ["worker", "admin"])
    #expect(access(path, F_OK) != 0)
    let error = #expect(throws: RuntimeError.self) { try folder.revoke("site-a") }
    #expect(error?.description.contains("worker, admin") == true)
  }

  @Test func listsAndFilesThatAreWrongSayWhere() throws {
    let key = String(repeating: "1234567890abcdef", count: 4)
    #expect(throws: RuntimeError.self) { try AllowList(text: "worker a \(key)\nboss b \(key)\n", path: "x") }
    #expect(throws: RuntimeError.self) { try AllowList(text: "worker ../a \(key)\n", path: "x") }
    // A key of libzmq's manual.
    let known = "bb88471d65e2659b30c55a5321cebb5aab2b70a398645c26dca2b2fcb43fc518"
    #expect(throws: RuntimeError.self) { try AllowList(text: "worker a \(known)\n", path: "x") }
    let fine = try AllowList(text: "# mine\nworker a \(key) # since May\n\n", path: "x")
    #expect(fine.keys.map(\.name) == ["a"])
    #expect(try AllowList(text: fine.text, path: "x") == fine)
    for text in [
      "", "hello\n", "ravine-join 2\n", "ravine-join 1\nrun r\nname n\nrole boss\n", "ravine-join 1\nrun r\n",
    ] {
      let error = #expect(throws: RuntimeError.self) { try JoinFile(text: text, path: "x.join") }
      #expect(error?.description.contains("--> x.join:") == true)
    }
  }
}
