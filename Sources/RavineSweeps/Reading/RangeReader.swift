/// Reads the ranges of an axis and checks their ends, counts and spacing.
struct RangeReader {
  static let countLimit = 1 << 53

  let axis: AxisReader

  private var path: SettingPath { axis.path }

  /// A count of at least 1; 0 is reported as an empty axis.
  func count(_ element: Element, _ what: String, _ issues: inout Issues) -> Int? {
    guard let number = ValueReader.bareNumber(element, what, &issues) else { return nil }
    if number.integer == 0 {
      axis.reportEmpty(at: element.span, &issues)
      return nil
    }
    guard let count = number.integer, count > 0, count <= Self.countLimit else {
      issues.error(
        .range, "\(what) must be a whole number from 1 to 2^53", at: element.span,
        label: "found \(element.described)")
      return nil
    }
    return count
  }

  func range(
    _ scale: RangeSeries.Scale, _ element: Element, count countElement: Element?, isSpectral: Bool,
    _ issues: inout Issues
  ) -> AxisSeries? {
    guard path.setting.form.isNumeric, path != .seed else {
      issues.error(
        .range, "`\(path.name)` cannot be varied over a range", at: element.span, label: "give a list of values",
        notes: ["`\(path.name)` is \(path.setting.form.described)"])
      return nil
    }
    let ends = ends(element, scale.rawValue, &issues)
    let count = countElement.map { self.count($0, "`count`", &issues) }
    guard let (from, to) = ends, case .some(.some) = count ?? (axis.isSampled ? .some(1) : nil) else {
      if countElement == nil && !axis.isSampled { reportMissingCount(scale, &issues) }
      return nil
    }
    guard checkEnds(scale, from, to, element, count: count ?? nil, &issues) else { return nil }
    let swap = scale == .oneMinusLog && from < to
    let series = RangeSeries(
      scale, first: swap ? to : from, last: swap ? from : to, count: count ?? nil, isSpectral: isSpectral)
    return path.setting.form.isWhole ? whole(series, element, &issues) : .range(series)
  }

  func integers(_ element: Element, by byElement: Element?, _ issues: inout Issues) -> AxisSeries? {
    guard path.setting.form.isNumeric, path != .seed else {
      issues.error(
        .range, "`integers` does not fit `\(path.name)`", at: element.span,
        label: path == .seed ? "write `seed: {replicates: 5}` or a list" : "give a list of values")
      return nil
    }
    guard let ends = ends(element, "integers", &issues) else { return nil }
    let step = byElement.map { ValueReader.bareNumber($0, "`by`", &issues).flatMap(\.integer) } ?? .some(1)
    guard let from = Self.small(ends.0), let to = Self.small(ends.1), let by = step,
      by.magnitude <= Self.countLimit
    else {
      issues.error(
        .range, "`integers` runs over whole numbers up to 2^53", at: element.span,
        label: "found a fraction, or too large a number", helps: ["use `linear` with `count`"])
      return nil
    }
    guard by != 0, from == to || (by > 0) == (to > from) else {
      issues.error(
        .range, "the range from \(from) to \(to) by \(by) never arrives", at: (byElement ?? element).span,
        label: by == 0 ? "0 does not advance" : "wrong direction",
        helps: by == 0 ? [] : ["write `integers: [\(to), \(from)]` or `by: \(-by)`"])
      return nil
    }
    let (last, count) = (from + (to - from) / by * by, (to - from) / by + 1)
    guard checkRule(Double(from), at: element.span, &issues), checkRule(Double(last), at: element.span, &issues) else {
      return nil
    }
    if last != to {
      issues.warning(
        .rangeNote, "the range from \(from) to \(to) by \(by) ends at \(last)", at: element.span,
        label: "\(by) does not divide the distance", notes: ["it has \(count) values"])
    }
    if path.setting.form.isWhole { return .integers(first: from, by: by, count: count) }
    let real = RangeSeries(.linear, first: Double(from), last: Double(last), count: count, isSpectral: false)
    return .range(real)
  }

  private static func small(_ value: Double) -> Int? {
    value.magnitude <= Double(countLimit) ? Int(exactly: value) : nil
  }

  private func ends(_ element: Element, _ form: String, _ issues: inout Issues) -> (Double, Double)? {
    guard let list = element.list, list.count == 2 else {
      issues.error(
        .range, "`\(form)` needs two ends, such as `\(form): [1, 10]`", at: element.span,
        label: element.list.map { "\($0.count) values" } ?? "found \(element.described)")
      return nil
    }
    let numbers = list.compactMap { ValueReader.bareNumber($0, "an end of `\(form)`", &issues)?.value }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
  }

  private func reportMissingCount(_ scale: RangeSeries.Scale, _ issues: inout Issues) {
    issues.error(
      .range, "axis `\(path.name)` needs `count`", at: axis.keySpan, label: "how many values?",
      helps: ["write `\(scale.rawValue): […], count: 20`"],
      notes: ["only a sampled search (random, sobol, latin-hypercube) draws from the whole range"])
  }

  private func checkEnds(
    _ scale: RangeSeries.Scale, _ from: Double, _ to: Double, _ element: Element, count: Int?,
    _ issues: inout Issues
  ) -> Bool {
    let span = element.span
    if scale != .linear && !(from > 0 && to > 0) {
      issues.error(
        .range, "both ends of `\(scale.rawValue)` must be above 0", at: span,
        label: "a logarithm needs positive numbers")
      return false
    }
    if from == to && count != 1 {
      issues.error(
        .range, "both ends of the range are \(Decimal.text(from))", at: span, label: "one value only",
        helps: ["write `[\(Decimal.text(from))]`"])
      return false
    }
    if count == 1 && from != to {
      issues.error(.range, "a range with two ends needs a `count` of at least 2", at: span, label: "`count` is 1")
      return false
    }
    let ends = scale == .oneMinusLog ? [1 - from, 1 - to] : [from, to]
    guard ends.allSatisfy({ checkRule($0, at: span, &issues) }) else { return false }
    guard let count, count > 1, Self.spacing(scale, from, to, count: count) < 16 else { return true }
    issues.error(
      .range, "there are fewer than \(count) different 64-bit floats in this range", at: span,
      label: "too many values for so short a range")
    return false
  }

  /// The smallest distance between neighbours, in units of the last place.
  private static func spacing(_ scale: RangeSeries.Scale, _ from: Double, _ to: Double, count: Int) -> Double {
    let steps = Double(count - 1)
    let ratio = max(from, to) / min(from, to)
    switch scale {
    case .linear: return (to - from).magnitude / steps / max(from.magnitude, to.magnitude).ulp
    case .log: return (ratio - 1) / ratio / steps / Double.ulpOfOne
    case .oneMinusLog: return min(from, to) * (ratio - 1) / ratio / steps / Double.ulpOfOne
    }
  }

  private func checkRule(_ value: Double, at span: SourceSpan, _ issues: inout Issues) -> Bool {
    let reader = ValueReader(path)
    switch path.setting.form {
    case .number(let rule), .numberOrWord(let rule, _): return reader.check(value, rule, at: span, &issues)
    case .step: return reader.check(value, .positive, at: span, &issues)
    case .integer(let range), .integerOrWord(let range, _), .integerOrIntegers(let range):
      let rule = NumberRule(
        Double(range.lowerBound), Double(range.upperBound), includesLower: true, includesUpper: true)
      return reader.check(value, rule, at: span, &issues)
    default: return true
    }
  }

  /// A range over a setting of whole numbers: every value rounded, repeats dropped.
  private func whole(_ range: RangeSeries, _ element: Element, _ issues: inout Issues) -> AxisSeries? {
    guard let count = range.count, count <= AxisSeries.tableLimit else {
      issues.error(
        .range, "a range over the whole numbers of `\(path.name)` needs `integers: [from, to]`", at: element.span,
        label: range.count == nil ? "without `count`" : "more than \(AxisSeries.tableLimit) values")
      return nil
    }
    var values: [SettingValue] = []
    for index in 0..<count {
      guard let integer = Int(exactly: range.value(at: index).rounded()) else { continue }
      if values.last != .integer(integer) { values.append(.integer(integer)) }
    }
    if values.count < count {
      issues.warning(
        .rangeNote, "axis `\(path.name)` holds whole numbers: \(values.count) different values are left of \(count)",
        at: element.span, label: "rounded")
    }
    return .list(values)
  }
}
