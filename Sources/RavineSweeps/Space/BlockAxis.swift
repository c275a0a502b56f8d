import RavineDescent

/// One axis of a block: its digit fixes the values of one or more settings.
struct BlockAxis: Sendable {
  let columns: [BlockColumn]
  let size: Int

  /// Settings that this axis gives to a trial.
  func apply(_ digit: Int, to parameters: inout TrialParameters) {
    for column in columns { column.patch(at: digit).apply(to: &parameters) }
  }

  /// Writes the values at `digit`; conditional ones that do not exist there are left alone.
  func write(_ digit: Int, to values: inout SettingValues, present: inout [SettingPath]) {
    for column in columns {
      guard let value = column.value(at: digit) else { continue }
      values[column.path] = value
      present.append(column.path)
    }
  }

  /// The same axis standing at one of its values.
  func pinned(at digit: Int) -> BlockAxis {
    BlockAxis(columns: columns.map { $0.pinned(at: digit) }, size: 1)
  }
}

/// The values of one setting along an axis.
struct BlockColumn: Sendable {
  private enum Source: Sendable {
    case series(AxisSeries, first: Int)
    case sampled(SamplePlan, axis: Int, column: Int)
  }

  let path: SettingPath
  private let source: Source
  /// For `optimizer.kind`: what the kind sets besides itself.
  private var kindContext = KindContext()
  /// Decoded in advance; empty where there are too many values or they are drawn.
  private(set) var patches: [ParameterPatch] = []

  /// The step and momentum that go with a kind, and which of them other axes set.
  struct KindContext: Sendable {
    var step: SettingValue?
    var momentum: SettingValue?
    var leavesStep = false
    var leavesMomentum = false
  }

  init(_ column: AxisDeclaration.Column) {
    path = column.path
    source = .series(column.series, first: 0)
  }

  init(_ plan: SamplePlan, axis: Int, column: Int) {
    path = plan.declarations[axis].columns[column].path
    source = .sampled(plan, axis: axis, column: column)
  }

  private init(_ path: SettingPath, _ source: Source) {
    self.path = path
    self.source = source
  }

  func pinned(at digit: Int) -> BlockColumn {
    guard case .series(let series, let first) = source else { return self }
    return BlockColumn(path, .series(series, first: first + digit))
  }

  /// The column with its patches computed in advance, where it has few values.
  func compiled(_ context: KindContext, size: Int) -> BlockColumn {
    var column = self
    column.kindContext = context
    if path.setting.scope == .trial, case .series = source, size <= AxisSeries.tableLimit {
      column.patches = (0..<size).map { column.computedPatch(at: $0) }
    }
    return column
  }

  func value(at digit: Int) -> SettingValue? {
    switch source {
    case .series(let series, let first): series.value(at: first + digit)
    case .sampled(let plan, let axis, let column): plan.value(axis: axis, column: column, at: digit)
    }
  }

  var isSampled: Bool {
    if case .sampled = source { return true }
    return false
  }

  func patch(at digit: Int) -> ParameterPatch {
    digit < patches.count ? patches[digit] : computedPatch(at: digit)
  }

  private func computedPatch(at digit: Int) -> ParameterPatch {
    guard path.setting.scope == .trial, let value = value(at: digit) else { return .nothing }
    guard path == .optimizerKind else { return ParameterPatch(path, value) }
    return .method(value.text, step: kindContext.step, momentum: kindContext.momentum)
      .leaving(step: kindContext.leavesStep, momentum: kindContext.leavesMomentum)
  }
}
