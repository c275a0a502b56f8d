import RavineDescent
import RavineStore

/// What came out of a run, in a few numbers: folded over all trials in trial order.
package struct RunSummary: Equatable, Sendable {
  /// One of the trials that took the most steps.
  package struct Slow: Equatable, Sendable {
    package var trial: Int
    package var steps: UInt64
    package var status: TrialStatus
    package var axes: [AxisCell]
  }

  package var trials = 0
  /// In the order of `TrialStatus.allCases`.
  package var statuses = [Int](repeating: 0, count: TrialStatus.allCases.count)
  /// Trials of which an exact forecast says that they converge.
  package var reachable = 0
  /// Those of them that converged at exactly the step that was forecast.
  package var exact = 0
  /// The largest |measured − forecast| among trials that converged as forecast.
  package var largestDifference = 0
  /// Trials whose forecast is an estimate.
  package var estimated = 0
  package var agreed = 0
  package var differed = 0
  /// The first trial of each problem that has failed trials; at most five.
  package var failed: [Int] = []
  /// Descending by steps; of equals the lower trial first.
  package var slowest: [Slow] = []
  /// Over the converged trials; nil where there is none.
  package var medianSteps: Double?
  package var medianCondition: Double?

  package static func fold(_ store: RunStore, axes: some TrialAxes, slowest count: Int = 5) throws -> RunSummary {
    var summary = RunSummary()
    var steps: [Double] = []
    // Growing by doubling would need three times the memory for a moment.
    steps.reserveCapacity(min(store.trialCount, 1 << 26))
    var conditions: [Double] = []
    var lastProblem = -1
    try store.forEachTrial(axes: axes) { row in
      summary.add(row, keeping: count)
      if row.record.status == .failed, summary.failed.count < 5,
        summary.failed.last.map({ axes.problem(of: $0) }) != axes.problem(of: row.trial)
      {
        summary.failed.append(row.trial)
      }
      if row.record.status == .converged { steps.append(Double(row.record.steps)) }
      let problem = axes.problem(of: row.trial)
      if problem != lastProblem, let condition = row.card?.condition, !condition.isNaN { conditions.append(condition) }
      lastProblem = problem
    }
    steps.sort()
    conditions.sort()
    summary.medianSteps = Sample.quantile(0.5, of: steps)
    summary.medianCondition = Sample.quantile(0.5, of: conditions)
    return summary
  }

  package func count(_ status: TrialStatus) -> Int { statuses[TrialStatus.allCases.firstIndex(of: status) ?? 0] }

  private mutating func add(_ row: TrialRow, keeping count: Int) {
    let record = row.record
    trials += 1
    statuses[TrialStatus.allCases.firstIndex(of: record.status) ?? 0] += 1
    if record.forecast.kind == .estimate { estimated += 1 }
    if record.forecast.status == .converged, record.forecast.kind == .exact {
      reachable += 1
      if record.status == .converged, let difference = record.forecastDifference {
        if difference == 0 { exact += 1 }
        largestDifference = max(largestDifference, abs(difference))
      }
    }
    switch record.crossCheck {
    case .none: break
    case .agreed: agreed += 1
    case .differed: differed += 1
    }
    keep(row, count)
  }

  private mutating func keep(_ row: TrialRow, _ count: Int) {
    let steps = row.record.steps
    if slowest.count >= count, let last = slowest.last, last.steps >= steps { return }
    let place = slowest.firstIndex { $0.steps < steps } ?? slowest.count
    slowest.insert(Slow(trial: row.trial, steps: steps, status: row.record.status, axes: row.axes), at: place)
    if slowest.count > count { slowest.removeLast() }
  }
}

extension RunSummary {
  /// The lines under a run's answer: statuses, forecast, cross-check, medians, slowest trials, of whose axes as many as
  /// `width` columns hold.
  package func text(_ axes: [StoredAxis], width: Int = 100) -> String {
    var lines = [statusLine] + forecastLines
    if let medianSteps {
      let condition = medianCondition.map { ", median condition number \(NumberText.significant($0))" } ?? ""
      lines.append("median steps to convergence \(NumberText.significant(medianSteps, digits: 6))\(condition)")
    }
    guard !slowest.isEmpty else { return lines.joined(separator: "\n") + "\n" }
    // Those that none of them has say nothing.
    let all = ResultsQuery.usualAxes(axes).filter { axis in slowest.contains { $0.axes[axis] != .absent } }
    var shown = all
    var table = slowestTable(axes, shown)
    while !shown.isEmpty, (table.map(\.count).max() ?? 0) > width {
      shown.removeLast()
      table = slowestTable(axes, shown)
    }
    lines += ["", "slowest trials"] + table
    if shown.count < all.count { lines.append("\(shown.count) of \(NumberText.count(all.count, "column")) shown") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func slowestTable(_ axes: [StoredAxis], _ shown: [Int]) -> [String] {
    TextTable(
      header: ["trial", "steps", "status"] + shown.map { axes[$0].path },
      alignments: [.right, .right, .left] + shown.map { axes[$0].kind == .text ? .left : .right },
      rows: slowest.map { slow in
        [String(slow.trial), NumberText.grouped(Int(clamping: slow.steps)), slow.status.word]
          + shown.map { ResultTable.text(Cell(slow.axes[$0]), digits: 5) }
      }
    ).lines
  }

  private var statusLine: String {
    let parts = zip(TrialStatus.allCases, statuses).compactMap { status, count in
      count > 0 ? "\(NumberText.grouped(count)) \(status.word)" : nil
    }
    return NumberText.count(trials, "trial") + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
  }

  private var forecastLines: [String] {
    var lines: [String] = []
    if reachable > 0 {
      let rest = largestDifference > 0 ? "; largest difference \(NumberText.count(largestDifference, "step"))" : ""
      lines.append(
        "forecast equal to the step on \(NumberText.grouped(exact)) of "
          + NumberText.count(reachable, "reachable trial") + rest)
    }
    if estimated > 0 { lines.append("forecast only estimated for \(NumberText.count(estimated, "trial"))") }
    if agreed + differed > 0 {
      lines.append(
        "direct path agrees on \(NumberText.grouped(agreed)) of "
          + NumberText.count(agreed + differed, "cross-checked trial"))
    }
    return lines
  }
}
