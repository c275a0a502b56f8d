/// Finds out, once, which combinations of the axes that constraints mention are kept.
struct ConstraintBinder {
  /// At most this many combinations are tried.
  static let combinationLimit = 1 << 22

  let constraints: [Constraint]
  let problemAxes: [BlockAxis]
  private let paths: Set<SettingPath>

  init(constraints: [Constraint], problemAxes: [BlockAxis]) {
    self.constraints = constraints
    self.problemAxes = problemAxes
    paths = Set(constraints.flatMap(\.expression.paths))
  }

  /// Whether constraints depend on this axis.
  func binds(_ axis: BlockAxis) -> Bool {
    axis.size > 1 && axis.columns.contains { paths.contains($0.path) }
  }

  struct Kept {
    /// nil where there are no constraints.
    var rank: KeptRank?
  }

  /// The kept combinations of (problem, trial); nil after an error.
  func bind(_ part: BlockPart, _ level: Level, _ problemLevel: Level, _ issues: inout Issues) -> Kept? {
    guard let first = constraints.first else { return Kept(rank: nil) }
    let bound = (problemAxes + part.axes).filter { binds($0) }
    let (count, overflow) = bound.reduce((1, false)) { state, axis in
      let (product, over) = state.0.multipliedReportingOverflow(by: axis.size)
      return (product, state.1 || over)
    }
    guard !overflow, count <= Self.combinationLimit else {
      let sizes = bound.map { "\($0.columns.map(\.path.name).joined(separator: " & ")) \(TrialCount($0.size))" }
      issues.error(
        .constraint, "the constraints depend on too many combinations", at: first.span,
        label: "at most \(TrialCount(Self.combinationLimit)) can be tried", notes: [sizes.joined(separator: " x ")])
      return nil
    }
    var numbers = [Double](repeating: .nan, count: SettingPath.allCases.count)
    let values = fixedValues(part)
    let varied = Set(bound.flatMap { $0.columns.map(\.path) })
    for path in SettingPath.allCases where paths.contains(path) && !varied.contains(path) {
      guard let number = constant(path, values, &issues) else { return nil }
      numbers[Int(path.rawValue)] = number
    }
    let slots =
      slots(problemAxes, problemLevel, values, scale: level.combinations)
      + slots(part.axes, level, values, scale: 1)
    guard checkNumbers(slots, &issues) else { return nil }
    let rules = constraints.map { ($0.expression, $0.expression.paths) }
    return Kept(
      rank: KeptRank(count: count) { combination in
        for slot in slots { numbers[slot.path] = slot.number(combination) }
        return rules.allSatisfy { expression, paths in
          paths.contains { numbers[Int($0.rawValue)].isNaN } || expression.evaluate { numbers[Int($0.rawValue)] } != 0
        }
      })
  }

  /// One column of a bound axis as numbers.
  private struct Slot {
    var path: Int
    var stride: Int
    var size: Int
    /// NaN where the axis does not exist.
    var numbers: [Double]
    /// A value that is not a number, if there is one.
    var offender: String?
    /// Stands where the axis does not exist.
    var base: Double

    func number(_ combination: Int) -> Double {
      let number = numbers[combination / stride % size]
      return number.isNaN ? base : number
    }
  }

  /// The settings of a rectangle with those of axes that hold one value.
  private func fixedValues(_ part: BlockPart) -> SettingValues {
    var values = part.values
    for axis in problemAxes + part.axes where axis.size == 1 {
      for column in axis.columns { values[column.path] = column.value(at: 0) ?? values[column.path] }
    }
    return values
  }

  private func slots(_ axes: [BlockAxis], _ level: Level, _ values: SettingValues, scale: Int) -> [Slot] {
    axes.indices.filter { binds(axes[$0]) }.flatMap { index in
      axes[index].columns.filter { paths.contains($0.path) }.map { column in
        var slot = Slot(
          path: Int(column.path.rawValue), stride: level.stride(of: index) * scale, size: axes[index].size, numbers: [],
          base: values[column.path].flatMap { Expression.number(for: $0, of: column.path) }
            ?? (column.path == .momentum ? 0 : .nan))
        slot.numbers.reserveCapacity(axes[index].size)
        for digit in 0..<axes[index].size {
          let value = column.value(at: digit)
          let number = value.flatMap { Expression.number(for: $0, of: column.path) }
          if value != nil && number == nil { slot.offender = value?.text }
          slot.numbers.append(number ?? .nan)
        }
        return slot
      }
    }
  }

  private func checkNumbers(_ slots: [Slot], _ issues: inout Issues) -> Bool {
    for slot in slots {
      guard let offender = slot.offender else { continue }
      let path = SettingPath.allCases[slot.path]
      reportNotNumber(path, offender, &issues)
      return false
    }
    return true
  }

  /// The number of a setting that no bound axis varies: NaN where it does not exist, so that constraints that mention
  /// it do not apply. Gradient descent has momentum 0.
  private func constant(_ path: SettingPath, _ values: SettingValues, _ issues: inout Issues) -> Double? {
    guard let value = values.effective(path) else { return path == .momentum ? 0 : .nan }
    if let number = Expression.number(for: value, of: path) { return number }
    reportNotNumber(path, value.text, &issues)
    return nil
  }

  private func reportNotNumber(_ path: SettingPath, _ value: String, _ issues: inout Issues) {
    let constraint = constraints.first { $0.expression.paths.contains(path) }
    issues.error(
      .constraint, "`\(path.name)` is `\(value)`, which is not a number before the data are seen",
      at: constraint?.span ?? .file, label: "this constraint needs its number")
  }
}
