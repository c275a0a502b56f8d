import Testing

@testable import RavineDescent

@Suite("CSV files")
struct CSVTests {
  private func parse(_ text: String, _ header: HeaderRule = .detect) throws -> Table {
    try CSV.parse(Array(text.utf8), name: "data.csv", header: header)
  }

  /// The messages of the error that reading `text` throws.
  private func messages(_ text: String, _ header: HeaderRule = .detect) -> [String] {
    do {
      let table = try parse(text, header)
      return ["no error, but \(table.rows) rows"]
    } catch {
      return (error as? DataError)?.messages ?? ["another error"]
    }
  }

  private let expected = Table(names: ["a", "b"], rows: 2, columns: 2, values: [1, 2.5, -3, 4e-3])

  @Test(
    "one table in many spellings",
    arguments: [
      "a,b\n1,2.5\n-3,4e-3\n", "a,b\r\n1,2.5\r\n-3,4e-3", "a;b\n1;2.5\n-3;4e-3\n", "a\tb\n1\t2.5\n-3\t4e-3\n",
      "\u{FEFF}a,b\n1,2.5\n-3,4e-3\n", "\"a\",\"b\"\n\"1\",2.5\n-3,\"4e-3\"\n", "\n\na , b\n\n 1, 2.5 \n-3,.004\n\n",
      "a,b\r1,2.5\r-3,0.4E-2\r", "a,b\n+1,2.50\n-3.,4e-03\n",
    ])
  func spellings(text: String) throws { #expect(try parse(text) == expected) }

  @Test("header rules")
  func headers() throws {
    #expect(try parse("1,2\n3,4\n").names == nil)
    #expect(try parse("1,2\n3,4\n").rows == 2)
    #expect(try parse("1,2\n3,4\n", .present).names == ["1", "2"])
    #expect(try parse("x,\n3,4\n").names == ["x", "column 1"])
    #expect(messages("a,b\n1,2\n", .absent)[0].contains("column 0 (counted from 0): `a` is not a number"))
    // A number beside a gap is a row, not a header.
    #expect(messages("1,NA\n3,4\n")[0].contains("line 1 (row 1), column 1 (counted from 0): `NA` is a missing value"))
    #expect(
      messages("0,1,2\n3,4,5\n")[0].hasPrefix("line 1 of `data.csv` reads 0,1,2,…: names of columns or the first row?"))
    #expect(try parse("0,1,2\n3,4,5\n", .absent).rows == 2)
  }

  @Test("quotes keep separators, line ends and doubled quotes")
  func quotes() throws {
    #expect(try parse("\"a,\"\"1\"\"\",\"b\nc\"\n1,2\n").names == ["a,\"1\"", "b\nc"])
    #expect(messages("a,b\n1,2\n1,\"x\n")[0].hasPrefix("`data.csv` ends inside a quoted field\n  --> data.csv:3"))
    #expect(messages("a,b\n1,\"2\"3\n")[0].hasPrefix("`data.csv` has text after a closing quote\n  --> data.csv:2"))
    // Line numbers count the line ends inside quotes.
    #expect(messages("\"a\nb\",c\n1,x\n")[0].contains("line 3 (row 1), column `c`: `x`"))
  }

  @Test("ragged rows: the first three with found and expected, and the total")
  func ragged() {
    let found = messages("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3\n1\n1,2\n")
    #expect(
      found == [
        """
        4 rows have not the 3 fields of line 1 in `data.csv`
          --> data.csv:3
           = note: line 3 (row 2): found 2, expected 3
           = note: line 4 (row 3): found 4, expected 3
           = note: line 6 (row 5): found 1, expected 3
           = note: and 1 more
           = help: the separator was taken to be `,`; decimal commas need `;` between the fields
        """
      ])
    #expect(messages("a,b\n1,2,\n3,4,\n")[0].hasSuffix("= help: these lines end with a separator; remove it"))
  }

  @Test("cells that are not numbers: row, column, text, reason, all at once with ragged rows")
  func cells() {
    let found = messages("x,y\n1,NaN\n,2\ntwo,3\n1\n1e999,inf\n")
    #expect(found.count == 2)
    #expect(
      found[1] == """
        5 cells are not numbers in `data.csv`
          --> data.csv:2
           = note: line 2 (row 1), column `y`: `NaN` is a missing value
           = note: line 3 (row 2), column `x`: `` is a missing value
           = note: line 4 (row 3), column `x`: `two` is not a number
           = note: and 2 more
           = help: fill in the missing values or remove their rows: they are never guessed
        """)
  }

  @Test(
    "near-numbers are named",
    arguments: [
      ("a;b\n1,5;2\n", "`1,5` is a decimal comma? write a decimal point"),
      ("a,b\n\"1,5\",2\n", "`1,5` is a decimal comma? write a decimal point"),
      ("a;b\n1,234,567;2\n", "`1,234,567` is thousands separators? write the digits alone"),
      ("a;b\n1'234;2\n", "`1'234` is thousands separators? write the digits alone"),
      ("a,b\n1e400,2\n", "`1e400` is beyond the largest number of 64-bit floating point"),
      ("a,b\n0x10,2\n", "`0x10` is not a number"), ("a,b\n1_000,2\n", "`1_000` is not a number"),
      ("a,b\n-inf,2\n", "`-inf` is not a finite number"), ("a,b\n1.2.3,2\n", "`1.2.3` is not a number"),
      ("a,b\n\u{1B}[31m,2\n", "` [31m` is not a number"), ("a,b\n1e,2\n", "`1e` is not a number"),
      ("a,b\n.,2\n", "`.` is a missing value"),
    ])
  func nearNumbers(text: String, note: String) { #expect(messages(text)[0].contains(note)) }

  @Test("other formats are recognised by their first bytes")
  func foreign() {
    func first(_ bytes: [UInt8]) -> String {
      do {
        _ = try CSV.parse(bytes, name: "d.csv", header: .detect)
        return "no error"
      } catch { return error.messages[0] }
    }
    #expect(first([0x1F, 0x8B, 8, 0]).hasPrefix("`d.csv` is not CSV but gzip"))
    #expect(first(Array("PK\u{3}\u{4}rest".utf8)).hasPrefix("`d.csv` is not CSV but zip"))
    #expect(first(Array("PAR1....".utf8)).hasPrefix("`d.csv` is not CSV but Parquet"))
    #expect(first([0x93] + Array("NUMPY".utf8)).hasPrefix("`d.csv` is not CSV but NPY"))
    #expect(first([0xFF, 0xFE, 0x31, 0]).hasPrefix("`d.csv` is not CSV but UTF-16 text"))
    #expect(first(Array("1,2\n3,\0\n".utf8)).hasPrefix("`d.csv` holds a NUL byte at offset 6"))
  }

  @Test("nothing to read")
  func empty() {
    #expect(messages("")[0] == "`data.csv` is empty\n  --> data.csv")
    #expect(messages("\n\n")[0] == "`data.csv` is empty\n  --> data.csv")
    #expect(messages("a,b\n")[0].hasPrefix("`data.csv` has a header but no rows"))
  }

  @Test("numbers are the correctly rounded doubles")
  func rounding() {
    let stream = RandomStream(seed: 1, stream: 1)
    var texts = [
      "9007199254740993", "0.1", "1e22", "1e23", "123456789012345678901234567890", "4.9e-324", "1e-400", "-0",
    ]
    texts += (0..<500).map { index in
      let value = Double(bitPattern: stream.bits(at: UInt64(index)))
      return value.isFinite ? "\(value)" : "0"
    }
    texts += (0..<500).map { index in
      let bits = stream.bits(at: UInt64(1000 + index))
      return "\(bits % 1_000_000).\(bits >> 40)e\(index % 40 - 20)"
    }
    for text in texts {
      let value = Array(text.utf8).withUnsafeBufferPointer { NumberGrammar.value($0[...]) }
      #expect(value == .number(Double(text) ?? .nan), "\(text)")
    }
  }

  @Test("any prefix or one-byte change of a file gives a table or an error, never a trap")
  func mangled() throws {
    let original = Array("\u{FEFF}a,\"b \"\"q\"\"\",c\r\n1,\"2\",3e-4\r\n-.5,6,\"7\"\n".utf8)
    for length in 0...original.count { _ = try? CSV.parse(Array(original.prefix(length)), name: "f", header: .detect) }
    for place in original.indices {
      for byte: UInt8 in [0, 0x22, 0x2C, 0x3B, 0x0A, 0x0D, 0x09, 0x2D, 0x65, 0xFF] {
        var bytes = original
        bytes[place] = byte
        let table = try? CSV.parse(bytes, name: "f", header: .detect)
        if let table { #expect(table.values.count == table.rows * table.columns) }
      }
    }
  }
}
