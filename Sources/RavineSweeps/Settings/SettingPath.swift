/// Every setting that a sweep file may give. The raw value is its row in ``SettingCatalogue``.
package enum SettingPath: UInt8, Hashable, Sendable, CaseIterable {
  case dataKind, features, samples, correlation, target, noise, sizes, within, between, from, to, mean, condition
  case exponent, copies, epsilon, eigenvalues, file, targetColumn, header, inputs, targets, shift, signalToNoise
  case modelKind, l2, classes, hidden, depth, activation, loss, bottleneck, teacher, outputs, teacherHidden
  case teacherExponent, initial, scale, split
  case preprocessing, components, ddof, rotation, bias, start, seed
  case optimizerKind, step, momentum, decay, stabiliser, schedule, period, rate, warmUp, shrink, sufficientDecrease
  case batch, sampling
  case gap, steps, divergence, every, precision, engine

  package var setting: Setting { SettingCatalogue.settings[Int(rawValue)] }

  /// The dotted path, such as `optimizer.step`.
  package var name: String { setting.name }

  /// The key inside its mapping: `step` of `optimizer.step`, `kind` of `data.kind`; the name itself at top level.
  package var key: String { name.split(separator: ".").last.map(String.init) ?? name }

  package init?(name: String) {
    guard let setting = SettingCatalogue.settings.first(where: { $0.name == name }) else { return nil }
    self = setting.path
  }
}

/// What a setting may be set to.
package enum ValueForm: Hashable, Sendable {
  case number(NumberRule)
  /// A whole number.
  case integer(ClosedRange<Int>)
  /// A whole number in 0 ..< 2^64.
  case seed
  case flag
  case word([String])
  /// A step size: a number, a multiple of 1/L, or `optimal`.
  case step
  /// A number or one of some words.
  case numberOrWord(NumberRule, [String])
  /// A whole number or one of some words.
  case integerOrWord(ClosedRange<Int>, [String])
  /// A whole number or a list of them.
  case integerOrIntegers(ClosedRange<Int>)
  case numbers(NumberRule)
  case integers(ClosedRange<Int>)
  /// A list of numbers, or one of some words.
  case numbersOrWord(NumberRule, [String])
  /// A list of rows of numbers, all of one length.
  case rows
  /// A file below the sweep file's folder.
  case fileName
  /// A column: its header name or its number, counted from 0.
  case column
}

/// An interval of finite numbers.
package struct NumberRule: Hashable, Sendable {
  package var lower: Double
  package var upper: Double
  package var includesLower: Bool
  package var includesUpper: Bool

  package init(_ lower: Double, _ upper: Double, includesLower: Bool = false, includesUpper: Bool = false) {
    self.lower = lower
    self.upper = upper
    self.includesLower = includesLower
    self.includesUpper = includesUpper
  }

  static let any = NumberRule(-.infinity, .infinity)
  static let positive = NumberRule(0, .infinity)
  static let notNegative = NumberRule(0, .infinity, includesLower: true)

  package func contains(_ value: Double) -> Bool {
    let above = includesLower ? value >= lower : value > lower
    let below = includesUpper ? value <= upper : value < upper
    return value.isFinite && above && below
  }

  /// The interval in words, such as `> 0` or `in (-1, 1)`; empty where every number is allowed.
  package var described: String {
    switch (lower.isFinite, upper.isFinite) {
    case (false, false): ""
    case (true, false): (includesLower ? ">= " : "> ") + Decimal.text(lower)
    case (false, true): (includesUpper ? "<= " : "< ") + Decimal.text(upper)
    case (true, true):
      "in \(includesLower ? "[" : "(")\(Decimal.text(lower)), \(Decimal.text(upper))\(includesUpper ? "]" : ")")"
    }
  }
}

extension ValueForm {
  /// What may stand here, in words for an error message and for the schema.
  package var described: String {
    switch self {
    case .number(let rule): Self.phrase("a number", rule.described)
    case .integer(let range): "a whole number \(Self.bounds(range))"
    case .seed: "a whole number from 0 to 18446744073709551615"
    case .flag: "true or false"
    case .word(let words): "one of \(words.joined(separator: ", "))"
    case .step: "a number > 0, a multiple of 1/L such as `1.5/L`, or `optimal`"
    case .numberOrWord(let rule, let words):
      "\(Self.phrase("a number", rule.described)), or \(words.joined(separator: ", "))"
    case .integerOrWord(let range, let words):
      "a whole number \(Self.bounds(range)), or \(words.joined(separator: ", "))"
    case .integerOrIntegers(let range): "a whole number \(Self.bounds(range)), or a list of such"
    case .numbers(let rule): "a list of \(Self.phrase("numbers", rule.described))"
    case .integers(let range): "a list of whole numbers \(Self.bounds(range))"
    case .numbersOrWord(_, let words): "a list of numbers, or \(words.joined(separator: ", "))"
    case .rows: "a list of rows, each a list of numbers"
    case .fileName: "the name of a file below the sweep file's folder"
    case .column: "a column name, or its number counted from 0"
    }
  }

  private static func phrase(_ noun: String, _ rule: String) -> String { rule.isEmpty ? noun : "\(noun) \(rule)" }

  private static func bounds(_ range: ClosedRange<Int>) -> String { "from \(range.lowerBound) to \(range.upperBound)" }

  /// The fixed words that may stand here.
  var words: [String] {
    switch self {
    case .word(let words), .numberOrWord(_, let words), .integerOrWord(_, let words), .numbersOrWord(_, let words):
      words
    case .flag: ["true", "false"]
    case .step: ["optimal"]
    default: []
    }
  }

  /// Whether a range (`linear`, `log` …) can vary it.
  var isNumeric: Bool {
    switch self {
    case .number, .integer, .step, .numberOrWord, .integerOrWord, .integerOrIntegers, .seed: true
    default: false
    }
  }

  /// Whether only whole numbers are numbers here.
  var isWhole: Bool {
    switch self {
    case .integer, .integerOrWord, .integerOrIntegers, .seed: true
    default: false
    }
  }
}
