import Foundation
import Glibc
import RavineZeroMQ
import Testing

@testable import RavineRuntime
@testable import RavineWire

/// What comes to an open port: nothing gets in, and the sweep goes on as if nobody had come.
@Suite(.serialized) struct HostileTests {
  private struct Dice {
    var state: UInt64

    mutating func number(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  /// A run that listens and has no worker yet.
  private struct Target {
    let binary: Binary
    let run: Process
    let folder: String
    let join: JoinFile
    let port: UInt16

    init(_ binary: Binary) throws {
      self.binary = binary
      let sweep = try binary.write(SamenessTests.sweep, "same.yaml")
      run = try binary.start([
        "run", sweep, "--workers", "0", "--listen", "tcp://127.0.0.1:*", "--runs", "runs", "--quiet",
      ])
      folder = binary.folder.path + "/runs/same.access"
      let path = folder + "/worker.join"
      _ = try JoiningTests.wait(for: path, while: run) { $0.contains("endpoint tcp://") }
      join = try JoinFile.read(path)
      let port = try #require(join.endpoints.first).split(separator: ":").last.flatMap { UInt16($0) }
      self.port = try #require(port)
    }

    /// A connection to the port, or -1.
    func open() -> Int32 {
      let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      let isOpen = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      if !isOpen { close(file) }
      return isOpen ? file : -1
    }

    /// Lets a worker finish the run; the export.
    func finish() throws -> String {
      #expect(run.isRunning)
      let worker = try binary.start(["worker", "--join", folder + "/worker.join", "--threads", "2"])
      run.waitUntilExit()
      worker.waitUntilExit()
      #expect(run.terminationStatus == 0 && worker.terminationStatus == 0)
      return try binary.run("export", "runs/same.sqlite").output
    }
  }

  private func localExport(_ binary: Binary) throws -> String {
    let sweep = try binary.write(SamenessTests.sweep, "same.yaml")
    #expect(try binary.run("run", sweep, "--workers", "1", "--runs", "local", "--quiet").status == 0)
    return try binary.run("export", "local/same.sqlite").output
  }

  /// What programs that mean something else, or no good, send first.
  private static let openings: [[UInt8]] = [
    Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
    // A TLS 1.2 client hello record, and an SSH banner.
    [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3], Array("SSH-2.0-OpenSSH_9.2\r\n".utf8),
    // ZMTP 3.0 with the NULL mechanism, ZMTP 2.0 and 1.0.
    [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0] + Array("NULL".utf8) + [UInt8](repeating: 0, count: 48),
    [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 5, 0, 0], [1, 0],
    // A CURVE greeting and then a frame of 2^63 bytes.
    [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0] + Array("CURVE".utf8) + [UInt8](repeating: 0, count: 47)
      + [6, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    [],
  ]

  @Test func strangersChangeNothing() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let expected = try localExport(binary)
    let target = try Target(binary)
    defer { target.run.terminate() }
    var dice = Dice(state: 11)
    var silent: [Int32] = []
    for round in 0..<600 {
      let file = target.open()
      #expect(file >= 0, "round \(round)")
      var bytes = Self.openings[round % Self.openings.count]
      if round % 3 == 0 { bytes += (0..<dice.number(below: 2000)).map { _ in UInt8(dice.number(below: 256)) } }
      _ = bytes.withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      // Some stay and say nothing more.
      if round % 5 == 0 { silent.append(file) } else { close(file) }
    }
    try strangersWithKeys(target)
    let export = try target.finish()
    for file in silent { close(file) }
    #expect(export == expected)
  }

  /// Keys that are not on the list, and the right key for another coordinator.
  private func strangersWithKeys(_ target: Target) throws {
    var file = target.join
    file.keys = try CurveKeyPair.generate()
    let stranger = target.binary.folder.path + "/stranger.join"
    try PrivateFile.write(file.text, to: stranger)
    let refused = try target.binary.run("worker", "--join", stranger, "--orphan-timeout", "30s")
    #expect(refused.status == 77, "\(refused.errors)")
    #expect(refused.errors.contains("does not accept the key"))
    file = target.join
    file.serverKey = try CurveKeyPair.generate().publicKey
    try PrivateFile.write(file.text, to: stranger)
    let elsewhere = try target.binary.run("worker", "--join", stranger, "--orphan-timeout", "60s")
    #expect(elsewhere.status == 76, "\(elsewhere.errors)")
    #expect(elsewhere.errors.contains("is not the one that"))
  }

  /// A client with a valid key that sends damaged messages, one after the other.
  @Test func whoHasAKeyCannotHarmTheRunWithDamagedMessages() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let expected = try localExport(binary)
    let target = try Target(binary)
    defer { target.run.terminate() }
    let rounds = ProcessInfo.processInfo.environment["RAVINE_SLOW_TESTS"] == nil ? 20_000 : 100_000
    var options = SocketOptions.worker
    options.security = .client(target.join.keys, server: target.join.serverKey)
    // This client leaves answers unread. libzmq 4.3.4 ends a process whose queue from a peer is full when that peer
    // breaks the connection and a heartbeat is due before the queue is read (`!_io_error`, stream_engine_base.cpp).
    options.heartbeatInterval = 0
    let socket = try Socket(.dealer, context: try Context(), options: options)
    try socket.connect(try #require(target.join.endpoints.first))
    let poller = Poller()
    let place = poller.add(socket)
    var dice = Dice(state: 5)
    var sent = 0
    while sent < rounds {
      poller.watchWritable(true, at: place)
      try #require(try poller.wait(milliseconds: 20_000), "nobody takes the messages any more")
      while case .message = socket.receive() {}
      while sent < rounds, socket.send(Self.damaged(sent, &dice)) == .sent { sent += 1 }
    }
    #expect(try target.finish() == expected)
  }

  private static func damaged(_ round: Int, _ dice: inout Dice) -> [[UInt8]] {
    var frames = Self.samples[round % Self.samples.count]
    for _ in 0...dice.number(below: 4) {
      let place = dice.number(below: frames[0].count)
      switch dice.number(below: 3) {
      case 0: frames[0][place] = UInt8(dice.number(below: 256))
      case 1: frames[0].insert(UInt8(dice.number(below: 256)), at: place)
      default: frames[0] = Array(frames[0].prefix(max(1, place)))
      }
    }
    if dice.number(below: 8) == 0 { frames += [[UInt8]](repeating: [1, 2, 3], count: dice.number(below: 8)) }
    return frames
  }

  /// Sessions of hello, results and orders, with checksums that hold until they are damaged.
  private static let samples: [[[UInt8]]] = {
    let hello = Hello(
      instance: 1, number: 1, build: "?", kernel: "1", instructionSet: "x", cores: 1, memoryBytes: 1, host: "h", pid: 1,
      slot: nil, secondsLeft: nil)
    let columns = [UInt8](repeating: 1, count: 64)
    let result = ResultMessage(
      unit: 0, attempt: 1, firstTrial: 0, trialCount: 1, digest: ResultMessage.digest(columns: columns, cards: []),
      seconds: 1, next: nil, columns: columns, cards: [])
    let messages: [WorkerMessage] = [
      .hello(hello), .ready(planHash: "x"), .result(result), .heartbeat(unit: 0, steps: 1),
      .failure(unit: 0, attempt: 1, reason: "x", next: nil), .planRequest(part: 9, offset: 9), .farewell,
    ]
    let order = OperatorMessage.order(OperatorOrder(request: 1, action: .cancel, reason: "because"))
    return messages.map { Envelope(session: 1 << 32 | 1, sequence: 1, message: $0).frames() }
      + [Envelope(session: 0, sequence: 0, message: order).frames()]
  }()
}
