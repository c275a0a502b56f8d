/// A condition over settings, such as `optimizer.step * (1 - optimizer.momentum) < 0.5`.
///
/// Truth values are 1 and 0. A setting that holds a word (`optimizer.kind`) counts as the number of the word in its
/// list and can only be compared for equality with one of its words.
indirect enum Expression: Hashable, Sendable {
  enum Operator: String, Hashable, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case equal = "=="
    case notEqual = "!="
    case and
    case or

    var isComparison: Bool {
      switch self {
      case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual: true
      default: false
      }
    }
  }

  case constant(Double)
  case setting(SettingPath)
  case negative(Expression)
  case not(Expression)
  case binary(Operator, Expression, Expression)

  /// - Parameter value: the number that stands for a setting.
  func evaluate(_ value: (SettingPath) -> Double) -> Double {
    switch self {
    case .constant(let number): number
    case .setting(let path): value(path)
    case .negative(let inner): -inner.evaluate(value)
    case .not(let inner): inner.evaluate(value) == 0 ? 1 : 0
    case .binary(.and, let left, let right): left.evaluate(value) != 0 && right.evaluate(value) != 0 ? 1 : 0
    case .binary(.or, let left, let right): left.evaluate(value) != 0 || right.evaluate(value) != 0 ? 1 : 0
    case .binary(let operation, let left, let right):
      Self.apply(operation, left.evaluate(value), right.evaluate(value))
    }
  }

  /// Comparisons with something that is not a number (0/0) do not hold.
  private static func apply(_ operation: Operator, _ left: Double, _ right: Double) -> Double {
    switch operation {
    case .add: left + right
    case .subtract: left - right
    case .multiply: left * right
    case .divide: left / right
    case .less: left < right ? 1 : 0
    case .lessOrEqual: left <= right ? 1 : 0
    case .greater: left > right ? 1 : 0
    case .greaterOrEqual: left >= right ? 1 : 0
    case .equal: left == right ? 1 : 0
    case .notEqual: left < right || left > right ? 1 : 0
    case .and, .or: 0
    }
  }

  /// The settings mentioned, in catalogue order.
  var paths: [SettingPath] {
    var found = Set<SettingPath>()
    collect(&found)
    return SettingPath.allCases.filter { found.contains($0) }
  }

  private func collect(_ found: inout Set<SettingPath>) {
    switch self {
    case .constant: break
    case .setting(let path): found.insert(path)
    case .negative(let inner), .not(let inner): inner.collect(&found)
    case .binary(_, let left, let right):
      left.collect(&found)
      right.collect(&found)
    }
  }

  /// The number that stands for a value in constraints; nil where it has none (`optimal`, a list).
  static func number(for value: SettingValue, of path: SettingPath) -> Double? {
    if let number = value.number { return number }
    guard isNamed(path) else { return nil }
    return path.setting.form.words.firstIndex(of: value.text).map { Double($0) }
  }

  /// Whether the setting holds words only.
  static func isNamed(_ path: SettingPath) -> Bool {
    switch path.setting.form {
    case .word, .flag: true
    default: false
    }
  }
}

/// One line of `constraints`.
struct Constraint: Hashable, Sendable {
  var text: String
  var span: SourceSpan
  var expression: Expression
}
