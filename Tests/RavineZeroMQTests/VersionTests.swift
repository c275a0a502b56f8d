import Testing

@testable import RavineZeroMQ

@Suite struct VersionTests {
  @Test func theLinkedLibraryIsNewEnough() throws {
    try LibraryVersion.linked.requireFloor()
    #expect(LibraryVersion.linked >= LibraryVersion(4, 3, 3))
  }

  @Test func oldLibrariesAreRefusedByName() {
    #expect(throws: ZeroMQError.self) { try LibraryVersion(4, 3, 2).requireFloor() }
    #expect(throws: ZeroMQError.self) { try LibraryVersion(4, 2, 9).requireFloor() }
    #expect(throws: Never.self) { try LibraryVersion(4, 3, 3).requireFloor() }
    #expect(throws: Never.self) { try LibraryVersion(5, 0, 0).requireFloor() }
  }

  @Test func errorsSayWhatWasTriedAndWhy() throws {
    let context = try Context()
    let socket = try Socket(.dealer, context: context, options: .worker)
    do {
      try socket.bind("ipc:///no/such/directory/socket")
      Issue.record("a bind below a missing directory must fail")
    } catch {
      #expect(error.description == "cannot bind ipc:///no/such/directory/socket: No such file or directory")
    }
  }
}
