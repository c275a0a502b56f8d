import RavineDescent

/// The trials that two plans have in common, whatever numbers they have there: those of equal settings, where the step
/// limit may differ.
package struct PlanOverlap: Sendable {
  package let old: Plan
  /// The trials of each problem of `old`; several stretches where a union names a problem twice.
  private let stretches: [ProblemSettings: [Range<Int>]]

  /// - Parameter changedFiles: names of data files that hold something else now: their problems are others.
  package init(old: Plan, changedFiles: Set<String> = []) {
    self.old = old
    var stretches: [ProblemSettings: [Range<Int>]] = [:]
    var trial = 0
    while trial < old.trialCount {
      let stretch = old.problemTrials(containing: trial)
      let problem = old.settings(of: trial).problem
      if case .file(let name, _, _) = problem.data, changedFiles.contains(name) {
        // Nothing is in common.
      } else {
        stretches[problem, default: []].append(stretch)
      }
      trial = stretch.upperBound
    }
    self.stretches = stretches
  }

  /// What `old` has of a problem; nil where it does not have it.
  package func twins(of problem: ProblemSettings) -> ProblemTwins? {
    stretches[problem].map { ProblemTwins(old, $0) }
  }
}

/// The trials of one problem by what they are.
package struct ProblemTwins: Sendable {
  private let plan: Plan
  /// Ascending by hash, then by trial.
  private let entries: [(hash: Int, trial: Int)]

  init(_ plan: Plan, _ stretches: [Range<Int>]) {
    self.plan = plan
    entries = stretches.joined().map { (Self.hash(plan.parameters(of: $0)), $0) }
      .sorted { ($0.hash, $0.trial) < ($1.hash, $1.trial) }
  }

  /// The trials with these parameters, but for the step limit; those of the same limit come first.
  package func trials(like parameters: TrialParameters) -> [Int] {
    let hash = Self.hash(parameters)
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].hash < hash { low = middle + 1 } else { high = middle }
    }
    var same: [Int] = []
    var similar: [Int] = []
    while low < entries.count, entries[low].hash == hash {
      var other = plan.parameters(of: entries[low].trial)
      if other == parameters {
        same.append(entries[low].trial)
      } else {
        other.steps = parameters.steps
        if other == parameters { similar.append(entries[low].trial) }
      }
      low += 1
    }
    return same + similar
  }

  /// Equal for equal parameters, whatever their step limit; differs from process to process.
  private static func hash(_ parameters: TrialParameters) -> Int {
    var parameters = parameters
    parameters.steps = 0
    return parameters.hashValue
  }
}
