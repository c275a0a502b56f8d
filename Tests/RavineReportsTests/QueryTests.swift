import RavineDescent
import RavineReports
import RavineStore
import Testing

@Suite struct QueryTests {
  /// 3 steps × 2 kinds × 5 replicates. Step 2.5 diverges; gaps are not a number on every seventh trial.
  private static func record(_ trial: Int) -> TrialRecord {
    let gap = trial % 7 == 3 ? Double.nan : 1 / Double(trial + 1)
    if trial >= 20 { return ended(.diverged, trial, gap: gap) }
    return converged((trial * 37) % 101, gap: gap)
  }

  private func run() throws -> FixtureRun {
    let run = try FixtureRun(FixtureAxes(steps: [1.5, 0.5, 2.5], replicates: 5), record: Self.record)
    try run.fill()
    return run
  }

  private func query(
    _ run: FixtureRun, where filters: [String] = [], by groups: [String] = [], show: [String] = []
  ) throws -> ResultsQuery {
    let axes = run.axes.axes
    var query = ResultsQuery()
    query.filters = try filters.map { try Filter.parse($0, axes: axes) }
    query.groups = try groups.map { try ColumnNames(axes).column($0) }
    query.columns = try show.map { try Selection.parse($0, axes: axes) }
    return query
  }

  /// The median as one does it by hand.
  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  @Test func mediansAgreeWithBruteForce() throws {
    let run = try run()
    let shown = ["median(steps)", "min(steps)", "max(steps)", "mean(steps)", "median(gap)", "count(gap)", "nan(gap)"]
    let table = try query(run, by: ["optimizer.step", "preprocessing"], show: shown).run(run.store, axes: run.axes)
    #expect(table.columns.map(\.name) == ["optimizer.step", "preprocessing", "trials", "converged"] + shown)
    // Numbers upwards, words in the order of the sweep.
    #expect(table.rows.map { $0[0] } == [0.5, 0.5, 1.5, 1.5, 2.5, 2.5].map { .number($0) })
    #expect(table.rows.map { $0[1] } == ["none", "centre", "none", "centre", "none", "centre"].map { .text($0) })
    for (row, first) in zip(table.rows, [10, 15, 0, 5, 20, 25]) {
      let records = (first..<first + 5).map(Self.record)
      let steps = records.map { Double($0.steps) }
      let gaps = records.map(\.gap).filter { !$0.isNaN }
      #expect(row[2] == .integer(5))
      #expect(row[3] == .integer(first < 20 ? 5 : 0))
      #expect(row[4] == .number(median(steps)))
      #expect(row[5].numeric == steps.min() && row[6].numeric == steps.max())
      #expect(row[7] == .number(steps.reduce(0, +) / 5))
      #expect(row[8] == .number(median(gaps)))
      #expect(row[9] == .integer(gaps.count) && row[10] == .integer(5 - gaps.count))
    }
  }

  /// numpy.quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [.1, .5, .9]) is [1.9, 5.5, 9.1].
  @Test func quantilesInterpolateAsNumpyDoes() throws {
    let run = try FixtureRun(FixtureAxes(steps: [1], kinds: ["k"], replicates: 10)) { converged(10 - $0) }
    try run.fill()
    let table = try query(run, by: ["preprocessing"]).run(run.store, axes: run.axes)
    #expect(table.columns.map(\.name).suffix(3) == ["median(steps)", "q10(steps)", "q90(steps)"])
    #expect(table.rows == [[.text("k"), .integer(10), .integer(10), .number(5.5), .number(1.9), .number(9.1)]])
  }

  @Test func trialsThatNeverConvergeCountAsInfinite() throws {
    let run = try FixtureRun(FixtureAxes(steps: [1, 2], kinds: ["k"], replicates: 3)) { trial in
      [converged(10), ended(.budget, 50), converged(30), ended(.diverged, 3), ended(.diverged, 4), converged(5)][trial]
    }
    try run.fill()
    let table = try query(run, by: ["step"], show: ["median(convergence_steps)"]).run(run.store, axes: run.axes)
    #expect(table.rows.map { $0[3] } == [.number(30), .number(.infinity)])
  }

  /// The fixture's unit u took u seconds: unit 1 holds trials of 7, 6 and 5 steps.
  @Test func secondsOfAUnitAreSharedOutBySteps() throws {
    let run = try FixtureRun(FixtureAxes(steps: [1], kinds: ["k"], replicates: 10)) { trial in
      var record = converged(10 - trial)
      record.hits.append(2)
      return record
    }
    try run.fill()
    let table = try query(run, where: ["trial > 2"], show: ["seconds", "seconds_1e-1", "seconds_1e-2"]).run(
      run.store, axes: run.axes)
    let step = 1.0 / 18
    let wanted: [Cell] = [.number(7 * step), .number(2 * step), .missing]
    #expect(table.rows[0] == wanted)
    #expect(table.rows[1][0] == Cell.number(6 * step))
    #expect(Export.columns(run.axes.axes).allSatisfy { !$0.name(run.axes.axes).hasPrefix("seconds") })
  }

  private static let all = Array(0..<30)
  private static let filterCases: [(String, [Int])] = [
    ("trial < 3", [0, 1, 2]), ("trial<=1", [0, 1]), ("status = diverged", Array(all[20...])),
    ("gap = nan", [3, 10, 17, 24]), ("gap != nan", all.filter { $0 % 7 != 3 }), ("gap >= 0.5", [0, 1]),
    ("gap < 0.035", [28, 29]), ("preprocessing==centre", all.filter { $0 / 5 % 2 == 1 }),
    ("step > 2", Array(all[20...])), ("hit_1e-1 = missing", all), ("hit_1e-1 != missing", []), ("hit_1e-1 < 5", []),
    ("gap > nan", []),
  ]

  @Test(arguments: filterCases)
  func filters(text: String, trials: [Int]) throws {
    let run = try run()
    let table = try query(run, where: [text], show: ["trial"]).run(run.store, axes: run.axes)
    #expect(table.rows == trials.map { [.integer($0)] })
  }

  @Test func filtersMustAllHold() throws {
    let run = try run()
    let table = try query(run, where: ["seed = 2", "optimizer.step = 0.5"]).run(run.store, axes: run.axes)
    #expect(table.rows.map { $0[0] } == [.integer(12), .integer(17)])
    #expect(
      table.columns.map(\.name)
        == ["trial", "optimizer.step", "preprocessing", "seed", "status", "steps", "gap", "forecast_difference"])
  }

  @Test func orderAndLimit() throws {
    let run = try run()
    var query = try query(run, where: ["trial < 14"], show: ["trial", "gap"])
    query.order = .init(column: "gap", descending: false)
    // 1/(trial + 1) upwards; what is not a number stands last, in trial order.
    #expect(try query.run(run.store, axes: run.axes).rows.map { $0[0] }.last == .integer(10))
    query.limit = 2
    #expect(try query.run(run.store, axes: run.axes).rows.map { $0[0] } == [.integer(13), .integer(12)])
    query.order = nil
    #expect(try query.run(run.store, axes: run.axes).rows.map { $0[0] } == [.integer(0), .integer(1)])
    query.order = .init(column: "nothing", descending: false)
    #expect(throws: QueryError.self) { try query.run(run.store, axes: run.axes) }
  }

  @Test(arguments: [
    ("stepz = 1", "unknown column `stepz`"), ("status = convergd", "`convergd` is not a status"),
    ("gap = small", "`small` is not a number, and `gap` is a column of numbers"),
    ("gap", "no comparison in the filter `gap`"), ("gap ! 1", "unknown comparison in the filter `gap ! 1`"), ("", "no"),
    ("bad\u{1B}[2J = 1", "unknown column `bad?[2J`"),
  ])
  func mistakesAreNamed(text: String, headline: String) throws {
    let axes = FixtureAxes(steps: [1], replicates: 1).axes
    let error = #expect(throws: QueryError.self) { try Filter.parse(text, axes: axes) }
    #expect(error?.headline.hasPrefix(headline) == true)
  }

  @Test func theNearestColumnIsSuggested() throws {
    let axes = FixtureAxes(steps: [1], replicates: 1).axes
    let error = #expect(throws: QueryError.self) { try ColumnNames(axes).column("gradientnorm") }
    #expect(error?.helps.first == "did you mean `gradient_norm`?")
    #expect(throws: QueryError.self) { try Selection.parse("mode(steps)", axes: axes) }
    #expect(try Selection.parse("q90(step)", axes: axes) == Selection(.axis(0), .q90))
  }

  @Test func wordsHaveNoMedian() throws {
    let run = try run()
    let words = try query(run, by: ["seed"], show: ["median(status)"])
    #expect(throws: QueryError.self) { try words.run(run.store, axes: run.axes) }
    let ungrouped = try query(run, show: ["median(steps)"])
    #expect(throws: QueryError.self) { try ungrouped.run(run.store, axes: run.axes) }
  }

  @Test func aTableForPeople() throws {
    let run = try run()
    var query = try query(run, by: ["preprocessing", "step"], show: ["median(steps)", "q10(hit_1e-6)", "median(gap)"])
    query.limit = 4
    let text = try query.run(run.store, axes: run.axes).text()
    #expect(
      text == """
        preprocessing  optimizer.step  trials  converged  median(steps)  q10(hit_1e-6)  median(gap)
        -------------  --------------  ------  ---------  -------------  -------------  -----------
        none                      0.5       5          5             40              -     0.074176
        none                      1.5       5          5             37              -      0.41667
        none                      2.5       5          0             22              -     0.044466
        centre                    0.5       5          5             60              -     0.055728

        """)
  }

  /// A step axis holds words such as 1/L, a momentum axis the word optimal; numbers among them are numbers.
  @Test func numbersAmongWords() throws {
    let axes = [StoredAxis(path: "optimizer.step", kind: .text), StoredAxis(path: "optimizer.momentum", kind: .number)]
    func holds(_ text: String, _ cell: AxisCell) throws -> Bool {
      let row = TrialRow(
        trial: 0, axes: [cell, cell], record: converged(1, gap: 0.1), card: nil, secondsPerStep: .nan)
      return try Filter.parse(text, axes: axes).matches(row)
    }
    #expect(try holds("optimizer.step = 0.1", .text("0.1")) && holds("optimizer.step = 1e-1", .text("0.1")))
    #expect(try holds("optimizer.step = 0.1", .number(0.1)) && !holds("optimizer.step > 0.15", .number(0.1)))
    #expect(try holds("optimizer.step > 0.15", .text("0.2")) && !holds("optimizer.step > 0.15", .text("0.1")))
    #expect(try !holds("optimizer.step > 0.15", .text("1/L")) && holds("optimizer.step != 0.1", .text("1/L")))
    #expect(try holds("optimizer.step = 1/L", .text("1/L")) && !holds("optimizer.step = 1/L", .text("0.1")))
    #expect(try holds("optimizer.momentum = optimal", .text("optimal")))
    #expect(try !holds("optimizer.momentum = optimal", .number(0.5)))
  }

  /// A curve of more than eight points is left out of the usual table; single points stay.
  @Test func curvesAreLeftOut() {
    func axes(_ count: Int) -> [StoredAxis] {
      [StoredAxis(path: "seed", kind: .number)]
        + (1...count).map { StoredAxis(path: "gap_at_\($0)", kind: .metric) }
        + [StoredAxis(path: "flops", kind: .metric)]
    }
    #expect(ResultsQuery.leftOut(axes(8)) == 0)
    #expect(ResultsQuery.leftOut(axes(9)) == 9)
  }
}
