/// Why a column frame cannot be read. Every case means: the bytes are not what an encoder of this program wrote.
package enum ColumnsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Not a frame of this kind, or shorter than its header.
  case notAFrame
  /// Written by another version of the format.
  case unsupportedVersion(Int)
  /// The number of bytes does not follow from the header.
  case wrongLength(expected: Int, found: Int)
  /// The checksum does not match: the bytes were changed after they were written.
  case damaged
  /// The checksum holds but row `row` (from 0) has a value that its column does not allow.
  case invalidValue(column: String, row: Int)

  package var description: String {
    switch self {
    case .notAFrame: "not a column frame"
    case .unsupportedVersion(let version):
      "column frame of version \(version), this build reads version \(ColumnFrame.version)"
    case .wrongLength(let expected, let found): "column frame of \(found) bytes where \(expected) were announced"
    case .damaged: "column frame whose checksum does not match"
    case .invalidValue(let column, let row): "column frame with an impossible value of `\(column)` in row \(row)"
    }
  }
}

/// The envelope that record and card frames share.
///
/// 32 bytes, little-endian: magic (4) · version u16 · metrics u16 · first u64 · count u32 · extra u32 · checksum u64;
/// then the columns, widest first. checksum = XXH64 of the columns, seeded with the XXH64 of the first 24 bytes.
package struct ColumnFrame: Equatable, Sendable {
  package static let version: UInt16 = 1
  package static let headerLength = 32

  package enum Kind: UInt32, Sendable {
    /// "RVRC".
    case records = 0x4352_5652
    /// "RVCC".
    case cards = 0x4343_5652
  }

  /// The first trial id of a record frame; 0 in a card frame.
  package var first: UInt64
  /// Rows.
  package var count: Int
  /// Entries of the ladder column of a record frame; 0 in a card frame.
  package var extra: Int
  /// Metric columns of a record frame; 0 in a card frame.
  package var metrics = 0

  /// Reads and checks the header alone: magic, version, and that `count` and `extra` can be true of this many bytes.
  package static func header(_ bytes: UnsafeRawBufferPointer, kind: Kind) throws(ColumnsError) -> ColumnFrame {
    guard bytes.count >= headerLength, bytes.load32(0) == kind.rawValue else { throw .notAFrame }
    let version = UInt16(truncatingIfNeeded: bytes.load32(4))
    guard version == Self.version else { throw .unsupportedVersion(Int(version)) }
    let metrics = Int(bytes.load32(4) >> 16)
    guard metrics == 0 || kind == .records else { throw .notAFrame }
    return ColumnFrame(
      first: bytes.load64(8), count: Int(bytes.load32(16)), extra: Int(bytes.load32(20)), metrics: metrics)
  }

  /// Throws `damaged` unless the checksum holds.
  package static func verify(_ bytes: UnsafeRawBufferPointer) throws(ColumnsError) {
    guard bytes.count >= headerLength else { throw .notAFrame }
    guard bytes.load64(24) == checksum(bytes) else { throw .damaged }
  }

  /// Writes the header, checksum included, in front of columns that are already there.
  func seal(_ bytes: UnsafeMutableRawBufferPointer, kind: Kind) {
    bytes.storeBytes(of: kind.rawValue.littleEndian, toByteOffset: 0, as: UInt32.self)
    let versionAndMetrics = UInt32(Self.version) | UInt32(truncatingIfNeeded: metrics) << 16
    bytes.storeBytes(of: versionAndMetrics.littleEndian, toByteOffset: 4, as: UInt32.self)
    bytes.storeBytes(of: first.littleEndian, toByteOffset: 8, as: UInt64.self)
    bytes.storeBytes(of: UInt32(count).littleEndian, toByteOffset: 16, as: UInt32.self)
    bytes.storeBytes(of: UInt32(extra).littleEndian, toByteOffset: 20, as: UInt32.self)
    let sum = Self.checksum(UnsafeRawBufferPointer(bytes))
    bytes.storeBytes(of: sum.littleEndian, toByteOffset: 24, as: UInt64.self)
  }

  private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let seed = XXHash64.hash(UnsafeRawBufferPointer(rebasing: bytes[0..<24]))
    return XXHash64.hash(UnsafeRawBufferPointer(rebasing: bytes[headerLength...]), seed: seed)
  }
}

extension UnsafeRawBufferPointer {
  func load32(_ offset: Int) -> UInt32 {
    UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  func load64(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The bits as they are: NaN payloads survive.
  func loadDouble(_ offset: Int) -> Double { Double(bitPattern: load64(offset)) }
}

extension UnsafeMutableRawBufferPointer {
  func put(_ value: UInt32, _ offset: Int) { storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self) }

  func put(_ value: UInt64, _ offset: Int) { storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self) }

  func put(_ value: Double, _ offset: Int) { put(value.bitPattern, offset) }
}
