/// Why a cell is not a number.
enum CSVCell {
  enum Problem {
    case missing
    case infinite
    case decimalComma
    case thousands
    case tooLarge
    case text

    /// Follows the cell's text in a message.
    var explanation: String {
      switch self {
      case .missing: "a missing value"
      case .infinite: "not a finite number"
      case .decimalComma: "a decimal comma? write a decimal point"
      case .thousands: "thousands separators? write the digits alone"
      case .tooLarge: "beyond the largest number of 64-bit floating point"
      case .text: "not a number"
      }
    }
  }

  private static let missingWords: [String] = [
    "", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "missing", "?", "-", ".",
  ]
  private static let infiniteWords: [String] = ["inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"]

  /// What ails a cell that ``NumberGrammar`` refused.
  static func problem(_ text: String) -> Problem {
    let word = text.lowercased()
    if missingWords.contains(word) { return .missing }
    if infiniteWords.contains(word) { return .infinite }
    let scalars = Array(word.unicodeScalars)
    if isThousands(scalars) { return .thousands }
    return isDecimalComma(scalars) ? .decimalComma : .text
  }

  /// `text` for a message: control characters out, at most 40 characters.
  static func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }
    let clean = String(String.UnicodeScalarView(scalars))
    return clean.count > 40 ? clean.prefix(40) + "…" : clean
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar >= "0" && scalar <= "9" }

  private static func unsigned(_ scalars: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar> {
    scalars.first == "-" || scalars.first == "+" ? scalars.dropFirst() : scalars[...]
  }

  private static func isDecimalComma(_ scalars: [Unicode.Scalar]) -> Bool {
    let parts = unsigned(scalars).split(separator: ",", omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in !part.isEmpty && part.allSatisfy { isDigit($0) || $0 == "e" || $0 == "-" } }
  }

  /// Groups of three digits after the first, parted by commas (at least two, or a decimal point follows), spaces or
  /// quotes.
  private static func isThousands(_ scalars: [Unicode.Scalar]) -> Bool {
    let number = unsigned(scalars)
    let whole = number.prefix { $0 != "." }
    for mark in [",", " ", "'", "\u{A0}", "\u{202F}"] as [Unicode.Scalar] {
      let groups = whole.split(separator: mark, omittingEmptySubsequences: false)
      guard groups.count > 1, let first = groups.first, (1...3).contains(first.count), first.allSatisfy(isDigit),
        groups.dropFirst().allSatisfy({ $0.count == 3 && $0.allSatisfy(isDigit) })
      else { continue }
      if mark != "," || groups.count > 2 || whole.count < number.count { return true }
    }
    return false
  }
}
