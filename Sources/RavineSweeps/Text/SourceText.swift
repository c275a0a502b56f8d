/// The text of a sweep file, made fit for the YAML parser: no byte-order mark, line feeds only.
struct SourceText {
  /// No sweep file is larger than this many bytes.
  static let byteLimit = 1 << 20

  var text: String
  /// The lines as Unicode scalars, without their ends.
  var lines: [[Unicode.Scalar]]

  /// - Parameter text: the file as read; CRLF, CR and a byte-order mark are accepted.
  init(_ text: String) {
    var scalars = String.UnicodeScalarView()
    var lines: [[Unicode.Scalar]] = [[]]
    var previous: Unicode.Scalar?
    for (position, scalar) in text.unicodeScalars.enumerated() {
      defer { previous = scalar }
      if position == 0 && scalar == "\u{FEFF}" { continue }
      if scalar == "\n" && previous == "\r" { continue }
      let isEnd = scalar == "\n" || scalar == "\r"
      scalars.append(isEnd ? "\n" : scalar)
      if isEnd { lines.append([]) } else { lines[lines.count - 1].append(scalar) }
    }
    self.text = String(scalars)
    self.lines = lines
  }

  /// The text from a place to the end of its line; empty outside the file.
  func tail(line: Int, column: Int) -> ArraySlice<Unicode.Scalar> {
    guard line >= 1, line <= lines.count, column >= 1, column <= lines[line - 1].count else { return [] }
    return lines[line - 1][(column - 1)...]
  }

  /// Reports what no YAML file may hold: too many bytes, control characters, tabs in the indentation.
  func check(_ issues: inout Issues) {
    if text.utf8.count > Self.byteLimit {
      issues.error(
        .encoding, "this sweep file has \(text.utf8.count) bytes, at most \(Self.byteLimit) are read", at: .file,
        helps: ["a sweep is a description of settings; put data into a CSV or NPY file"])
      return
    }
    for (index, line) in lines.enumerated() {
      if let column = line.firstIndex(where: Self.isForbidden) {
        let code = String(line[column].value, radix: 16, uppercase: true)
        issues.error(
          .encoding, "a control character (U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code))",
          at: SourceSpan(line: index + 1, column: column + 1), label: "not allowed in a text file")
      }
    }
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09: false
    case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
    default: false
    }
  }

  /// Decodes a file's bytes, or says where they stop being UTF-8.
  static func decode(_ bytes: [UInt8], file: String) -> Result<String, SweepErrors> {
    if let text = String(validating: bytes, as: UTF8.self) { return .success(text) }
    let bad = firstInvalid(bytes)
    let line = bytes[..<bad].count { $0 == 0x0A } + 1
    let start = bytes[..<bad].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = String(decoding: bytes[start..<bad], as: UTF8.self).unicodeScalars.count + 1
    let utf16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    let diagnostic = Diagnostic(
      .error, .encoding, "this file is not UTF-8", file: file, at: SourceSpan(line: line, column: column),
      label: "byte 0x\(String(bytes[bad], radix: 16, uppercase: true)) is not valid here",
      helps: [utf16 ? "it looks like UTF-16; save it as UTF-8" : "save it as UTF-8"])
    return .failure(SweepErrors([diagnostic]))
  }

  private static func firstInvalid(_ bytes: [UInt8]) -> Int {
    var low = 0
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { low += UTF8.width(scalar) }
    return min(low, max(0, bytes.count - 1))
  }
}
