import RavineDescent

/// Turns a branch into blocks and counts them exactly before anything is multiplied out.
struct BlockBuilder {
  /// No sweep has more trials than this.
  static let trialLimit = TrialCount(1 << 40)

  /// The blocks of a branch; `blocks` is empty where there are too many trials to number.
  struct Result {
    var blocks: [Block] = []
    /// Trials, and what they would be without constraints.
    var trials = TrialCount(0)
    var unconstrained = TrialCount(0)
  }

  let branch: Branch
  let number: Int

  func build(_ issues: inout Issues) -> Result? {
    guard let existence = Existence(branch, &issues) else { return nil }
    switch branch.search {
    case .grid: return grid(existence, &issues)
    case .sampled(let method, let points, let seed): return sampled(method, points, seed, &issues)
    }
  }

  private func grid(_ existence: Existence, _ issues: inout Issues) -> Result? {
    var result = Result()
    var existing = Set<Int>()
    guard let problems = existence.assignments(.problem, under: existence.start, &issues) else { return nil }
    for problem in problems {
      guard let trials = existence.assignments(.trial, under: problem, &issues) else { return nil }
      let axes = axes(.problem, problem, existence)
      let parts = trials.map { assignment -> BlockPart in
        let own = self.axes(.trial, assignment, existence)
        existing.formUnion((axes + own).map(\.index))
        return BlockPart(axes: own.map(\.axis), values: existence.values(assignment))
      }
      guard let block = assemble(axes.map(\.axis), parts, &issues) else { return nil }
      result.add(block)
    }
    for index in branch.axes.indices where !existing.contains(index) { reportNever(branch.axes[index], &issues) }
    return result
  }

  /// Axes of one scope that exist under an assignment, in file order; deciding ones stand at their value.
  private func axes(
    _ scope: Setting.Scope, _ assignment: Existence.Assignment, _ existence: Existence
  ) -> [(index: Int, axis: BlockAxis)] {
    branch.axes.indices.compactMap { index in
      let axis = branch.axes[index]
      guard axis.scope == scope, existence.exists(index, under: assignment), let count = axis.count else { return nil }
      let block = BlockAxis(columns: axis.columns.map { BlockColumn($0) }, size: count)
      return (index, assignment[index].map { block.pinned(at: $0) } ?? block)
    }
  }

  private func reportNever(_ axis: AxisDeclaration, _ issues: inout Issues) {
    let condition = axis.conditions.first
    issues.error(
      .condition, "axis `\(axis.name)` never exists", at: condition?.span ?? axis.span,
      label: "this condition never holds",
      related: condition.map { _ in
        [Diagnostic.Related(span: axis.span, label: "the axis")]
      } ?? [],
      notes: axis.conditions.map { Printable.text("`when` \($0.text)") })
  }

  private func sampled(
    _ method: SamplingMethod, _ points: Int, _ seed: UInt64, _ issues: inout Issues
  ) -> Result? {
    let drawn = branch.axes.filter { !$0.isReplicates }
    for axis in branch.axes {
      for condition in axis.conditions where axis.isReplicates || branch.axis(condition.path)?.isReplicates == true {
        issues.error(
          .condition, "in a sampled search replicates stand apart from the other axes", at: condition.span,
          label: "neither may depend on the other")
        return nil
      }
    }
    guard !drawn.isEmpty, drawn.count <= method.dimensionLimit else {
      issues.error(
        .search,
        drawn.isEmpty
          ? "`search: \(method.rawValue)` has no axes to draw from"
          : "`\(method.rawValue)` can draw from \(method.dimensionLimit) axes, this sweep has \(drawn.count)",
        at: branch.span, helps: drawn.isEmpty ? ["give `axes`, or remove `search`"] : ["use `random`"])
      return nil
    }
    let sampler = Sampler(method, points: points, seed: seed, dimensions: drawn.count)
    let plan = SamplePlan(sampler, axes: drawn, base: branch.base.values)
    var columns = drawn.indices.flatMap { axis in
      drawn[axis].columns.indices.map { BlockColumn(plan, axis: axis, column: $0) }
    }
    // A kind also sets the default step and momentum, so it comes before the columns that set them.
    columns = columns.filter { $0.path == .optimizerKind } + columns.filter { $0.path != .optimizerKind }
    let point = BlockAxis(columns: columns, size: points)
    let replicates = branch.axes.filter(\.isReplicates).compactMap { axis in
      axis.count.map { BlockAxis(columns: axis.columns.map { BlockColumn($0) }, size: $0) }
    }
    let isProblem = drawn.contains { $0.scope == .problem }
    let part = BlockPart(axes: isProblem ? [] : [point], values: branch.base.values)
    guard let block = assemble((isProblem ? [point] : []) + replicates, [part], &issues) else { return nil }
    var result = Result()
    result.add(block)
    return result
  }

  /// A counted block; nil after an error.
  private func assemble(
    _ problemAxes: [BlockAxis], _ parts: [BlockPart], _ issues: inout Issues
  ) -> CountedBlock? {
    let binder = ConstraintBinder(constraints: branch.constraints, problemAxes: problemAxes)
    let problemLevel = Level(problemAxes.map { ($0.size, binder.binds($0)) })
    var counted = CountedBlock()
    let problems = problemAxes.reduce(TrialCount(1)) { $0 * $1.size }
    var rectangles: [Block.Rectangle] = []
    for part in parts {
      let axes = part.axes
      let level = Level(axes.map { ($0.size, binder.binds($0)) })
      counted.unconstrained = counted.unconstrained + axes.reduce(problems) { $0 * $1.size }
      guard let kept = binder.bind(part, level, problemLevel, &issues) else { return nil }
      let free = (problemAxes + axes).filter { !binder.binds($0) }.reduce(TrialCount(1)) { $0 * $1.size }
      counted.trials = counted.trials + free * (kept.rank?.total ?? 1)
      rectangles.append(rectangle(part, problemAxes, level, kept.rank))
    }
    guard !(counted.trials > Self.trialLimit), counted.trials.exact != 0 else { return counted }
    counted.block = Block(
      branch: number, problemAxes: compiled(problemAxes, rectangles), rectangles: rectangles,
      problemLevel: problemLevel)
    return counted
  }

  private func rectangle(
    _ part: BlockPart, _ problemAxes: [BlockAxis], _ level: Level, _ rank: KeptRank?
  ) -> Block.Rectangle {
    let context = Self.kindContext(part.values, problemAxes + part.axes)
    let axes = part.axes.map { Self.compiled($0, context) }
    var values = part.values
    for axis in axes where axis.size == 1 {
      for column in axis.columns where !column.isSampled { values[column.path] = column.value(at: 0) }
    }
    return Block.Rectangle(
      axes: axes, base: values.parameters, values: values, level: level, rank: rank,
      table: PatchTable(axes))
  }

  private func compiled(_ problemAxes: [BlockAxis], _ rectangles: [Block.Rectangle]) -> [BlockAxis] {
    let axes = problemAxes + rectangles.flatMap(\.axes)
    let context = Self.kindContext(rectangles.first?.values ?? branch.base.values, axes)
    return problemAxes.map { Self.compiled($0, context) }
  }

  private static func compiled(_ axis: BlockAxis, _ context: BlockColumn.KindContext) -> BlockAxis {
    BlockAxis(columns: axis.columns.map { $0.compiled(context, size: axis.size) }, size: axis.size)
  }

  private static func kindContext(_ values: SettingValues, _ axes: [BlockAxis]) -> BlockColumn.KindContext {
    let paths = axes.flatMap(\.columns).filter { !$0.isSampled }.map(\.path)
    return BlockColumn.KindContext(
      step: values[.step], momentum: values[.momentum], leavesStep: paths.contains(.step),
      leavesMomentum: paths.contains(.momentum))
  }
}

/// The axes of one rectangle before it is compiled.
struct BlockPart {
  var axes: [BlockAxis]
  var values: SettingValues
}

/// A block with its exact size; `block` is nil where it is empty or too large.
struct CountedBlock {
  var block: Block?
  var trials = TrialCount(0)
  var unconstrained = TrialCount(0)
}

extension BlockBuilder.Result {
  mutating func add(_ counted: CountedBlock) {
    if let block = counted.block { blocks.append(block) }
    trials = trials + counted.trials
    unconstrained = unconstrained + counted.unconstrained
  }
}
