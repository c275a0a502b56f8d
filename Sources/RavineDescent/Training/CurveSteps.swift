/// Steps at which a curve is taken: 1, 2, … 10, then eight for each power of ten, each ten times an earlier one.
package enum CurveSteps {
  private static let mantissas: [UInt64] = [10, 13, 18, 24, 32, 42, 56, 75]

  /// All of them up to `last`.
  package static func through(_ last: UInt64) -> [UInt64] {
    var steps = (1...10).map { UInt64($0) }.filter { $0 <= last }
    var power: UInt64 = 1
    while power <= last / 10 {
      steps += mantissas.filter { $0 <= last / power }.map { $0 * power }.filter { $0 > 10 }
      power *= 10
    }
    return steps
  }
}

/// Steps after which the gap is wanted for a metric, whatever else looks at it. Asked in ascending order.
package struct WantedSteps: Sendable {
  private let steps: [UInt64]
  private var place = 0

  package init(_ steps: [UInt64] = []) { self.steps = steps.sorted() }

  init(_ metrics: [Metric]) { self.init(metrics.filter { $0.kind == .gapAt }.map { UInt64($0.index) }) }

  mutating func holds(_ step: UInt64) -> Bool {
    while place < steps.count, steps[place] < step { place += 1 }
    return place < steps.count && steps[place] == step
  }

  /// The first after `step`, .max where there is none.
  mutating func next(after step: UInt64) -> UInt64 {
    while place < steps.count, steps[place] <= step { place += 1 }
    return place < steps.count ? steps[place] : .max
  }
}
