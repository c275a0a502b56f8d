/// Order statistics of one group. Not-a-number and missing values are counted apart.
struct Sample {
  /// Everything else, in the order in which it came (trial order).
  private(set) var values: [Double] = []
  private(set) var notANumber = 0
  private(set) var missing = 0

  mutating func append(_ cell: Cell) {
    guard let value = cell.numeric else {
      missing += 1
      return
    }
    if value.isNaN { notANumber += 1 } else { values.append(value) }
  }

  /// Sorted values, for ``quantile(_:of:)``.
  var sorted: [Double] { values.sorted() }

  /// The exact sample quantile, 0 ≤ p ≤ 1, interpolating linearly between order statistics (Hyndman and Fan's type 7:
  /// position p (n − 1)). Between a finite and an infinite value it is infinite. Nil for an empty sample.
  static func quantile(_ p: Double, of sorted: [Double]) -> Double? {
    guard let last = sorted.last else { return nil }
    let position = p * Double(sorted.count - 1)
    let lower = min(sorted.count - 1, max(0, Int(position)))
    let low = sorted[lower]
    let share = position - Double(lower)
    guard share > 0, lower + 1 < sorted.count else { return p >= 1 ? last : low }
    let high = sorted[lower + 1]
    return low == high || low == -.infinity ? low : low + (high - low) * share
  }

  /// The mean, summed in trial order. Nil for an empty sample.
  var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
}

/// How a column is condensed within a group.
package enum Aggregate: String, Sendable, CaseIterable {
  case median, q10, q90, min, max, mean
  /// Values that are numbers.
  case count
  /// Values that are not a number.
  case nan
  /// Trials without a value.
  case missing

  func value(_ sample: Sample, sorted: [Double]) -> Cell {
    switch self {
    case .median: Cell(Sample.quantile(0.5, of: sorted))
    case .q10: Cell(Sample.quantile(0.1, of: sorted))
    case .q90: Cell(Sample.quantile(0.9, of: sorted))
    case .min: Cell(sorted.first)
    case .max: Cell(sorted.last)
    case .mean: Cell(sample.mean)
    case .count: .integer(sample.values.count)
    case .nan: .integer(sample.notANumber)
    case .missing: .integer(sample.missing)
    }
  }
}
