import Testing

@testable import RavineZeroMQ

/// Who is let in over TCP, and who is not.
@Suite struct CurveTests {
  private let server: CurveKeyPair
  private let friend: CurveKeyPair
  private let stranger: CurveKeyPair

  init() throws {
    server = try CurveKeyPair.generate()
    friend = try CurveKeyPair.generate()
    stranger = try CurveKeyPair.generate()
  }

  private func options(_ security: SocketSecurity, _ base: SocketOptions) -> SocketOptions {
    var options = base
    options.security = security
    return options
  }

  private func serverSocket(_ context: Context) throws -> Socket {
    try Socket(.router, context: context, options: options(.server(server), .coordinator))
  }

  /// What the client's monitor says first, with the authenticator at work; the router's messages up to then.
  private func firstEvent(_ security: SocketSecurity) throws -> (event: SocketMonitor.Event?, messages: Int) {
    let context = try Context()
    let authenticator = try Authenticator(context: context)
    let router = try serverSocket(context)
    try router.bind("tcp://127.0.0.1:*")
    let other = try Context()
    let client = try Socket(.dealer, context: other, options: options(security, .worker))
    let monitor = try SocketMonitor(of: client, name: "test")
    try client.connect(router.boundEndpoint)
    let poller = Poller()
    let places = (poller.add(authenticator), poller.add(monitor), poller.add(router))
    var messages = 0
    for _ in 0..<200 {
      guard try poller.wait(milliseconds: 10_000) else { break }
      if poller.isReadable(places.0) { try authenticator.serve { $0 == friend.publicKey } }
      if poller.isReadable(places.2), case .message = router.receive() { messages += 1 }
      _ = client.send([[1]])
      if poller.isReadable(places.1), let event = try monitor.next() { return (event, messages) }
    }
    return (nil, messages)
  }

  @Test func theRightKeyIsLetInAndNamed() throws {
    let context = try Context()
    let authenticator = try Authenticator(context: context)
    let router = try serverSocket(context)
    try router.bind("tcp://127.0.0.1:*")
    let client = try Socket(
      .dealer, context: try Context(), options: options(.client(friend, server: server.publicKey), .worker))
    try client.connect(router.boundEndpoint)
    let poller = Poller()
    let guardPlace = poller.add(authenticator)
    poller.add(router)
    let clientPlace = poller.add(client)
    poller.watchWritable(true, at: clientPlace)
    var isSent = false
    while true {
      try #require(try poller.wait(milliseconds: 20_000))
      if poller.isReadable(guardPlace) { try authenticator.serve { $0 == friend.publicKey } }
      if !isSent, poller.isWritable(clientPlace), client.send([[1], [2, 3]]) == .sent {
        isSent = true
        poller.watchWritable(false, at: clientPlace)
      }
      if case .message(let frames) = router.receive() {
        #expect(frames.dropFirst() == [[1], [2, 3]])
        #expect(router.user == friend.publicKey.hexadecimal)
        return
      }
    }
  }

  @Test func anotherKeyIsRefusedAndToldSo() throws {
    let (event, messages) = try firstEvent(.client(stranger, server: server.publicKey))
    #expect(event == .refused(status: 400))
    #expect(messages == 0)
  }

  @Test func aServerWithAnotherKeyIsNotTalkedTo() throws {
    let (event, messages) = try firstEvent(.client(friend, server: stranger.publicKey))
    #expect(event == .handshakeFailed || event == .disconnected)
    #expect(messages == 0)
  }

  @Test func tcpWithoutKeysIsRefusedOnBothSides() throws {
    let context = try Context()
    let open = try Socket(.router, context: context, options: .coordinator)
    #expect(throws: ZeroMQError.self) { try open.bind("tcp://127.0.0.1:*") }
    let dealer = try Socket(.dealer, context: context, options: .worker)
    #expect(throws: ZeroMQError.self) { try dealer.connect("tcp://127.0.0.1:7787") }
  }

  @Test func nothingListensWithoutAnAuthenticator() throws {
    let socket = try serverSocket(try Context())
    #expect(throws: ZeroMQError.self) { try socket.bind("tcp://127.0.0.1:*") }
  }

  @Test func anAuthenticatorThatIsGoneLetsNobodyIn() throws {
    let context = try Context()
    var authenticator: Authenticator? = try Authenticator(context: context)
    let router = try serverSocket(context)
    try router.bind("tcp://127.0.0.1:*")
    #expect(authenticator != nil)
    authenticator = nil
    let client = try Socket(
      .dealer, context: try Context(), options: options(.client(friend, server: server.publicKey), .worker))
    let monitor = try SocketMonitor(of: client, name: "test")
    try client.connect(router.boundEndpoint)
    let poller = Poller()
    poller.add(monitor)
    try #require(try poller.wait(milliseconds: 20_000))
    let event = try monitor.next()
    #expect(event != .ready)
    #expect(router.receive() == .nothing)
  }

  @Test func theManualsKeysAreNobodys() throws {
    // zmq_curve(7), "Test key values": the client's and the server's pair.
    let published = try #require(
      CurveKey(hexadecimal: "7BB864B489AFA3671FBE69101F94B38972F24816DFB01B51656B3FEC8DFD0888"))
    #expect(published.isPublished)
    let pair = try CurveKeyPair(secretKey: published)
    #expect(pair.publicKey.hexadecimal == "bb88471d65e2659b30c55a5321cebb5aab2b70a398645c26dca2b2fcb43fc518")
    #expect(pair.publicKey.isPublished)
    let context = try Context()
    #expect(throws: ZeroMQError.self) {
      _ = try Socket(.router, context: context, options: options(.server(pair), .coordinator))
    }
    let request = [
      Array("1.0".utf8), [1], Array("ravine".utf8), [], [], Array("CURVE".utf8), pair.publicKey.bytes,
    ]
    #expect(Authenticator.answer(request) { _ in true }[2] == Array("400".utf8))
  }

  @Test func keysAreReadBackAndSecretsAreNotShown() throws {
    #expect(CurveKey(hexadecimal: friend.publicKey.hexadecimal) == friend.publicKey)
    #expect(CurveKey(hexadecimal: String(repeating: "0", count: 63)) == nil)
    #expect(CurveKey(hexadecimal: String(repeating: "g", count: 64)) == nil)
    #expect(try CurveKeyPair(secretKey: friend.secretKey) == friend)
    var dumped = ""
    dump(friend, to: &dumped)
    let secret = friend.secretKey.hexadecimal
    #expect(!"\(friend) \(String(reflecting: friend)) \(dumped)".contains(secret))
  }

  @Test(arguments: [0, 1, 6, 8])
  func requestsOfAnotherShapeAreAnsweredWithAnError(_ frames: Int) {
    let request = [[UInt8]](repeating: [49, 46, 48], count: frames)
    #expect(Authenticator.answer(request) { _ in true }[2] == Array("500".utf8))
  }
}
