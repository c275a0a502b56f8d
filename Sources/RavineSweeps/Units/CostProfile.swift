/// The forecast work of every trial as a piecewise constant function of its id.
///
/// Work is counted in mode-steps: one step of one scalar recurrence, about a nanosecond for a lone trial and a tenth
/// of that in full lanes.
package struct CostProfile: Sendable {
  /// A stretch of ids, up to the next segment's first, that share a cost.
  package struct Segment: Sendable, Equatable {
    package var first: Int
    package var perTrial: Double

    package init(first: Int, perTrial: Double) {
      self.first = first
      self.perTrial = perTrial
    }
  }

  /// Ascending by `first`; the first one starts at 0.
  package let segments: [Segment]
  package let trialCount: Int
  /// Work before each segment, and after the last.
  private let before: [Double]

  package init(segments: [Segment], trialCount: Int) {
    self.segments = segments
    self.trialCount = trialCount
    var sums = [0.0]
    for index in segments.indices {
      let end = index + 1 < segments.count ? segments[index + 1].first : trialCount
      sums.append(sums[index] + Double(end - segments[index].first) * segments[index].perTrial)
    }
    before = sums
  }

  package var total: Double { before[segments.count] }

  /// Work of all trials with an id below `trial`. O(log segments).
  package func work(before trial: Int) -> Double {
    guard !segments.isEmpty else { return 0 }
    var low = 0
    var high = segments.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if segments[middle].first <= trial { low = middle } else { high = middle }
    }
    return before[low] + Double(trial - segments[low].first) * segments[low].perTrial
  }

  /// The largest id in `range` such that the trials from `range.lowerBound` up to it cost at most `work`; at least
  /// one trial is taken. O(log² ).
  package func end(from range: Range<Int>, work limit: Double) -> Int {
    let base = work(before: range.lowerBound)
    var low = range.lowerBound + 1
    var high = range.upperBound
    while low < high {
      let middle = (low + high + 1) / 2
      if work(before: middle) - base <= limit { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
