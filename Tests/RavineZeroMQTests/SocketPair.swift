import Glibc
import Testing

@testable import RavineZeroMQ

/// A router and a dealer joined over one endpoint, with a poller each; nothing here sleeps to wait for a state.
final class SocketPair {
  let context: Context
  let router: Socket
  let dealer: Socket
  let endpoint: String
  private let directory: TemporaryDirectory?

  enum Transport: CaseIterable {
    case inproc
    case ipc
  }

  init(
    _ transport: Transport, router routerOptions: SocketOptions = .coordinator,
    dealer dealerOptions: SocketOptions = .worker
  ) throws {
    switch transport {
    case .inproc:
      directory = nil
      endpoint = "inproc://pair"
    case .ipc:
      let made = try TemporaryDirectory()
      directory = made
      endpoint = "ipc://\(made.path)/socket"
    }
    context = try Context()
    router = try Socket(.router, context: context, options: routerOptions)
    dealer = try Socket(.dealer, context: context, options: dealerOptions)
    try router.bind(endpoint)
    try dealer.connect(endpoint)
  }

  /// Sends as soon as the socket takes the message.
  func send(_ frames: [[UInt8]], from socket: Socket) throws -> Socket.Sending {
    let poller = Poller()
    poller.watchWritable(true, at: poller.add(socket))
    while true {
      let outcome = socket.send(frames)
      if outcome != .wouldBlock { return outcome }
      try #require(try poller.wait(milliseconds: 20_000), "nobody took the message")
    }
  }

  /// The next message at `socket`, however long it takes (20 s fail the test).
  func receive(at socket: Socket) throws -> Socket.Receiving {
    let poller = Poller()
    poller.add(socket)
    while true {
      let found = socket.receive()
      if found != .nothing { return found }
      try #require(try poller.wait(milliseconds: 20_000), "no message came")
    }
  }

  /// The dealer's routing id, learnt from a greeting.
  func greet() throws -> [UInt8] {
    try #require(try send([[1]], from: dealer) == .sent)
    guard case .message(let frames) = try receive(at: router) else { throw Unexpected() }
    try #require(frames.count == 2)
    return frames[0]
  }
}

struct Unexpected: Error {}

/// A fresh private directory, removed with its object.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/ravine-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Unexpected() }
    path = String(cString: made)
  }

  deinit {
    unlink(path + "/socket")
    rmdir(path)
  }
}
