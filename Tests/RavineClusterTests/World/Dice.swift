/// Seeded chance (SplitMix64): the only source of disorder in the world.
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x2545_F491_4F6C_DD1D &+ 0x1234_5678 }

  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }
  mutating func chance(_ probability: Double) -> Bool { unit() < probability }
  mutating func number(below bound: Int) -> Int { Int(bits() % UInt64(max(1, bound))) }
  mutating func seconds(_ low: Double, _ high: Double) -> Duration { .clamped(seconds: low + (high - low) * unit()) }
}
