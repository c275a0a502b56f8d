import Testing

@testable import RavineZeroMQ

@Suite struct SocketTests {
  @Test(arguments: SocketPair.Transport.allCases)
  func framesGoThereAndBackUnchanged(_ transport: SocketPair.Transport) throws {
    let pair = try SocketPair(transport)
    let sent: [[UInt8]] = [[], Array(0...255), Array("columns".utf8)]
    #expect(try pair.send(sent, from: pair.dealer) == .sent)
    guard case .message(let received) = try pair.receive(at: pair.router) else { throw Unexpected() }
    #expect(Array(received.dropFirst()) == sent)

    let reply: [[UInt8]] = [[7], []]
    #expect(pair.router.send([received[0]] + reply) == .sent)
    #expect(try pair.receive(at: pair.dealer) == .message(reply))
    #expect(pair.router.receive() == .nothing)
  }

  @Test func peersCannotChooseTheirRoutingId() throws {
    let pair = try SocketPair(.ipc)
    // libzmq's own ids are five bytes that start with zero.
    let peer = try pair.greet()
    #expect(peer.count == 5 && peer[0] == 0)
  }

  @Test(arguments: SocketPair.Transport.allCases)
  func anUnknownPeerIsAnAnswer(_ transport: SocketPair.Transport) throws {
    let pair = try SocketPair(transport)
    let peer = try pair.greet()
    #expect(pair.router.send([[0, 9, 9, 9, 9], [1], [2]]) == .unreachable)
    #expect(pair.router.send([peer, [3]]) == .sent)
    #expect(try pair.receive(at: pair.dealer) == .message([[3]]))
  }

  @Test func aDealerWithoutAPeerDoesNotQueue() throws {
    let context = try Context()
    let dealer = try Socket(.dealer, context: context, options: .worker)
    #expect(dealer.send([[1]]) == .wouldBlock)
  }

  @Test func aFullPeerBlocksAndLosesNothing() throws {
    var options = SocketOptions.coordinator
    options.sendHighWaterMark = 10
    options.receiveHighWaterMark = 10
    let pair = try SocketPair(.inproc, router: options, dealer: options)
    let peer = try pair.greet()

    var sent = 0
    while sent < 1000, pair.router.send([peer, [UInt8(truncatingIfNeeded: sent)]]) == .sent { sent += 1 }
    // In one process the bound is the sum of both high-water marks.
    #expect(sent == 20)
    #expect(pair.router.send([peer, [255]]) == .wouldBlock)

    for number in 0..<sent {
      #expect(try pair.receive(at: pair.dealer) == .message([[UInt8(number)]]))
    }
    #expect(pair.dealer.receive() == .nothing)
    #expect(try pair.send([peer, [99]], from: pair.router) == .sent)
    #expect(try pair.receive(at: pair.dealer) == .message([[99]]))
  }

  @Test func largeFramesPass() throws {
    let pair = try SocketPair(.ipc)
    let large = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    #expect(try pair.send([[1], large], from: pair.dealer) == .sent)
    guard case .message(let received) = try pair.receive(at: pair.router) else { throw Unexpected() }
    #expect(received.count == 3 && received.last == large)
  }

  @Test func anOversizeFrameClosesTheConnectionAndOnlyThat() throws {
    let pair = try SocketPair(.ipc)
    let first = try pair.greet()
    let oversize = [UInt8](repeating: 1, count: 4 << 20 + 1)
    #expect(try pair.send([oversize], from: pair.dealer) == .sent)

    // The dealer comes back by itself as a new peer; what it sent into the dying connection may be lost.
    let poller = Poller()
    poller.add(pair.router)
    var found = Socket.Receiving.nothing
    for _ in 0..<200 where found == .nothing {
      _ = pair.dealer.send([[2]])
      if try poller.wait(milliseconds: 100) { found = pair.router.receive() }
    }
    guard case .message(let frames) = found else { throw Unexpected() }
    #expect(frames.last == [2])
    #expect(frames.first != first)
  }

  @Test func tooManyFramesAreDroppedWhole() throws {
    let pair = try SocketPair(.ipc)
    #expect(try pair.send([[1], [2], [3]], from: pair.dealer) == .sent)
    #expect(try pair.send([[1], [2], [3], [4]], from: pair.dealer) == .sent)
    #expect(try pair.send([[9]], from: pair.dealer) == .sent)
    guard case .message(let whole) = try pair.receive(at: pair.router) else { throw Unexpected() }
    #expect(whole.count == 4)
    #expect(try pair.receive(at: pair.router) == .dropped(frames: 5))
    guard case .message(let next) = try pair.receive(at: pair.router) else { throw Unexpected() }
    #expect(next.dropFirst() == [[9]])
  }
}
