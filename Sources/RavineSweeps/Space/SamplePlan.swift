/// The sampled axes of a branch: each has one dimension of the sampler, and exists at a point where its conditions
/// hold.
struct SamplePlan: Sendable {
  private struct Condition: Sendable {
    /// The sampled axis that decides, and which of its values allow.
    var axis: Int
    var allowed: [Bool]
    /// What holds where that axis does not exist itself.
    var otherwise: Bool
  }

  private struct Axis: Sendable {
    var declaration: AxisDeclaration
    var conditions: [Condition]
    /// A condition on a fixed setting that does not hold.
    var isAbsent: Bool
  }

  private let sampler: Sampler
  private let axes: [Axis]

  /// - Parameter axes: none of them replicates; conditions refer to axes with counts and never in a circle.
  init(_ sampler: Sampler, axes: [AxisDeclaration], base: SettingValues) {
    self.sampler = sampler
    self.axes = axes.map { axis in
      var conditions: [Condition] = []
      var isAbsent = false
      for condition in axis.conditions {
        let otherwise = base.effective(condition.path).map { condition.allowed.contains($0) } ?? false
        guard let decider = axes.firstIndex(where: { $0.column(condition.path) != nil }),
          let series = axes[decider].column(condition.path)?.series, let count = series.count
        else {
          isAbsent = isAbsent || !otherwise
          continue
        }
        let allowed = (0..<count).map { condition.allowed.contains(series.value(at: $0)) }
        conditions.append(Condition(axis: decider, allowed: allowed, otherwise: otherwise))
      }
      return Axis(declaration: axis, conditions: conditions, isAbsent: isAbsent)
    }
  }

  var points: Int { sampler.points }

  var declarations: [AxisDeclaration] { axes.map(\.declaration) }

  /// The value of a column at a point; nil where the axis does not exist.
  func value(axis: Int, column: Int, at point: Int) -> SettingValue? {
    guard exists(axis, at: point) else { return nil }
    return axes[axis].declaration.columns[column].series.value(atFraction: sampler.coordinate(axis, of: point))
  }

  private func exists(_ axis: Int, at point: Int) -> Bool {
    if axes[axis].isAbsent { return false }
    return axes[axis].conditions.allSatisfy { condition in
      guard exists(condition.axis, at: point) else { return condition.otherwise }
      let series = axes[condition.axis].declaration.columns[0].series
      return condition.allowed[series.index(atFraction: sampler.coordinate(condition.axis, of: point))]
    }
  }
}
