import Yams

/// Text to ``Element`` tree, through Yams. Reports syntax errors, duplicate keys and merge keys.
struct YAMLReader {
  static let nodeLimit = 100_000

  private let source: SourceText
  /// Stand-ins for keys that occurred again later in their mapping, and what they stand for.
  private var renamed: [String: String] = [:]
  private var nodes = 0

  private init(_ source: SourceText) { self.source = source }

  /// The tree of the file, or nil where it cannot be read; an empty file has none.
  static func read(_ source: SourceText, _ issues: inout Issues) -> Element? {
    var reader = YAMLReader(source)
    guard let root = reader.compose(&issues) else { return nil }
    return reader.element(root, depth: 0, &issues)
  }

  /// Yams stops at the first duplicate key. Each time, the first of the equal keys is overwritten with a stand-in of
  /// the same length and the text is parsed again, so that all duplicates are found and other errors as well.
  private mutating func compose(_ issues: inout Issues) -> Node? {
    var lines = source.lines
    for round in 0...SweepErrors.limit {
      do {
        // The parser keeps a pointer into the string's storage, which short strings do not have; the added lines make
        // it long.
        var text = lines.map { String(String.UnicodeScalarView($0)) }.joined(separator: "\n")
        text += String(repeating: "\n", count: 16)
        text.makeContiguousUTF8()
        let node = try withExtendedLifetime(text) {
          try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        }
        if node == nil { issues.error(.syntax, "this file is empty", at: .file) }
        return node
      } catch YamlError.duplicatedKeysInMapping(_, let context) {
        guard round < SweepErrors.limit, rename(context.mark, round, &lines) else {
          issues.error(
            .duplicateKey, "a key stands twice in one mapping", at: span(context.mark, length: 1))
          return nil
        }
      } catch {
        report(error, &issues)
        return nil
      }
    }
    return nil
  }

  private mutating func rename(_ mark: Mark, _ round: Int, _ lines: inout [[Unicode.Scalar]]) -> Bool {
    guard mark.line >= 1, mark.line <= lines.count, mark.column >= 1, mark.column <= lines[mark.line - 1].count,
      let stand = Unicode.Scalar(0xE000 + UInt32(round))
    else { return false }
    let line = lines[mark.line - 1]
    var start = mark.column - 1
    let quote: Unicode.Scalar? = line[start] == "'" || line[start] == "\"" ? line[start] : nil
    if quote != nil { start += 1 }
    let end = Self.keyEnd(line, from: start, quote: quote)
    guard end > start else { return false }
    let name = String(String.UnicodeScalarView(line[start..<end]))
    lines[mark.line - 1].replaceSubrange(start..<end, with: repeatElement(stand, count: end - start))
    renamed[String(repeating: String(Character(stand)), count: end - start)] = name
    return true
  }

  private static func keyEnd(_ line: [Unicode.Scalar], from start: Int, quote: Unicode.Scalar?) -> Int {
    let rest = line[start...]
    if let quote { return rest.firstIndex(of: quote) ?? start }
    var end =
      rest.indices.first { index in
        line[index] == ":" && (index + 1 == line.count || " \t,[]{}".unicodeScalars.contains(line[index + 1]))
      } ?? start
    while end > start, line[end - 1] == " " || line[end - 1] == "\t" { end -= 1 }
    return end
  }

  private func report(_ error: any Error, _ issues: inout Issues) {
    guard let error = error as? YamlError else {
      issues.error(.syntax, "this is not valid YAML", at: .file)
      return
    }
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      var related: [Diagnostic.Related] = []
      if let context, context.mark.line != mark.line, context.mark.line <= source.lines.count, context.mark.line > 0 {
        related = [Diagnostic.Related(span: span(context.mark, length: 1), label: context.text)]
      }
      issues.error(
        .syntax, "this is not valid YAML: \(Printable.text(problem))", at: span(mark, length: 1),
        label: "the parser stopped here", related: related, helps: Self.hints(problem))
    default:
      issues.error(.syntax, "this is not valid YAML", at: .file)
    }
  }

  private static func hints(_ problem: String) -> [String] {
    if problem.contains("mapping values are not allowed") {
      return ["a `:` inside text needs quotes; a new key needs its own line or a `,`"]
    }
    if problem.contains("expected ',' or") { return ["a bracket is not closed, or a `,` is missing"] }
    if problem.contains("undefined alias") { return ["text that begins with `*` needs quotes"] }
    if problem.contains("expected <block end>") { return ["check the indentation of this line and the one before"] }
    return []
  }

  private func span(_ mark: Mark, length: Int) -> SourceSpan {
    let last = source.lines.lastIndex { !$0.isEmpty } ?? 0
    if mark.line > last + 1 { return SourceSpan(line: last + 1, column: max(1, source.lines[last].count)) }
    return SourceSpan(line: max(1, mark.line), column: max(1, mark.column), length: length)
  }

  private mutating func element(_ node: Node, depth: Int, _ issues: inout Issues) -> Element? {
    nodes += 1
    guard let mark = node.mark else { return nil }
    guard depth <= LexicalScan.depthLimit, nodes <= Self.nodeLimit else {
      if nodes <= Self.nodeLimit + 1 {
        issues.error(
          .refusedFeature,
          depth > LexicalScan.depthLimit
            ? "nested deeper than \(LexicalScan.depthLimit) levels"
            : "more than \(Self.nodeLimit) values, aliases counted as often as they are used",
          at: span(mark, length: 1))
        nodes = Self.nodeLimit + 1
      }
      return nil
    }
    switch node {
    case .scalar(let scalar): return self.scalar(scalar, mark)
    case .sequence(let sequence):
      let items = sequence.compactMap { element($0, depth: depth + 1, &issues) }
      return Element(span: bracket(mark, open: "[", close: "]"), content: .list(items))
    case .mapping(let mapping): return self.mapping(mapping, mark, depth, &issues)
    case .alias: return nil
    }
  }

  private func scalar(_ scalar: Node.Scalar, _ mark: Mark) -> Element {
    let isPlain = scalar.style == .plain || scalar.style == .any
    let tail = source.tail(line: mark.line, column: mark.column)
    let length = isPlain ? min(scalar.string.unicodeScalars.count, tail.count) : Self.quotedLength(tail)
    return Element(span: span(mark, length: max(1, length)), content: .scalar(scalar.string, isPlain: isPlain))
  }

  private static func quotedLength(_ tail: ArraySlice<Unicode.Scalar>) -> Int {
    guard let quote = tail.first, quote == "'" || quote == "\"" else { return 1 }
    return (tail.dropFirst().firstIndex(of: quote) ?? tail.startIndex) - tail.startIndex + 1
  }

  /// A flow collection that ends on its own line is underlined whole.
  private func bracket(_ mark: Mark, open: Unicode.Scalar, close: Unicode.Scalar) -> SourceSpan {
    let tail = source.tail(line: mark.line, column: mark.column)
    guard tail.first == open else { return span(mark, length: 1) }
    var depth = 0
    for (offset, scalar) in tail.enumerated() {
      depth += scalar == open ? 1 : scalar == close ? -1 : 0
      if depth == 0 { return span(mark, length: offset + 1) }
    }
    return span(mark, length: tail.count)
  }

  private mutating func mapping(
    _ mapping: Node.Mapping, _ mark: Mark, _ depth: Int, _ issues: inout Issues
  ) -> Element? {
    var entries: [Element.Entry] = []
    for (keyNode, valueNode) in mapping {
      let keyMark = keyNode.mark ?? mark
      guard let key = keyNode.scalar else {
        issues.error(.refusedFeature, "a key that is not plain text", at: span(keyMark, length: 1))
        continue
      }
      let keySpan = scalar(key, keyMark).span
      if key.string == "<<" {
        issues.error(
          .refusedFeature, "a YAML merge key", at: keySpan, label: "not used in sweep files",
          helps: ["write the settings out, or use `union`"])
        continue
      }
      guard let value = element(valueNode, depth: depth + 1, &issues) else { continue }
      entries.append(Element.Entry(key: key.string, keySpan: keySpan, value: value))
    }
    let kept = reportDuplicates(entries, &issues)
    return Element(span: bracket(mark, open: "{", close: "}"), content: .mapping(kept))
  }

  /// Takes the stand-ins out and reports each with the last of its equals.
  private func reportDuplicates(_ entries: [Element.Entry], _ issues: inout Issues) -> [Element.Entry] {
    let kept = entries.filter { renamed[$0.key] == nil }
    for entry in entries {
      guard let name = renamed[entry.key] else { continue }
      let later = kept.last { $0.key == name }
      let isAxis = name.contains(".")
      issues.error(
        isAxis ? .duplicateAxis : .duplicateKey,
        "duplicate \(isAxis ? "axis" : "key") `\(Printable.text(name))`", at: later?.keySpan ?? entry.keySpan,
        label: "and here again",
        related: [Diagnostic.Related(span: entry.keySpan, label: "stands here first")],
        helps: ["keep one of them"])
    }
    return kept
  }
}
