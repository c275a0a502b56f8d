import CZeroMQ
import Testing

@testable import RavineZeroMQ

/// What libzmq itself answers when asked for the options of a new socket.
@Suite struct OptionTests {
  private func option(_ name: Int32, of socket: Socket) throws -> Int32 {
    var value: Int32 = 0
    var size = MemoryLayout<Int32>.size
    try #require(zmq_getsockopt(socket.handle, name, &value, &size) == 0)
    return value
  }

  @Test(arguments: [Socket.Kind.router, .dealer])
  func everySocketHasTheSafeValues(_ kind: Socket.Kind) throws {
    let context = try Context()
    let socket = try Socket(kind, context: context, options: kind == .router ? .coordinator : .worker)
    #expect(try option(ZMQ_LINGER, of: socket) == 0)
    #expect(try option(ZMQ_SNDHWM, of: socket) == 1024)
    #expect(try option(ZMQ_RCVHWM, of: socket) == 1024)
    #expect(try option(ZMQ_HANDSHAKE_IVL, of: socket) == 5000)
    #expect(try option(ZMQ_HEARTBEAT_IVL, of: socket) == 2000)
    #expect(try option(ZMQ_HEARTBEAT_TIMEOUT, of: socket) == 10_000)
    #expect(try option(ZMQ_HEARTBEAT_TTL, of: socket) == 10_000)
    #expect(try option(ZMQ_RECONNECT_IVL, of: socket) == 100)
    #expect(try option(ZMQ_RECONNECT_IVL_MAX, of: socket) == 5000)
    #expect(try option(ZMQ_CONNECT_TIMEOUT, of: socket) == 5000)
    #expect(try option(ZMQ_TCP_KEEPALIVE, of: socket) == 1)
    #expect(try option(ZMQ_IPV6, of: socket) == 1)
    #expect(try option(ZMQ_BACKLOG, of: socket) == 1024)
    #expect(try option(ZMQ_IMMEDIATE, of: socket) == (kind == .dealer ? 1 : 0))

    var bytes: Int64 = 0
    var size = MemoryLayout<Int64>.size
    try #require(zmq_getsockopt(socket.handle, ZMQ_MAXMSGSIZE, &bytes, &size) == 0)
    #expect(bytes == 4_194_304)
  }
}
