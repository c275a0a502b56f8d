/// The first 32 bytes of a message; `ravine.proto` shows the layout.
package struct Header: Hashable, Sendable {
  package static let byteCount = 32
  /// This protocol.
  package static let major: UInt16 = 1
  package static let minor: UInt16 = 0
  /// "RVNE", read as a little-endian number.
  static let magic: UInt32 = 0x454E_5652
  static let ignorableFlag: UInt16 = 1

  package var type: UInt16
  package var flags: UInt16 = 0
  package var session: UInt64
  package var sequence: UInt64

  /// Frame 1: this header and `body`, with the checksum of both.
  func frame(_ body: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(Self.byteCount + body.count)
    Self.append(Self.magic, to: &frame)
    Self.append(Self.major, to: &frame)
    Self.append(Self.minor, to: &frame)
    Self.append(type, to: &frame)
    Self.append(flags, to: &frame)
    Self.append(UInt32(0), to: &frame)
    Self.append(session, to: &frame)
    Self.append(sequence, to: &frame)
    frame.append(contentsOf: body)
    let checksum = Self.checksum(frame)
    for byte in 0..<4 { frame[12 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * byte)) }
    return frame
  }

  /// The header of frame 1, once its magic, version and checksum hold.
  init(frame: [UInt8]) throws(WireError) {
    guard frame.count >= 8, Self.load(UInt32.self, frame, 0) == Self.magic else { throw .foreign }
    let major = Self.load(UInt16.self, frame, 4)
    guard major == Self.major else { throw .version(major: major, minor: Self.load(UInt16.self, frame, 6)) }
    guard frame.count >= Self.byteCount else { throw .foreign }
    guard frame.count <= WireLimits.headBytes else { throw .tooLarge }
    guard Self.load(UInt32.self, frame, 12) == Self.checksum(frame) else { throw .checksum }
    type = Self.load(UInt16.self, frame, 8)
    flags = Self.load(UInt16.self, frame, 10)
    session = Self.load(UInt64.self, frame, 16)
    sequence = Self.load(UInt64.self, frame, 24)
  }

  init(type: UInt16, session: UInt64, sequence: UInt64) {
    self.type = type
    self.session = session
    self.sequence = sequence
  }

  private static func checksum(_ frame: [UInt8]) -> UInt32 {
    CRC32C.checksum(frame[16...], continuing: CRC32C.checksum(frame[..<12]))
  }

  private static func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Precondition: `offset` and the bytes after it lie inside `bytes`.
  private static func load<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, _ bytes: [UInt8], _ offset: Int) -> T {
    bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
  }
}
