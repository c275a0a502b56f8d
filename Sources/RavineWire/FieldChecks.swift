/// Checked conversions of numbers that a peer sent.
enum FieldChecks {
  /// A number that must fit into Int.
  static func int<T: BinaryInteger>(_ value: T, _ name: String) throws(WireError) -> Int {
    guard let result = Int(exactly: value) else { throw .malformed(name) }
    return result
  }

  /// A number of which one more is sent, so that 0 stands for nothing.
  static func optionalInt<T: BinaryInteger>(_ value: T, _ name: String) throws(WireError) -> Int? {
    value == 0 ? nil : try int(value - 1, name)
  }

  /// One more than the number, 0 for nothing.
  static func plusOne(_ value: Int?) -> UInt64 { value.map { UInt64(clamping: $0) + 1 } ?? 0 }

  static func ints<T: BinaryInteger>(_ values: [T], _ name: String) throws(WireError) -> [Int] {
    guard values.count <= WireLimits.entries else { throw .tooLarge }
    var result: [Int] = []
    result.reserveCapacity(values.count)
    for value in values { result.append(try int(value, name)) }
    return result
  }

  /// Seconds: finite and not negative.
  static func seconds(_ value: Double, _ name: String) throws(WireError) -> Double {
    guard value >= 0, value < .infinity else { throw .malformed(name) }
    return value
  }

  static func milliseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(seconds) &* 1000 &+ UInt64(attoseconds / 1_000_000_000_000_000)
  }

  /// A duration of at most a century.
  static func duration(milliseconds: UInt64, _ name: String) throws(WireError) -> Duration {
    guard milliseconds <= 3_200_000_000_000 else { throw .malformed(name) }
    return .milliseconds(Int64(milliseconds))
  }

  /// A name that must arrive as it was sent.
  static func name(_ text: String, _ name: String) throws(WireError) -> String {
    guard text.utf8.count <= WireLimits.nameBytes else { throw .malformed(name) }
    return text
  }

  /// No raw frames but those named.
  static func noFrames(_ raw: [[UInt8]]) throws(WireError) {
    guard raw.isEmpty else { throw .malformed("frames") }
  }
}
