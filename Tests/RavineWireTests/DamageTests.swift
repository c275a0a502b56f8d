import Testing

@testable import RavineWire

/// Whatever arrives, decoding comes back with a message or an error.
@Suite struct DamageTests {
  private struct Dice {
    var state: UInt64

    mutating func number(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  @Test func cutAnywhereItIsNoMessageOrAShorterOne() {
    for frames in Samples.frames {
      for length in 0..<frames[0].count {
        let cut = [Array(frames[0].prefix(length))] + frames.dropFirst()
        let (asWorker, asCoordinator) = Samples.decode(cut)
        #expect(asWorker == nil && asCoordinator == nil)
        _ = Samples.decode([Samples.sealed(cut[0])] + frames.dropFirst())
      }
    }
  }

  @Test func anyChangedByteIsNoticed() {
    for frames in Samples.frames {
      for place in frames[0].indices {
        var damaged = frames
        damaged[0][place] ^= 0x41
        let (asWorker, asCoordinator) = Samples.decode(damaged)
        #expect(asWorker == nil && asCoordinator == nil)
      }
    }
  }

  /// With the checksum made right again, so that the damage goes deep.
  @Test func mutationsNeverTrap() {
    var dice = Dice(state: 42)
    var accepted = 0
    for round in 0..<12_000 {
      var frames = Samples.frames[round % Samples.frames.count]
      for _ in 0...dice.number(below: 4) { mutate(&frames[0], &dice) }
      if dice.number(below: 10) == 0 { frames.append([UInt8](repeating: 1, count: dice.number(below: 9))) }
      frames[0] = Samples.sealed(frames[0])
      let (asWorker, asCoordinator) = Samples.decode(frames)
      if let asWorker {
        accepted += 1
        _ = Envelope(session: 1, sequence: 1, message: asWorker).frames()
      }
      if let asCoordinator { _ = Envelope(session: 1, sequence: 1, message: asCoordinator).frames() }
    }
    #expect(accepted > 100, "the mutations are too destructive to say anything")
  }

  @Test func noiseNeverTraps() {
    var dice = Dice(state: 7)
    for round in 0..<8000 {
      let type = UInt16(round % 128)
      let body = (0..<dice.number(below: 80)).map { _ in UInt8(dice.number(below: 256)) }
      let frame = Header(type: type, session: 1, sequence: 1).frame(body)
      _ = Samples.decode([frame])
      _ = Samples.decode([frame, body])
      _ = Samples.decode([frame, body, body])
      _ = Samples.decode([body])
    }
  }

  private func mutate(_ frame: inout [UInt8], _ dice: inout Dice) {
    let place = dice.number(below: max(1, frame.count))
    switch dice.number(below: 5) {
    case 0 where place < frame.count: frame[place] = UInt8(dice.number(below: 256))
    case 1 where place < frame.count: frame[place] ^= 1 << UInt8(dice.number(below: 8))
    case 2 where place < frame.count: frame.remove(at: place)
    case 3: frame.insert(UInt8(dice.number(below: 256)), at: min(place, frame.count))
    default: frame = Array(frame.prefix(max(Header.byteCount, place)))
    }
  }
}
