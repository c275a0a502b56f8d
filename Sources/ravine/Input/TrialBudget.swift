import RavineReports
import RavineRuntime
import RavineSweeps

/// The size of a sweep in numbers that a person can judge.
enum TrialBudget {
  /// Stored bytes of a trial, about: a column frame and a row.
  static let bytesPerTrial = 250.0
  /// Trials of a short kind that one core measures in a second, about.
  static let trialsPerSecond = 500_000.0

  /// Why a large sweep is not run without being asked for by number.
  static func refusal(_ input: SweepInput) -> String {
    let count = input.plan.trialCount
    let axes = input.plan.axes.map { "\($0.path) \(NumberText.grouped($0.count))" }.joined(separator: " x ")
    let seconds = Double(count) / trialsPerSecond
    var lines = [
      "error[RV-1120]: this sweep has \(NumberText.grouped(count)) trials",
      "   \(axes)",
      "   at \(NumberText.grouped(Int(trialsPerSecond))) short trials a second: \(NumberText.duration(seconds)), about "
        + "\(NumberText.bytes(Int(Double(count) * bytesPerTrial))) of results",
    ]
    if let largest = input.plan.axes.max(by: { $0.count < $1.count }) {
      lines.append("   = help: most of it is `\(largest.path)` with \(NumberText.grouped(largest.count)) values")
    }
    lines.append("   = help: `search: {kind: sobol, points: 10000}` samples the same space")
    lines.append("   = help: to really do it: --yes-run \(count)")
    lines.append("nothing was started")
    return lines.joined(separator: "\n")
  }
}
