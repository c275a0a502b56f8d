/// NumPy's array files (NPY 1.0, 2.0, 3.0): real numbers, integers and booleans in one or two dimensions.
package enum NPY {
  private static let headerLimit = 10_000

  /// Reads a table without column names; a one-dimensional array becomes one column.
  ///
  /// Element types: `f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1`, either byte order, C or Fortran order. Integers beyond 2⁵³ are
  /// rounded to the nearest double.
  ///
  /// - Throws: not NPY, other element types (objects are never unpickled), other shapes, a truncated or too long file,
  ///   no values, values that are not finite.
  /// - Parameter foldingLeadingAxes: also read arrays of more dimensions, as (product of the others) × last.
  package static func parse(
    _ bytes: [UInt8], name: String, foldingLeadingAxes: Bool = false
  ) throws(DataError) -> Table {
    let (header, start) = try header(bytes, name)
    let element = try NPYElement(descr: header.descr, file: name)
    let (rows, columns) = try dimensions(header.shape, name, folding: foldingLeadingAxes)
    let (count, countOverflow) = rows.multipliedReportingOverflow(by: columns)
    let (size, sizeOverflow) = count.multipliedReportingOverflow(by: element.size)
    guard !countOverflow, !sizeOverflow else {
      throw DataError("the shape (\(rows), \(columns)) of `\(name)` is larger than any memory", at: name)
    }
    guard count > 0 else { throw DataError("`\(name)` holds no values: its shape is (\(rows), \(columns))", at: name) }
    let found = bytes.count - start
    guard found == size else {
      let state = found < size ? "is truncated" : "is longer than its header says"
      throw DataError(
        "`\(name)` \(state)", at: name,
        notes: ["\(rows) × \(columns) values of type \(header.descr) take \(size) bytes, found \(found)"])
    }
    var values = [Double](repeating: 0, count: count)
    bytes.withUnsafeBytes { raw in
      for i in 0..<rows {
        for j in 0..<columns {
          let place = header.fortranOrder ? j * rows + i : i * columns + j
          values[i * columns + j] = element.value(raw, at: start + place * element.size)
        }
      }
    }
    try checkFinite(values, columns: columns, name)
    return Table(names: nil, rows: rows, columns: columns, values: values)
  }

  /// The parsed header and the offset of the data.
  private static func header(_ bytes: [UInt8], _ name: String) throws(DataError) -> (NPYHeader, Int) {
    guard bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      if let format = ForeignFormats.name(of: bytes) {
        throw ForeignFormats.error(file: name, format: format, expected: "NPY")
      }
      throw DataError("`\(name)` is not an NPY file", at: name, notes: ["the first six bytes are not `\\x93NUMPY`"])
    }
    guard bytes.count >= 12 else { throw DataError("`\(name)` is truncated inside its header", at: name) }
    let major = bytes[6]
    guard (1...3).contains(major) else {
      throw DataError("`\(name)` has NPY version \(major).\(bytes[7]); 1, 2 and 3 are known", at: name)
    }
    let prefix = major == 1 ? 10 : 12
    let length = (8..<prefix).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard length <= headerLimit else {
      throw DataError("the header of `\(name)` has \(length) bytes; the limit is \(headerLimit)", at: name)
    }
    guard bytes.count >= prefix + length else { throw DataError("`\(name)` is truncated inside its header", at: name) }
    let text = bytes[prefix..<(prefix + length)]
    guard let header = NPYHeader(text) else {
      throw DataError(
        "the header of `\(name)` is not that of a plain array", at: name,
        notes: ["it reads `\(CSVCell.shown(String(decoding: text.prefix(200), as: UTF8.self)))`"],
        help: "save one array of numbers: `numpy.save(file, array.astype(float))`")
    }
    return (header, prefix + length)
  }

  private static func dimensions(
    _ shape: [Int], _ name: String, folding: Bool
  ) throws(DataError) -> (rows: Int, columns: Int) {
    if folding, shape.count > 2, !shape.contains(where: { $0 > 1 << 20 }) {
      return (shape.dropLast().reduce(1, &*), shape[shape.count - 1])
    }
    switch shape.count {
    case 1: return (shape[0], 1)
    case 2: return (shape[0], shape[1])
    default:
      throw DataError(
        "`\(name)` has \(shape.count) dimensions; 1 or 2 are needed", at: name,
        help: "reshape it to (rows, columns) and save it again")
    }
  }

  private static func checkFinite(_ values: [Double], columns: Int, _ name: String) throws(DataError) {
    let bad = values.indices.filter { !values[$0].isFinite }
    guard !bad.isEmpty else { return }
    var notes = bad.prefix(3).map { "row \($0 / columns + 1), column \($0 % columns) (counted from 0): \(values[$0])" }
    if bad.count > 3 { notes.append("and \(bad.count - 3) more") }
    let what = bad.count == 1 ? "1 value is" : "\(bad.count) values are"
    throw DataError(
      "\(what) not finite in `\(name)`", at: name, notes: notes,
      help: "fill in the missing values or remove their rows: they are never guessed")
  }
}

/// An element type of NPY: kind, size in bytes and byte order.
struct NPYElement {
  private enum Kind { case float, signed, unsigned, boolean }

  let size: Int
  private let kind: Kind
  private let bigEndian: Bool

  /// Reads a `descr` such as `<f8`.
  init(descr: String, file: String) throws(DataError) {
    let letters = Array(descr.utf8)
    let ordered = letters.first.map { "<>|=".utf8.contains($0) } ?? false
    bigEndian = letters.first == UInt8(ascii: ">")
    let type = String(decoding: ordered ? letters.dropFirst() : letters[...], as: UTF8.self)
    switch type {
    case "f4", "f8": kind = .float
    case "i1", "i2", "i4", "i8": kind = .signed
    case "u1", "u2", "u4", "u8": kind = .unsigned
    case "b1", "?": kind = .boolean
    default:
      throw DataError(
        "`\(file)` holds \(Self.family(type)) (`\(CSVCell.shown(descr))`), not numbers that can be read", at: file,
        notes: ["known are f4, f8, i1 to i8, u1 to u8 and b1"],
        help: "save it as `numpy.save(file, array.astype(float))`")
    }
    size = type == "?" ? 1 : Int(type.suffix(1)) ?? 1
  }

  private static func family(_ type: String) -> String {
    switch type.first {
    case "O": "Python objects, which are never unpickled,"
    case "c": "complex numbers"
    case "U", "S", "a": "text"
    case "M", "m": "dates"
    case "V": "records"
    case "f": "floating-point numbers of another size"
    default: "values of an unknown type"
    }
  }

  /// The element at `offset`, as a double.
  func value(_ raw: UnsafeRawBufferPointer, at offset: Int) -> Double {
    var bits: UInt64 = 0
    for i in 0..<size { bits = bits << 8 | UInt64(raw[offset + (bigEndian ? i : size - 1 - i)]) }
    switch kind {
    case .boolean: return bits == 0 ? 0 : 1
    case .unsigned: return Double(bits)
    case .signed:
      let unused = UInt64(64 - 8 * size)
      return Double(Int64(bitPattern: bits << unused) >> Int64(unused))
    case .float:
      return size == 8
        ? Double(bitPattern: bits) : Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    }
  }
}
