/// The checksum of RFC 3720 (Castagnoli polynomial, reflected 0x82F63B78), eight bytes at a time (slicing-by-8).
package enum CRC32C {
  /// Eight tables of 256: `tables[256 k + b]` advances byte `b` by k further zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = (value & 1) == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
      tables[byte] = value
    }
    for index in 256..<tables.count {
      let previous = tables[index - 256]
      tables[index] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
    }
    return tables
  }()

  /// The checksum of `bytes` appended to bytes whose checksum is `previous` (0 for none).
  package static func checksum(_ bytes: [UInt8], continuing previous: UInt32 = 0) -> UInt32 {
    checksum(bytes[...], continuing: previous)
  }

  /// The checksum of `bytes` appended to bytes whose checksum is `previous` (0 for none).
  package static func checksum(_ bytes: ArraySlice<UInt8>, continuing previous: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { data in
      tables.withUnsafeBufferPointer { table in ~advance(~previous, over: data, table) }
    }
  }

  private static func advance(
    _ start: UInt32, over data: UnsafeRawBufferPointer, _ table: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    var crc = start
    var offset = 0
    while offset &+ 8 <= data.count {
      let word = UInt64(littleEndian: data.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ UInt64(crc)
      crc = 0
      for slice in 0..<8 {
        let byte = Int(truncatingIfNeeded: (word >> (UInt64(slice) &* 8)) & 0xFF)
        crc ^= table[(7 &- slice) &* 256 &+ byte]
      }
      offset &+= 8
    }
    while offset < data.count {
      crc = (crc >> 8) ^ table[Int((crc ^ UInt32(data[offset])) & 0xFF)]
      offset &+= 1
    }
    return crc
  }
}
