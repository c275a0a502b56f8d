/// Which axes of a grid exist under which values of the axes that their conditions ask: the *deciding* axes.
struct Existence {
  static let assignmentLimit = 4_096

  /// The value numbers of the deciding axes; nil where an axis is not fixed or does not exist.
  typealias Assignment = [Int?]

  private let branch: Branch
  /// Deciding axes, those of the problem first, each after the axes that its own conditions ask.
  private let deciders: [Int]

  /// Reports conditions that cannot be: circles, conditions on continuous ranges, a problem that depends on a trial.
  init?(_ branch: Branch, _ issues: inout Issues) {
    self.branch = branch
    var isSound = true
    for axis in branch.axes {
      for condition in axis.conditions {
        isSound = Self.check(condition, of: axis, branch, &issues) && isSound
      }
    }
    guard isSound, let order = Self.order(branch, &issues) else { return nil }
    let asked = Set(branch.axes.flatMap { $0.conditions.map(\.path) })
    let deciding = order.filter { index in branch.axes[index].columns.contains { asked.contains($0.path) } }
    deciders =
      deciding.filter { branch.axes[$0].scope == .problem } + deciding.filter { branch.axes[$0].scope == .trial }
  }

  private static func check(
    _ condition: AxisCondition, of axis: AxisDeclaration, _ branch: Branch, _ issues: inout Issues
  ) -> Bool {
    guard let decider = branch.axis(condition.path) else { return true }
    if decider.count == nil {
      issues.error(
        .condition, "axis `\(axis.name)` depends on `\(condition.path.name)`, a range without `count`",
        at: condition.span, label: "which has no fixed values",
        related: [Diagnostic.Related(span: decider.span, label: "the range")], helps: ["give the range a `count`"])
      return false
    }
    if axis.scope == .problem && decider.scope == .trial && branch.search == .grid {
      issues.error(
        .condition, "`\(axis.name)` belongs to the problem and cannot depend on `\(condition.path.name)`",
        at: condition.span, label: "a setting of the trial",
        helps: ["give each its own entry of `union`"])
      return false
    }
    return true
  }

  /// All axes, each after those that its conditions ask; nil (and an error) for a circle.
  private static func order(_ branch: Branch, _ issues: inout Issues) -> [Int]? {
    var order: [Int] = []
    var waiting = Array(branch.axes.indices)
    while !waiting.isEmpty {
      let ready = waiting.filter { index in
        branch.axes[index].conditions.allSatisfy { condition in
          !waiting.contains { branch.axes[$0].column(condition.path) != nil }
        }
      }
      guard !ready.isEmpty else {
        let axis = branch.axes[waiting[0]]
        issues.error(
          .condition, "the conditions of axis `\(axis.name)` lead back to itself", at: axis.span,
          label: "a circle of `when`")
        return nil
      }
      order += ready
      waiting.removeAll { ready.contains($0) }
    }
    return order
  }

  /// All assignments of the deciding axes of one scope under an assignment of those before.
  func assignments(
    _ scope: Setting.Scope, under start: Assignment, _ issues: inout Issues
  ) -> [Assignment]? {
    var assignments = [start]
    for decider in deciders where branch.axes[decider].scope == scope {
      let axis = branch.axes[decider]
      guard let count = axis.count, count <= Self.assignmentLimit, assignments.count * count <= Self.assignmentLimit
      else {
        issues.error(
          .condition, "other axes depend on too many values of axis `\(axis.name)`", at: axis.span,
          label: "at most \(Self.assignmentLimit) combinations can decide")
        return nil
      }
      assignments = assignments.flatMap { assignment -> [Assignment] in
        guard exists(decider, under: assignment) else { return [assignment] }
        return (0..<count).map { digit in
          var next = assignment
          next[decider] = digit
          return next
        }
      }
    }
    return assignments
  }

  var start: Assignment { Assignment(repeating: nil, count: branch.axes.count) }

  /// Base settings with the values of an assignment over them.
  func values(_ assignment: Assignment) -> SettingValues {
    var values = branch.base.values
    for (axis, digit) in zip(branch.axes, assignment) {
      guard let digit else { continue }
      for column in axis.columns { values[column.path] = column.series.value(at: digit) }
    }
    return values
  }

  func exists(_ axis: Int, under assignment: Assignment) -> Bool {
    guard !branch.axes[axis].conditions.isEmpty else { return true }
    let values = values(assignment)
    return branch.axes[axis].conditions.allSatisfy { condition in
      values.effective(condition.path).map { condition.allowed.contains($0) } ?? false
    }
  }
}
