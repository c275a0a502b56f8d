import RavineDescent

/// The values of one axis for one setting, found by number: nothing is stored beyond ``tableLimit`` values.
enum AxisSeries: Hashable, Sendable {
  case list([SettingValue])
  case range(RangeSeries)
  /// first, first + by, …; `count` values.
  case integers(first: Int, by: Int, count: Int)
  /// first, first + 1, …: the seeds of replicates.
  case seeds(first: UInt64, count: Int)

  /// Up to this many values are computed once and kept.
  static let tableLimit = 65_536

  /// nil for a range without `count`, which only a sampled search can use.
  var count: Int? {
    switch self {
    case .list(let values): values.count
    case .range(let range): range.count
    case .integers(_, _, let count), .seeds(_, let count): count
    }
  }

  /// Value number `index`, 0 ..< `count`.
  func value(at index: Int) -> SettingValue {
    switch self {
    case .list(let values): values[index]
    case .range(let range): range.wrapped(range.value(at: index))
    case .integers(let first, let by, _): .integer(first + index * by)
    case .seeds(let first, _): .seed(first &+ UInt64(index))
    }
  }

  /// The value at a fraction 0 ≤ u < 1 of the axis: a draw from a list, a point of a continuous range.
  func value(atFraction u: Double) -> SettingValue {
    if case .range(let range) = self, range.count == nil { return range.wrapped(range.value(atFraction: u)) }
    return value(at: index(atFraction: u))
  }

  /// Which value a draw u in [0, 1) means, for an axis with a count.
  func index(atFraction u: Double) -> Int {
    let count = count ?? 1
    return min(count - 1, Int(exactly: (u * Double(count)).rounded(.down)) ?? 0)
  }

  /// The largest value of an axis of whole numbers.
  var largestInteger: Int {
    switch self {
    case .list(let values): values.compactMap(\.integer).max() ?? 0
    case .range(let range): Int(exactly: max(range.first, range.last).rounded(.up)) ?? 0
    case .integers(let first, let by, let count): max(first, first + by * (count - 1))
    case .seeds: 0
    }
  }

  /// The axis as text from which the same values come out: part of the plan's identity.
  var canonicalText: String {
    switch self {
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .range(let range): range.canonicalText
    case .integers(let first, let by, let count): "integers \(first) by \(by) count \(count)"
    case .seeds(let first, let count): "seeds \(first) count \(count)"
    }
  }
}

/// A range of real numbers between two ends, both of which it holds exactly.
struct RangeSeries: Hashable, Sendable {
  enum Scale: String, Hashable, Sendable {
    /// Equal differences.
    case linear
    /// Equal ratios; both ends have the same sign.
    case log
    /// 1 − x with x of equal ratios, in ascending order: `[0.001, 1]` runs from 0 to 0.999.
    case oneMinusLog = "one-minus-log"
  }

  let scale: Scale
  /// The ends as the values run: of x for ``Scale/oneMinusLog``.
  let first: Double
  let last: Double
  /// nil: continuous.
  let count: Int?
  /// Multiples of 1/L.
  let isSpectral: Bool
  private var table: [Double]

  init(_ scale: Scale, first: Double, last: Double, count: Int?, isSpectral: Bool) {
    self.scale = scale
    self.first = first
    self.last = last
    self.count = count
    self.isSpectral = isSpectral
    table = []
    if let count, count <= AxisSeries.tableLimit { table = (0..<count).map { Self.computed(self, $0) } }
  }

  func value(at index: Int) -> Double {
    index < table.count ? table[index] : Self.computed(self, index)
  }

  func value(atFraction u: Double) -> Double {
    let x = scale == .linear ? first + (last - first) * u : first * Elementary.pow(last / first, u)
    return scale == .oneMinusLog ? 1 - x : x
  }

  func wrapped(_ value: Double) -> SettingValue { isSpectral ? .overL(value) : .number(value) }

  var canonicalText: String {
    let unit = isSpectral ? " unit 1/L" : ""
    let number = count.map { " count \($0)" } ?? " continuous"
    return "\(scale.rawValue) \(Decimal.text(first)) \(Decimal.text(last))\(number)\(unit)"
  }

  private static func computed(_ range: RangeSeries, _ index: Int) -> Double {
    let count = range.count ?? 1
    let x: Double
    if index == 0 || count < 2 {
      x = range.first
    } else if index == count - 1 {
      x = range.last
    } else {
      let t = Double(index) / Double(count - 1)
      x = Decimal.snapped(
        range.scale == .linear
          ? range.first + (range.last - range.first) * t
          : geometric(range.first, range.last, index, of: count - 1))
    }
    return range.scale == .oneMinusLog ? Decimal.snapped(1 - x) : x
  }

  /// first · (last/first)^(index/steps) to about one unit in the last place.
  ///
  /// The rounding of the ratio, of the exponent and of the product are made good, for the power magnifies the second
  /// by the logarithm of the ratio. `addingProduct` rounds once.
  private static func geometric(_ first: Double, _ last: Double, _ index: Int, of steps: Int) -> Double {
    let ratio = last / first
    let ratioError = (-last).addingProduct(ratio, first) / last
    let t = Double(index) / Double(steps)
    let tError = (-Double(index)).addingProduct(t, Double(steps)) / Double(steps)
    let power = Elementary.pow(ratio, t)
    let product = first * power
    let rest = (-product).addingProduct(first, power)
    return product + (rest - product * (tError * Elementary.log(ratio) + ratioError * t))
  }
}
