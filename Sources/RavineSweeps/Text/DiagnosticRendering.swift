/// Text that is safe on a terminal.
enum Printable {
  /// `text` with control characters shown as `\u{..}`, tabs as one space, and over-long text cut.
  static func text(_ text: String, limit: Int = 256) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == limit { return result + "…" }
      count += 1
      result += isControl(scalar) ? escape(scalar) : String(Character(scalar))
    }
    return result
  }

  /// A source line for display, scalar by scalar, so that the caret below stays in its column.
  static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
      || (0x2066...0x2069).contains(scalar.value)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    scalar == "\t" ? " " : "\\u{" + String(scalar.value, radix: 16) + "}"
  }
}

extension Diagnostic {
  /// The diagnostic with the user's own lines and carets, as compilers write it.
  ///
  /// - Parameter source: the text of the file; lines that it does not have are left out.
  package func render(source: String) -> String {
    let lines = source.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
    return render(lines: lines)
  }

  private func render(lines: [String]) -> String {
    var output = ["\(severity.rawValue)[\(code.rawValue)]: \(headline)"]
    let places = ([(span, label)] + related.map { ($0.span, $0.label) }).filter { $0.0.line > 0 }
    let gutter = places.map { String($0.0.line).count }.max() ?? 1
    let blank = String(repeating: " ", count: gutter)
    let position = span.line > 0 ? ":\(span.line):\(span.column)" : ""
    output.append("\(blank)--> \(Printable.text(file))\(position)")
    if !places.isEmpty {
      output.append("\(blank) |")
      for line in Set(places.map(\.0.line)).sorted() where line <= lines.count {
        output += snippet(line, places.filter { $0.0.line == line }, lines: lines, gutter: gutter)
      }
      if !helps.isEmpty || !notes.isEmpty { output.append("\(blank) |") }
    }
    output += helps.flatMap { Self.wrapped("\(blank) = help: ", $0) }
    output += notes.flatMap { Self.wrapped("\(blank) = note: ", $0) }
    return output.joined(separator: "\n")
  }

  /// A source line with one row of carets for each place on it.
  private func snippet(
    _ line: Int, _ places: [(SourceSpan, String)], lines: [String], gutter: Int
  ) -> [String] {
    let columns = places.map(\.0.column)
    let full = Printable.line(lines[line - 1])
    let (shown, shift) = Self.window(full, from: columns.min() ?? 1, to: columns.max() ?? 1)
    let number = String(line)
    var output = ["\(String(repeating: " ", count: gutter - number.count))\(number) | \(shown)"]
    for (place, text) in places {
      let column = place.column - shift
      let room = max(1, shown.unicodeScalars.count - column + 1)
      let carets = String(repeating: "^", count: max(1, min(place.length, room)))
      let indent = String(repeating: " ", count: max(0, column - 1))
      output.append("\(String(repeating: " ", count: gutter)) | \(indent)\(carets)\(text.isEmpty ? "" : " " + text)")
    }
    return output
  }

  /// The part of a very long line around some columns, and by how much its columns are smaller.
  private static func window(_ line: String, from first: Int, to last: Int) -> (String, shift: Int) {
    let scalars = Array(line.unicodeScalars)
    guard scalars.count > 160 else { return (line, 0) }
    let start = max(0, min(first - 60, scalars.count - 120))
    let end = min(scalars.count, max(start + 120, min(last + 20, start + 400)))
    let middle = String(String.UnicodeScalarView(scalars[start..<end]))
    return (
      (start > 0 ? "…" : "") + middle + (end < scalars.count ? "…" : ""), start - (start > 0 ? 1 : 0)
    )
  }

  /// Text broken at spaces to lines of at most 110 characters.
  private static func wrapped(_ head: String, _ text: String) -> [String] {
    let indent = String(repeating: " ", count: head.count)
    var lines: [String] = []
    var line = head
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if line.count + word.count > 110 && line.count > head.count {
        lines.append(String(line.dropLast()))
        line = indent
      }
      line += word + " "
    }
    return lines + [String(line.dropLast())]
  }
}
