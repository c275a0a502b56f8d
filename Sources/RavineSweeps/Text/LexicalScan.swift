/// A pass over the raw text before the YAML parser sees it: finds the YAML features that a sweep file may not use and
/// that could make the parser slow (aliases as keys, deep nesting, many aliases).
///
/// It knows quotes, comments and block scalars; it need not know more, for the parser still checks everything.
struct LexicalScan {
  static let aliasLimit = 64
  static let depthLimit = 32

  private let lines: [[Unicode.Scalar]]
  private var quote: Unicode.Scalar?
  private var depth = 0
  private var aliases = 0
  private var sawContent = false
  private var blockIndent: Int?

  private init(_ lines: [[Unicode.Scalar]]) { self.lines = lines }

  /// Reports everything refused; the file goes to the parser only when nothing was.
  static func check(_ source: SourceText, _ issues: inout Issues) {
    var scan = LexicalScan(source.lines)
    for index in source.lines.indices { scan.line(index, &issues) }
    if scan.aliases > aliasLimit {
      issues.error(
        .refusedFeature, "this file uses \(scan.aliases) aliases, at most \(aliasLimit) are allowed", at: .file,
        helps: ["use `axes` and `union` to repeat settings"])
    }
  }

  private mutating func line(_ index: Int, _ issues: inout Issues) {
    let line = lines[index]
    let indent = line.firstIndex { $0 != " " } ?? line.count
    if let block = blockIndent {
      if indent == line.count || indent > block { return }
      blockIndent = nil
    }
    guard line.contains(where: { $0 != " " && $0 != "\t" }) else { return }
    if quote == nil {
      if line[indent] == "\t" {
        issues.error(
          .encoding, "a tab in the indentation", at: SourceSpan(line: index + 1, column: indent + 1),
          label: "YAML indents with spaces only", helps: ["replace it by spaces"])
        return
      }
      if marker(line, index, &issues) { return }
    }
    tokens(line, index, &issues)
    if quote == nil, Self.opensBlockScalar(line) { blockIndent = indent }
  }

  /// Document markers and directives.
  private mutating func marker(_ line: [Unicode.Scalar], _ index: Int, _ issues: inout Issues) -> Bool {
    let head = String(String.UnicodeScalarView(line.prefix(3)))
    let ends = line.count == 3 || line.dropFirst(3).first == " "
    if line.first == "%" {
      issues.error(
        .refusedFeature, "a YAML directive", at: SourceSpan(line: index + 1, column: 1, length: line.count),
        label: "not used in sweep files", helps: ["remove this line"])
      return true
    }
    guard head == "---" || head == "...", ends else { return false }
    if sawContent && head == "---" {
      issues.error(
        .refusedFeature, "a second document", at: SourceSpan(line: index + 1, column: 1, length: 3),
        label: "one file holds one sweep", helps: ["put the second sweep into its own file, or use `union`"])
    }
    return line.count <= 3
  }

  /// Walks one line. A quote, bracket, tag or alias means something only where a value or key can begin: at the start
  /// of a line, after an indicator, and inside brackets after their punctuation.
  private mutating func tokens(_ line: [Unicode.Scalar], _ index: Int, _ issues: inout Issues) {
    var canBegin = true
    var column = 0
    while column < line.count {
      let scalar = line[column]
      defer { column += 1 }
      if let open = quote {
        column += closeQuote(open, scalar, line, column)
        canBegin = false
        continue
      }
      if scalar == " " || scalar == "\t" { continue }
      let isSpaced = column == 0 || line[column - 1] == " " || line[column - 1] == "\t"
      if scalar == "#" && isSpaced { return }
      sawContent = true
      let span = SourceSpan(line: index + 1, column: column + 1)
      if canBegin || depth > 0 { token(scalar, canBegin: canBegin, line, span, &issues) }
      if canBegin, "&!*".unicodeScalars.contains(scalar) {
        column += word(line, span).length - 1
        canBegin = scalar != "*"
      } else {
        canBegin = begins(after: scalar, canBegin, line, column)
      }
    }
  }

  /// Ends the quote where it ends; returns how many scalars to skip.
  private mutating func closeQuote(
    _ open: Unicode.Scalar, _ scalar: Unicode.Scalar, _ line: [Unicode.Scalar], _ column: Int
  ) -> Int {
    if open == "\"" && scalar == "\\" { return 1 }
    guard scalar == open else { return 0 }
    if open == "'", column + 1 < line.count, line[column + 1] == "'" { return 1 }
    quote = nil
    return 0
  }

  private func begins(
    after scalar: Unicode.Scalar, _ couldBegin: Bool, _ line: [Unicode.Scalar], _ column: Int
  ) -> Bool {
    let isLast = column + 1 >= line.count || line[column + 1] == " " || line[column + 1] == "\t"
    switch scalar {
    case ":": return isLast || (depth > 0 && column > 0 && (line[column - 1] == "\"" || line[column - 1] == "'"))
    case "-", "?": return couldBegin && isLast
    case "[", "{", "]", "}", ",": return depth > 0
    default: return false
    }
  }

  private mutating func token(
    _ scalar: Unicode.Scalar, canBegin: Bool, _ line: [Unicode.Scalar], _ span: SourceSpan, _ issues: inout Issues
  ) {
    let next = span.column < line.count ? line[span.column] : " "
    switch scalar {
    case "[", "{":
      depth += 1
      if depth == Self.depthLimit + 1 {
        issues.error(
          .refusedFeature, "brackets nested deeper than \(Self.depthLimit) levels", at: span,
          helps: ["no setting needs more than three levels"])
      }
    case "]", "}":
      depth = max(0, depth - 1)
      if Self.isKey(line, after: span.column) { refuseKey(span, &issues) }
    case "\"" where canBegin, "'" where canBegin: quote = scalar
    case "!" where canBegin:
      issues.error(
        .refusedFeature, "a YAML tag", at: word(line, span), label: "not used in sweep files",
        helps: ["remove it: the type of every setting is known"])
    case "*" where canBegin && next != " ":
      aliases += 1
      let name = word(line, span)
      if Self.isKey(line, after: span.column - 1 + name.length) { refuseKey(name, &issues) }
    case "?" where canBegin && next == " ": refuseKey(span, &issues)
    default: break
    }
  }

  private func refuseKey(_ span: SourceSpan, _ issues: inout Issues) {
    issues.error(.refusedFeature, "a key that is not plain text", at: span, label: "keys are the names of settings")
  }

  /// Whether only blanks and a `:` follow.
  private static func isKey(_ line: [Unicode.Scalar], after column: Int) -> Bool {
    line.dropFirst(column).first { $0 != " " && $0 != "\t" } == ":"
  }

  private func word(_ line: [Unicode.Scalar], _ span: SourceSpan) -> SourceSpan {
    let rest = line[(span.column - 1)...].prefix { !" \t,[]{}".unicodeScalars.contains($0) }
    return SourceSpan(line: span.line, column: span.column, length: max(1, rest.count))
  }

  /// Whether the line ends with `|` or `>` (with indicators), which starts a block scalar.
  private static func opensBlockScalar(_ line: [Unicode.Scalar]) -> Bool {
    var end = line.count
    if let hash = line.indices.first(where: { $0 > 0 && line[$0] == "#" && line[$0 - 1] == " " }) { end = hash }
    let body = line[..<end]
    guard let last = body.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return false }
    let token = body[...last].reversed().prefix { $0 != " " && $0 != "\t" }.reversed()
    guard let first = token.first, first == "|" || first == ">" else { return false }
    return token.dropFirst().allSatisfy { "+-0123456789".unicodeScalars.contains($0) }
  }
}
