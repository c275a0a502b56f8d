import RavineDescent
import RavineReports
import RavineStore
import Testing

@Suite struct SummaryTests {
  private func run() throws -> FixtureRun {
    let run = try FixtureRun(FixtureAxes(steps: [0.5, 1, 2.5], replicates: 3)) { trial in
      switch trial {
      case 0..<3: converged(1000 + trial)
      case 3..<6: trial == 4 ? ended(.budget, 9000) : converged(20 + trial)
      case 6..<9: converged(500, forecast: 500 + trial % 2)
      case 9..<12: trial == 9 ? converged(7) : ended(.budget, 9000)
      case 12: estimated(.diverged, 40)
      case 13..<15: ended(.diverged, 40)
      default: trial == 15 ? ended(.floor, 5) : ended(.diverged, 40)
      }
    }
    try run.fill()
    return run
  }

  @Test func pivotShowsMediansAndStatuses() throws {
    let run = try run()
    let table = try #require(SummaryTable.usual(run.axes.axes))
    #expect(table == SummaryTable(rows: .axis(0), columns: .axis(1)))
    let text = try table.fold(run.store, axes: run.axes).text(width: 80)
    #expect(
      text == """
        optimizer.step      none    centre
        --------------  --------  --------
                   0.5     1,001       25*
                     1       500    budget
                   2.5  diverged  diverged
        across: preprocessing; cells: median steps to convergence
        * some trials of the cell did not converge; they count as infinitely long

        """)
  }

  /// Gradients, flops and seconds of trials that never arrived are no price of arriving.
  @Test func costsAreThoseOfConvergence() throws {
    let run = try run()
    var table = SummaryTable(rows: .axis(0), columns: .axis(1), measure: .gap)
    table.countsToConvergence = true
    let lines = try table.fold(run.store, axes: run.axes).text().split(separator: "\n")
    let cells = lines[2...4].map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
    #expect(cells == ["1e-06 1e-06*", "1e-06 budget", "diverged diverged"])
    #expect(lines[5] == "across: preprocessing; cells: median gap to convergence")
  }

  /// A table has room for 65,536 cells; the trials beyond are told, not kept.
  @Test func pivotOfAVeryLongAxisIsBounded() throws {
    let axes = FixtureAxes(steps: (0..<65_546).map { Double($0) }, kinds: ["a"], replicates: 1)
    let run = try FixtureRun(axes, unitSize: 16_384) { converged($0 + 1) }
    try run.fill()
    let lines = try SummaryTable(rows: .axis(0)).fold(run.store, axes: axes).text(height: 3).split(separator: "\n")
    #expect(lines.contains("10 trials are not in the table: it would have more than 65,536 cells"))
    #expect(lines.last == "3 of 65536 values of optimizer.step shown")
  }

  @Test func pivotFitsTheTerminal() throws {
    let axes = FixtureAxes(steps: (0..<40).map { Double($0) }, kinds: ["a"], replicates: 2)
    let run = try FixtureRun(axes) { converged($0 * 1000 + 1) }
    try run.fill()
    let pivot = try SummaryTable(rows: .axis(2), columns: .axis(0)).fold(run.store, axes: axes)
    for width in [20, 40, 80, 132] {
      let lines = pivot.text(width: width).split(separator: "\n")
      #expect(lines.prefix(4).allSatisfy { $0.count <= max(width, 44) })
      #expect(lines[0].contains(" 0 ") && lines[0].hasSuffix(" 39"))
      #expect(lines.last?.hasSuffix("of 40 values of optimizer.step shown") == true)
    }
    let tall = try SummaryTable(rows: .axis(0)).fold(run.store, axes: axes).text(width: 80, height: 5)
    #expect(
      tall == """
        optimizer.step  median steps to convergence
        --------------  ---------------------------
                     0                          501
                     9                       18,501
                    19                       38,501
                    29                       58,501
                    39                       78,501
        5 of 40 values of optimizer.step shown

        """)
  }

  @Test func summaryCountsWhatHappened() throws {
    let run = try run()
    let summary = try RunSummary.fold(run.store, axes: run.axes)
    #expect(TrialStatus.allCases.map { summary.count($0) } == [9, 3, 5, 1, 0, 0])
    #expect(summary.reachable == 9 && summary.exact == 8 && summary.largestDifference == 1)
    #expect(summary.slowest.map(\.trial) == [4, 10, 11, 2, 1])
    #expect(summary.medianSteps == 500)
    #expect(summary.medianCondition == 12)
    #expect(
      summary.text(run.axes.axes) == """
        18 trials: 9 converged, 3 budget, 5 diverged, 1 floor
        forecast equal to the step on 8 of 9 reachable trials; largest difference 1 step
        forecast only estimated for 1 trial
        median steps to convergence 500, median condition number 12

        slowest trials
        trial  steps  status     optimizer.step  preprocessing  seed
        -----  -----  ---------  --------------  -------------  ----
            4  9,000  budget                0.5  centre            1
           10  9,000  budget                  1  centre            1
           11  9,000  budget                  1  centre            2
            2  1,002  converged             0.5  none              2
            1  1,001  converged             0.5  none              1

        """)
    let narrow = summary.text(run.axes.axes, width: 50)
    #expect(narrow.hasSuffix("    1  1,001  converged             0.5\n1 of 3 columns shown\n"))
    #expect(summary.text(run.axes.axes, width: 1).hasSuffix("    1  1,001  converged\n0 of 3 columns shown\n"))
  }

  /// A measure that no trial of a cell has is a dash where all of them converged, not some status.
  @Test func whatIsNotMeasuredIsADash() throws {
    let run = try FixtureRun(FixtureAxes(steps: [0.5], kinds: ["a"], replicates: 1)) { converged($0 + 7) }
    try run.fill()
    let table = SummaryTable(rows: .axis(0), measure: .hit(11))
    let text = try table.fold(run.store, axes: run.axes).text()
    #expect(text.split(separator: "\n").last?.hasSuffix("  -") == true)
  }
}
