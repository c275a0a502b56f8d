/// All trials of a sweep as arithmetic: blocks one after the other.
struct SearchSpace: Sendable {
  /// In trial order; empty where there are too many trials to number.
  let blocks: [Block]
  /// The first trial and the first problem of each block, and the totals at the end.
  let trialStarts: [Int]
  let problemStarts: [Int]
  let trials: TrialCount
  let unconstrained: TrialCount

  init(_ results: [BlockBuilder.Result]) {
    trials = results.reduce(TrialCount(0)) { $0 + $1.trials }
    unconstrained = results.reduce(TrialCount(0)) { $0 + $1.unconstrained }
    blocks = trials > BlockBuilder.trialLimit ? [] : results.flatMap(\.blocks)
    trialStarts = blocks.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.trialCount) }
    problemStarts = blocks.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.problemCount) }
  }

  /// The block that holds a number, given the starts.
  @inline(__always)
  static func block(_ number: Int, _ starts: [Int]) -> Int {
    var (low, high) = (0, starts.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= number { low = middle } else { high = middle }
    }
    return low
  }
}

/// How large a sweep is, exactly, before anything is run.
package struct SizeReport: Hashable, Sendable {
  /// Trials after constraints.
  package var trials: TrialCount
  /// Trials as if there were no constraints.
  package var unconstrained: TrialCount
  /// The axes with their number of values, in file order.
  package var axes: [Plan.Axis]
  /// Entries of `union`; 1 without one.
  package var branches: Int

  /// The sizes as a product, such as `data.correlation 20 x optimizer.step 21 x seed 5`.
  package var product: String {
    axes.map { "\($0.path) \(TrialCount.grouped($0.count))" }.joined(separator: " x ")
  }

  /// Whether more than `limit` trials are asked for; nothing admits more than 2^40.
  package func exceeds(_ limit: Int) -> Bool { trials > TrialCount(limit) || trials > BlockBuilder.trialLimit }

  /// The refusal of a sweep with more than `limit` trials, to which the caller may add times and sizes.
  package func refusal(limit: Int, file: String) -> Diagnostic? {
    guard exceeds(limit) else { return nil }
    var helps: [String] = []
    if let largest = axes.max(by: { $0.count < $1.count }), largest.count > 1 {
      helps.append("most of it is `\(largest.path)`: \(TrialCount.grouped(largest.count)) values")
    }
    if trials > BlockBuilder.trialLimit {
      helps.append("no sweep may have more than \(BlockBuilder.trialLimit) trials")
    } else if let exact = trials.exact {
      helps.append("to really do it: --yes-run \(exact)")
    }
    return Diagnostic(
      .error, .tooManyTrials, "this sweep has \(trials) trials", file: file, at: .file, helps: helps,
      notes: product.isEmpty ? [] : [product])
  }
}
