import Testing

@testable import RavineWire

@Suite struct EnvelopeTests {
  @Test(arguments: Samples.fromWorker) func workerMessagesSurvive(message: WorkerMessage) throws {
    let envelope = Envelope(session: 9 << 32 | 4, sequence: 1234, message: message)
    #expect(try Envelope<WorkerMessage>(frames: envelope.frames()) == envelope)
  }

  @Test(arguments: Samples.fromCoordinator) func coordinatorMessagesSurvive(message: CoordinatorMessage) throws {
    let envelope = Envelope(session: 9 << 32 | 4, sequence: 1234, message: message)
    #expect(try Envelope<CoordinatorMessage>(frames: envelope.frames()) == envelope)
  }

  @Test(arguments: Samples.fromOperator) func operatorMessagesSurvive(message: OperatorMessage) throws {
    let envelope = Envelope(session: 0, sequence: 0, message: message)
    #expect(try Envelope<OperatorMessage>(frames: envelope.frames()) == envelope)
    #expect(OperatorMessage.isLikely(envelope.frames()))
  }

  @Test(arguments: Samples.toOperator) func repliesSurvive(message: OperatorReply) throws {
    let envelope = Envelope(session: 0, sequence: 0, message: message)
    #expect(try Envelope<OperatorReply>(frames: envelope.frames()) == envelope)
    #expect(!OperatorMessage.isLikely(envelope.frames()))
  }

  /// The bytes as `ravine.proto` lays them out, by hand; the checksum by the definition of the polynomial.
  @Test func bytesAreTheDocumentedOnes() {
    let frames = Envelope(session: 0x0102, sequence: 3, message: WorkerMessage.heartbeat(unit: 4, steps: 300)).frames()
    let before: [UInt8] = [0x52, 0x56, 0x4E, 0x45, 1, 0, 0, 0, 7, 0, 0, 0]
    let after: [UInt8] = [2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0x08, 5, 0x10, 0xAC, 0x02]
    var crc = UInt32.max
    for byte in before + after {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
    }
    let checksum = (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> UInt32(8 * $0)) }
    #expect(frames == [before + checksum + after])
  }

  @Test func resultsTravelAsRawFrames() {
    let frames = Envelope(session: 1, sequence: 1, message: Samples.fromWorker[3]).frames()
    #expect(frames.count == 3 && frames[1] == [1, 2, 3, 4, 5] && frames[2] == [9, 8])
  }

  @Test func largestNumbersSurvive() throws {
    let message = WorkerMessage.failure(unit: .max, attempt: .max, reason: "", next: .max)
    let envelope = Envelope(session: .max, sequence: .max, message: message)
    #expect(try Envelope<WorkerMessage>(frames: envelope.frames()) == envelope)
  }

  @Test func otherVersionsAreToldApartFromGarbage() {
    var frame = Samples.frames[0][0]
    frame[4] = 2
    #expect(throws: WireError.version(major: 2, minor: 0)) { try Envelope<WorkerMessage>(frames: [frame]) }
    #expect(throws: WireError.version(major: 2, minor: 0)) {
      try Envelope<WorkerMessage>(frames: [Array(frame.prefix(8))])
    }
    #expect(throws: WireError.foreign) { try Envelope<WorkerMessage>(frames: [Array("GET / HTTP/1.1\r\n".utf8)]) }
    #expect(throws: WireError.foreign) { try Envelope<WorkerMessage>(frames: [[]]) }
    #expect(throws: WireError.malformed("0 frames")) { try Envelope<WorkerMessage>(frames: []) }
  }

  @Test func messagesOfTheOtherDirectionAreUnknown() {
    let welcome = Samples.frames[Samples.fromWorker.count]
    #expect(throws: WireError.unknownType(32, ignorable: false)) { try Envelope<WorkerMessage>(frames: welcome) }
    var frame = welcome[0]
    frame[10] |= 1
    #expect(throws: WireError.unknownType(32, ignorable: true)) {
      try Envelope<WorkerMessage>(frames: [Samples.sealed(frame)])
    }
  }

  @Test func oversizedMessagesAreRefused() {
    let large = [UInt8](repeating: 0, count: WireLimits.messageBytes)
    let frames = [Samples.frames[3][0], large, []]
    #expect(throws: WireError.tooLarge) { try Envelope<WorkerMessage>(frames: frames) }
    let head = Samples.sealed(Samples.frames[0][0] + [UInt8](repeating: 0, count: WireLimits.headBytes))
    #expect(throws: WireError.tooLarge) { try Envelope<WorkerMessage>(frames: [head]) }
    let many = WorkerMessage.released(
      (0...WireLimits.entries).map { HeldUnit(unit: $0, attempt: 1, started: false) })
    let entries = Envelope(session: 1, sequence: 1, message: many).frames()
    #expect(throws: WireError.tooLarge) { try Envelope<WorkerMessage>(frames: entries) }
  }

  @Test func rawFramesBelongToTheirMessages() {
    let heartbeat = Samples.frames[6]
    #expect(throws: WireError.malformed("frames")) { try Envelope<WorkerMessage>(frames: heartbeat + [[1]]) }
    let result = Samples.frames[3]
    #expect(throws: WireError.malformed("frames")) { try Envelope<WorkerMessage>(frames: Array(result.prefix(2))) }
    #expect(throws: WireError.malformed("4 frames")) { try Envelope<WorkerMessage>(frames: result + [[]]) }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, -1]) func impossibleSecondsAreRefused(seconds: Double) {
    let result = ResultMessage(
      unit: 0, attempt: 1, firstTrial: 0, trialCount: 1, digest: 0, seconds: seconds, next: nil, columns: [], cards: [])
    let frames = Envelope(session: 1, sequence: 1, message: WorkerMessage.result(result)).frames()
    #expect(throws: WireError.malformed("seconds")) { try Envelope<WorkerMessage>(frames: frames) }
  }

  @Test func textOfTheOtherSideCannotTouchATerminal() throws {
    var hello = Samples.hello
    hello.host = "node\u{1B}[2J\n\u{9B}\u{202E}07" + String(repeating: "é", count: 1000)
    let frames = Envelope(session: 0, sequence: 0, message: WorkerMessage.hello(hello)).frames()
    guard case .hello(let read) = try Envelope<WorkerMessage>(frames: frames).message else {
      Issue.record("not a hello")
      return
    }
    #expect(read.host.hasPrefix("node[2J07éé") && read.host.utf8.count <= 256)
  }
}
