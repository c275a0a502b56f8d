import RavineDescent

/// Text to ``Expression``, by recursive descent.
///
/// or: and (`or` and)*; and: not (`and` not)*; not: `not` not | comparison; comparison: sum (op sum)*, a chain holds
/// where every link does; sum: product ((`+`|`-`) product)*; product: unary ((`*`|`/`) unary)*; unary: `-` unary |
/// primary; primary: number | setting | word | `(` or `)`.
struct ExpressionParser {
  static let depthLimit = 32

  /// A parsed part; `truth` where it is a condition, `word` where it is a word that awaits its setting.
  private struct Part {
    var expression: Expression
    var isTruth = false
    var word: String?
    var offset: Int
    var length: Int
  }

  private let tokens: [ExpressionToken]
  private let end: Int
  private var position = 0
  private var depth = 0

  static func parse(_ text: String) throws(ExpressionError) -> Expression {
    var parser = ExpressionParser(tokens: try ExpressionLexer.tokens(text), end: text.unicodeScalars.count)
    let part = try parser.disjunction()
    if let extra = parser.current {
      throw ExpressionError(message: "the constraint should end here", offset: extra.offset, length: extra.length)
    }
    guard part.isTruth else {
      throw ExpressionError(
        message: "this is a number, not a condition", offset: part.offset, length: part.length,
        help: "compare it, such as `… < 1`")
    }
    return part.expression
  }

  private init(tokens: [ExpressionToken], end: Int) {
    self.tokens = tokens
    self.end = end
  }

  private var current: ExpressionToken? { position < tokens.count ? tokens[position] : nil }

  private mutating func accept(_ words: [String]) -> String? {
    switch current?.kind {
    case .symbol(let text) where words.contains(text), .name(let text) where words.contains(text):
      position += 1
      return text
    default: return nil
    }
  }

  private mutating func disjunction() throws(ExpressionError) -> Part {
    var left = try conjunction()
    while accept(["or"]) != nil { left = try join(.or, left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(ExpressionError) -> Part {
    var left = try negation()
    while accept(["and"]) != nil { left = try join(.and, left, try negation()) }
    return left
  }

  private func join(
    _ operation: Expression.Operator, _ left: Part, _ right: Part
  ) throws(ExpressionError) -> Part {
    for part in [left, right] where !part.isTruth {
      throw ExpressionError(
        message: "`\(operation.rawValue)` joins conditions, this is a number", offset: part.offset,
        length: part.length)
    }
    return combined(operation, left, right, isTruth: true)
  }

  private func combined(
    _ operation: Expression.Operator, _ left: Part, _ right: Part, isTruth: Bool
  ) -> Part {
    Part(
      expression: .binary(operation, left.expression, right.expression), isTruth: isTruth, offset: left.offset,
      length: right.offset + right.length - left.offset)
  }

  private mutating func negation() throws(ExpressionError) -> Part {
    let start = current?.offset ?? end
    guard accept(["not"]) != nil else { return try comparison() }
    try enter()
    let inner = try negation()
    depth -= 1
    guard inner.isTruth else {
      throw ExpressionError(
        message: "`not` needs a condition, this is a number", offset: inner.offset, length: inner.length)
    }
    return Part(
      expression: .not(inner.expression), isTruth: true, offset: start,
      length: inner.offset + inner.length - start)
  }

  private mutating func comparison() throws(ExpressionError) -> Part {
    var left = try sum()
    var result: Part?
    while let symbol = accept(["<", "<=", ">", ">=", "==", "!="]), let operation = Expression.Operator(rawValue: symbol)
    {
      let right = try sum()
      let link = try compare(operation, left, right)
      result = result.map { combined(.and, $0, link, isTruth: true) } ?? link
      left = right
    }
    return result ?? left
  }

  private func compare(
    _ operation: Expression.Operator, _ left: Part, _ right: Part
  ) throws(ExpressionError) -> Part {
    var (left, right) = (left, right)
    for part in [left, right] where part.isTruth {
      throw ExpressionError(
        message: "a condition cannot be compared", offset: part.offset, length: part.length,
        help: "join conditions with `and`, `or`, `not`")
    }
    let named = [left, right].compactMap { part -> SettingPath? in
      guard case .setting(let path) = part.expression, Expression.isNamed(path) else { return nil }
      return path
    }.first
    if let path = named {
      guard operation == .equal || operation == .notEqual else {
        throw ExpressionError(
          message: "`\(path.name)` holds words, which have no order", offset: left.offset,
          length: right.offset + right.length - left.offset, help: "use `==` or `!=`")
      }
      left = try word(left, of: path)
      right = try word(right, of: path)
    } else {
      try requireNumbers([left, right])
    }
    return combined(operation, left, right, isTruth: true)
  }

  private func word(_ part: Part, of path: SettingPath) throws(ExpressionError) -> Part {
    if part.expression == .setting(path) { return part }
    let words = path.setting.form.words
    guard let word = part.word, let index = words.firstIndex(of: word) else {
      let near = part.word.flatMap { Spelling.nearest(to: $0, among: words) }
      throw ExpressionError(
        message: "not a value of `\(path.name)`", offset: part.offset, length: part.length,
        help: near.map { "did you mean `\($0)`?" } ?? "allowed here: \(words.joined(separator: ", "))")
    }
    return Part(expression: .constant(Double(index)), offset: part.offset, length: part.length)
  }

  private mutating func sum() throws(ExpressionError) -> Part {
    var left = try product()
    while let symbol = accept(["+", "-"]), let operation = Expression.Operator(rawValue: symbol) {
      left = try arithmetic(operation, left, try product())
    }
    return left
  }

  private mutating func product() throws(ExpressionError) -> Part {
    var left = try unary()
    while let symbol = accept(["*", "/"]), let operation = Expression.Operator(rawValue: symbol) {
      left = try arithmetic(operation, left, try unary())
    }
    return left
  }

  private func arithmetic(
    _ operation: Expression.Operator, _ left: Part, _ right: Part
  ) throws(ExpressionError) -> Part {
    try requireNumbers([left, right])
    return combined(operation, left, right, isTruth: false)
  }

  private func requireNumbers(_ parts: [Part]) throws(ExpressionError) {
    for part in parts {
      if let word = part.word { throw unknownSetting(word, part) }
      if part.isTruth {
        throw ExpressionError(
          message: "a condition is not a number", offset: part.offset, length: part.length)
      }
      if case .setting(let path) = part.expression, Expression.isNamed(path) {
        throw ExpressionError(
          message: "`\(path.name)` is not a number", offset: part.offset, length: part.length,
          help: "compare it with one of its words by `==` or `!=`")
      }
    }
  }

  private func unknownSetting(_ word: String, _ part: Part) -> ExpressionError {
    let names = SettingCatalogue.settings.filter(\.isAxis).map(\.name)
    let near = Spelling.nearest(to: word, among: names) ?? Spelling.alias(for: word)
    let spaced = names.contains { word.hasPrefix($0 + "-") }
    let help = spaced ? "put spaces around `-`" : near.map { "did you mean `\($0)`?" }
    return ExpressionError(
      message: "unknown setting `\(word)`", offset: part.offset, length: part.length, help: help)
  }

  private mutating func unary() throws(ExpressionError) -> Part {
    let start = current?.offset ?? end
    guard accept(["-"]) != nil else { return try primary() }
    try enter()
    let inner = try unary()
    depth -= 1
    try requireNumbers([inner])
    return Part(
      expression: .negative(inner.expression), offset: start, length: inner.offset + inner.length - start)
  }

  private mutating func primary() throws(ExpressionError) -> Part {
    guard let token = current else {
      throw ExpressionError(message: "something is missing at the end", offset: max(0, end - 1), length: 1)
    }
    position += 1
    switch token.kind {
    case .number(let value):
      return Part(expression: .constant(value), offset: token.offset, length: token.length)
    case .name(let name):
      guard let path = SettingPath(name: name) else {
        return Part(expression: .constant(.nan), word: name, offset: token.offset, length: token.length)
      }
      return Part(expression: .setting(path), offset: token.offset, length: token.length)
    case .symbol("("):
      try enter()
      let inner = try disjunction()
      depth -= 1
      guard accept([")"]) != nil else {
        throw ExpressionError(message: "this bracket is not closed", offset: token.offset, length: 1)
      }
      return inner
    case .symbol(let symbol):
      throw ExpressionError(
        message: "a number or a setting is missing before `\(symbol)`", offset: token.offset, length: token.length)
    }
  }

  private mutating func enter() throws(ExpressionError) {
    depth += 1
    guard depth <= Self.depthLimit else {
      throw ExpressionError(
        message: "nested deeper than \(Self.depthLimit) levels", offset: current?.offset ?? end, length: 1)
    }
  }
}
