/// The state of all units, packed: some twenty bytes each.
struct UnitLedger: Sendable {
  /// Bits 0-2: phase; then one bit each: has an entry in the waiting heap, in the queue of suspects, is suspect.
  private var flags: [UInt8]
  /// Leases given so far; the number of the newest.
  private(set) var attempts: [UInt32]
  /// Bits 0-3: failures with evidence against the unit; bits 4-7: those of them that happened alone on a worker.
  private var strikes: [UInt8]
  /// The same for those of them that the worker survived: the unit's own errors.
  private var errors: [UInt8]
  /// Leases lost while being computed, by no fault of the unit. Saturates.
  private(set) var losses: [UInt16]
  /// Leases given back before they were started. Saturates.
  private(set) var returns: [UInt16]
  /// Units in each phase, by raw value.
  private(set) var counts = [Int](repeating: 0, count: UnitPhase.allCases.count)

  init(committed: [Bool]) {
    flags = committed.map { $0 ? UnitPhase.committed.rawValue : UnitPhase.waiting.rawValue }
    attempts = [UInt32](repeating: 0, count: committed.count)
    strikes = [UInt8](repeating: 0, count: committed.count)
    errors = strikes
    losses = [UInt16](repeating: 0, count: committed.count)
    returns = [UInt16](repeating: 0, count: committed.count)
    for flag in flags { counts[Int(flag)] += 1 }
  }

  var count: Int { flags.count }

  func phase(_ unit: Int) -> UnitPhase {
    UnitPhase(rawValue: flags[unit] & 0b111) ?? .waiting
  }

  mutating func setPhase(_ unit: Int, _ phase: UnitPhase) {
    counts[Int(flags[unit] & 0b111)] -= 1
    counts[Int(phase.rawValue)] += 1
    flags[unit] = (flags[unit] & ~0b111) | phase.rawValue
  }

  func isInHeap(_ unit: Int) -> Bool { flags[unit] & 0b1000 != 0 }
  mutating func setInHeap(_ unit: Int, _ value: Bool) { set(unit, 0b1000, value) }

  func isInSuspects(_ unit: Int) -> Bool { flags[unit] & 0b1_0000 != 0 }
  mutating func setInSuspects(_ unit: Int, _ value: Bool) { set(unit, 0b1_0000, value) }

  /// Whether the unit is handed out alone only.
  func isSuspect(_ unit: Int) -> Bool { flags[unit] & 0b10_0000 != 0 }
  mutating func setSuspect(_ unit: Int) { set(unit, 0b10_0000, true) }

  private mutating func set(_ unit: Int, _ bit: UInt8, _ value: Bool) {
    if value { flags[unit] |= bit } else { flags[unit] &= ~bit }
  }

  /// The number of the next attempt. Wraps to 1 after four thousand million.
  mutating func nextAttempt(_ unit: Int) -> UInt32 {
    attempts[unit] = max(1, attempts[unit] &+ 1)
    return attempts[unit]
  }

  /// Takes note of an attempt that was given out before this coordinator started.
  mutating func learnAttempt(_ unit: Int, _ attempt: UInt32) { attempts[unit] = max(attempts[unit], attempt) }

  /// Failures with evidence against the unit.
  func strikeCounts(_ unit: Int) -> (all: Int, alone: Int) { Self.counts(strikes[unit]) }

  /// Those of them that were errors of the unit, not deaths of a worker.
  func errorCounts(_ unit: Int) -> (all: Int, alone: Int) { Self.counts(errors[unit]) }

  mutating func strike(_ unit: Int, alone: Bool, isError: Bool) {
    strikes[unit] = Self.counted(strikes[unit], alone)
    if isError { errors[unit] = Self.counted(errors[unit], alone) }
  }

  private static func counts(_ packed: UInt8) -> (all: Int, alone: Int) { (Int(packed & 0xF), Int(packed >> 4)) }

  private static func counted(_ packed: UInt8, _ alone: Bool) -> UInt8 {
    let (all, lonely) = counts(packed)
    return UInt8(min(15, all + 1)) | UInt8(min(15, lonely + (alone ? 1 : 0))) << 4
  }

  mutating func lose(_ unit: Int) { if losses[unit] < .max { losses[unit] += 1 } }

  mutating func giveBack(_ unit: Int) { if returns[unit] < .max { returns[unit] += 1 } }
}
