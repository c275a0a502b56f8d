/// The units of a sweep: contiguous ranges of trial ids of about equal forecast work.
package struct UnitTable: Sendable, Equatable {
  /// First trial of each unit, and the trial count at the end: count + 1 entries.
  package let starts: [Int]
  /// Forecast work of each unit, in mode-steps.
  package let costs: [Double]

  package var count: Int { costs.count }

  package func range(of unit: Int) -> Range<Int> { starts[unit]..<starts[unit + 1] }

  package init(starts: [Int], costs: [Double]) {
    self.starts = starts
    self.costs = costs
  }

  /// A unit's results must fit one message.
  package static let mostTrials = 4096
  /// Below this a unit's messages would cost more than its work.
  static let leastWork = 4e6
  /// Above this a lost worker would cost more than a few seconds.
  static let mostWork = 2e10
  /// Enough pieces for balance at the end; more where the work is large.
  static let pieces = 64.0

  /// Cuts the ids where the work says so; a cut falls between two problems where one is near, so that few problems
  /// are prepared twice.
  ///
  /// - `known`: ascending stretches of ids that need no work any more; no unit has known and unknown trials.
  /// - `stretch`: the ids that share a trial's problem.
  package static func partition(
    _ profile: CostProfile, mostTrials: Int = mostTrials, known: [Range<Int>] = [], stretch: (Int) -> Range<Int>
  ) -> UnitTable {
    let done = known.reduce(0) { $0 + profile.work(before: $1.upperBound) - profile.work(before: $1.lowerBound) }
    let share = min(max((profile.total - done) / pieces, leastWork), mostWork)
    let borders = known.flatMap { [$0.lowerBound, $0.upperBound] } + [profile.trialCount]
    var border = 0
    var starts = [0]
    var costs: [Double] = []
    var first = 0
    while first < profile.trialCount {
      while borders[border] <= first { border += 1 }
      let most = min(first + mostTrials, borders[border])
      var end = profile.end(from: first..<most, work: share)
      if end < borders[border] {
        let boundary = stretch(end).lowerBound
        if boundary > first, end - boundary < (end - first) / 2 { end = boundary }
      }
      costs.append(profile.work(before: end) - profile.work(before: first))
      starts.append(end)
      first = end
    }
    return UnitTable(starts: starts, costs: costs)
  }
}
