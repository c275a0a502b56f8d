/// The words of a constraint with their columns.
struct ExpressionToken: Hashable {
  enum Kind: Hashable {
    case number(Double)
    case name(String)
    case symbol(String)
  }

  var kind: Kind
  /// Scalars before it, and its own length.
  var offset: Int
  var length: Int
}

/// Why a constraint cannot be read.
struct ExpressionError: Error, Hashable {
  var message: String
  var offset: Int
  var length: Int
  var help: String?
}

enum ExpressionLexer {
  static let lengthLimit = 1_024

  static func tokens(_ text: String) throws(ExpressionError) -> [ExpressionToken] {
    let scalars = Array(text.unicodeScalars)
    guard scalars.count <= lengthLimit else {
      throw ExpressionError(message: "longer than \(lengthLimit) characters", offset: 0, length: 1)
    }
    var tokens: [ExpressionToken] = []
    var position = 0
    while position < scalars.count {
      let scalar = scalars[position]
      if scalar == " " || scalar == "\t" || scalar == "\n" {
        position += 1
        continue
      }
      let token = try token(scalars, at: position)
      tokens.append(token)
      position += token.length
    }
    return tokens
  }

  private static func token(
    _ scalars: [Unicode.Scalar], at start: Int
  ) throws(ExpressionError) -> ExpressionToken {
    let scalar = scalars[start]
    if isDigit(scalar) { return try number(scalars, at: start) }
    if isLetter(scalar) {
      let run = scalars[start...].prefix { isLetter($0) || isDigit($0) || $0 == "." || $0 == "-" || $0 == "_" }
      var length = run.count
      while length > 1, scalars[start + length - 1] == "-" || scalars[start + length - 1] == "." { length -= 1 }
      let name = string(scalars[start..<start + length])
      return ExpressionToken(kind: .name(name), offset: start, length: length)
    }
    let pair = start + 1 < scalars.count ? string(scalars[start...start + 1]) : ""
    if ["<=", ">=", "==", "!="].contains(pair) {
      return ExpressionToken(kind: .symbol(pair), offset: start, length: 2)
    }
    let single = string(scalars[start...start])
    if ["<", ">", "+", "-", "*", "/", "(", ")"].contains(single) {
      return ExpressionToken(kind: .symbol(single), offset: start, length: 1)
    }
    let help: String? =
      switch single {
      case "=": "write `==`"
      case "&": "write `and`"
      case "|": "write `or`"
      case "!": "write `not`"
      case "^": "write the product out"
      default: nil
      }
    throw ExpressionError(
      message: "`\(Printable.text(single))` is not part of a constraint", offset: start, length: 1, help: help)
  }

  private static func number(
    _ scalars: [Unicode.Scalar], at start: Int
  ) throws(ExpressionError) -> ExpressionToken {
    var end = start
    while end < scalars.count {
      let scalar = scalars[end]
      let isSign = (scalar == "+" || scalar == "-") && (scalars[end - 1] == "e" || scalars[end - 1] == "E")
      guard isDigit(scalar) || isLetter(scalar) || scalar == "." || scalar == "_" || (end > start && isSign) else {
        break
      }
      end += 1
    }
    switch StrictNumber.parse(string(scalars[start..<end])) {
    case .success(let number):
      return ExpressionToken(kind: .number(number.value), offset: start, length: end - start)
    case .failure(let refusal):
      throw ExpressionError(message: refusal.reason, offset: start, length: end - start, help: refusal.help)
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }
}
