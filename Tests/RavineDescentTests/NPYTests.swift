import Testing

@testable import RavineDescent

@Suite("NPY files")
struct NPYTests {
  /// A file as `numpy.save` writes it.
  private func file(
    descr: String, fortran: Bool = false, shape: String, data: [UInt8], version: UInt8 = 1, header: String? = nil
  ) -> [UInt8] {
    let literal = "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
    var text = Array((header ?? literal).utf8)
    let prefix = version == 1 ? 10 : 12
    while (prefix + text.count + 1) % 64 != 0 { text.append(0x20) }
    text.append(0x0A)
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
    bytes += (0..<(prefix - 8)).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return bytes + text + data
  }

  private func little(_ values: [Double]) -> [UInt8] {
    values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
  }

  private func message(_ bytes: [UInt8]) -> String {
    do {
      let table = try NPY.parse(bytes, name: "a.npy")
      return "no error, but \(table.rows) rows"
    } catch { return error.messages.joined(separator: "\n") }
  }

  @Test("versions 1, 2 and 3", arguments: [1, 2, 3] as [UInt8])
  func versions(version: UInt8) throws {
    let bytes = file(descr: "<f8", shape: "(2, 3)", data: little([1, 2, 3, 4, 5, 6]), version: version)
    #expect(try NPY.parse(bytes, name: "a") == Table(names: nil, rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6]))
  }

  @Test("Fortran order is turned into rows")
  func fortran() throws {
    let bytes = file(descr: "<f8", fortran: true, shape: "(2, 3)", data: little([1, 4, 2, 5, 3, 6]))
    #expect(try NPY.parse(bytes, name: "a").values == [1, 2, 3, 4, 5, 6])
  }

  @Test("one dimension is one column")
  func vector() throws {
    let table = try NPY.parse(file(descr: "<f8", shape: "(3,)", data: little([7, 8, 9])), name: "a")
    #expect(table == Table(names: nil, rows: 3, columns: 1, values: [7, 8, 9]))
  }

  @Test(
    "every element type in both byte orders",
    arguments: [
      (">f8", [0xBF, 0xF8, 0, 0, 0, 0, 0, 0], -1.5), ("<f4", [0, 0, 0xC0, 0xBF], -1.5),
      (">f4", [0xBF, 0xC0, 0, 0], -1.5), ("|i1", [0xFE], -2), ("|u1", [0xFE], 254), ("<i2", [0x00, 0x80], -32768),
      (">i2", [0x80, 0x00], -32768), ("<u2", [0x00, 0x80], 32768), ("<i4", [0xFF, 0xFF, 0xFF, 0xFF], -1),
      (">u4", [0xFF, 0xFF, 0xFF, 0xFF], 4_294_967_295), ("<i8", [0, 0, 0, 0, 0, 0, 0, 0x80], -9.223372036854775808e18),
      (">u8", [0x80, 0, 0, 0, 0, 0, 0, 0], 9.223372036854775808e18), ("|b1", [1], 1), ("?", [0], 0),
      ("=f8", [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], -1.5),
    ] as [(String, [UInt8], Double)])
  func elements(descr: String, data: [UInt8], value: Double) throws {
    #expect(try NPY.parse(file(descr: descr, shape: "(1,)", data: data), name: "a").values == [value])
  }

  @Test(
    "other element types are refused by name",
    arguments: [
      ("|O", "Python objects, which are never unpickled"), ("<c16", "complex numbers"), ("<U5", "text"),
      ("|S3", "text"), ("<M8[s]", "dates"), ("|V8", "records"), ("<f2", "floating-point numbers of another size"),
    ])
  func refusedElements(descr: String, family: String) {
    let text = message(file(descr: descr, shape: "(1,)", data: [0]))
    #expect(text.hasPrefix("`a.npy` holds \(family)"))
    #expect(text.contains("`\(descr)`"))
  }

  @Test("sizes that do not fit")
  func sizes() {
    let data = little([1, 2])
    #expect(message(file(descr: "<f8", shape: "(3,)", data: data)).contains("take 24 bytes, found 16"))
    #expect(message(file(descr: "<f8", shape: "(3,)", data: data)).hasPrefix("`a.npy` is truncated"))
    #expect(message(file(descr: "<f8", shape: "(1,)", data: data)).hasPrefix("`a.npy` is longer than its header says"))
    let huge = "(4611686018427387904, 8)"
    #expect(message(file(descr: "<f8", shape: huge, data: data)).contains("is larger than any memory"))
    #expect(
      message(file(descr: "<f8", shape: "(99999999999999999999,)", data: data)).contains("not that of a plain array"))
    #expect(message(file(descr: "<f8", shape: "(0, 4)", data: [])).contains("holds no values: its shape is (0, 4)"))
    #expect(
      message(file(descr: "<f8", shape: "()", data: data)).hasPrefix("`a.npy` has 0 dimensions; 1 or 2 are needed"))
    #expect(message(file(descr: "<f8", shape: "(1, 1, 2)", data: data)).hasPrefix("`a.npy` has 3 dimensions"))
    #expect(
      message([0x93] + Array("NUMPY".utf8) + [2, 0, 0x11, 0x27, 0, 0]).contains("has 10001 bytes; the limit is 10000"))
    #expect(message([0x93] + Array("NUMPY".utf8) + [9, 0, 0, 0, 0, 0]).contains("NPY version 9.0"))
    #expect(message(Array("hello, world".utf8)).hasPrefix("`a.npy` is not an NPY file"))
    #expect(message(Array("PK\u{3}\u{4}".utf8)).contains("but zip (also .xlsx and .npz)"))
  }

  @Test("structured types and other literals are refused")
  func literals() {
    for header in [
      "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", "{}", "(1,)", "", "{'shape': (1,)}",
    ] {
      #expect(message(file(descr: "", shape: "", data: [], header: header)).contains("is not that of a plain array"))
    }
  }

  @Test("values that are not finite are counted and placed")
  func notFinite() {
    let values: [Double] = [1, .nan, 3, 4, .infinity, 6, .nan, 8, .nan, 10]
    let text = message(file(descr: "<f8", shape: "(5, 2)", data: little(values)))
    #expect(text.hasPrefix("4 values are not finite in `a.npy`"))
    #expect(text.contains("row 1, column 1 (counted from 0): nan"))
    #expect(text.contains("row 3, column 0 (counted from 0): inf"))
    #expect(text.contains("and 1 more"))
  }

  @Test("any prefix or one-byte change of a file gives a table or an error, never a trap")
  func mangled() {
    let original = file(descr: "<f8", shape: "(2, 2)", data: little([1, 2, 3, 4]))
    for length in 0..<original.count { #expect(message(Array(original.prefix(length))).contains("`a.npy`")) }
    for place in 0..<80 {
      for byte: UInt8 in [0, 0x27, 0x28, 0x29, 0x2C, 0x39, 0x7B, 0x7D, 0xFF] {
        var bytes = original
        bytes[place] = byte
        if let table = try? NPY.parse(bytes, name: "f") { #expect(table.values.count == table.rows * table.columns) }
      }
    }
  }
}
