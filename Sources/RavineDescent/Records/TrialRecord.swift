/// How a trial ended. Raw values are stored and sent; never renumber.
package enum TrialStatus: UInt8, Sendable, CaseIterable {
  /// The gap fell to the stop rule's gap.
  case converged = 1
  /// The step limit was reached first.
  case budget = 2
  /// The gap rose above the divergence limit or stopped being a number; a yardstick came to rest above its start.
  case diverged = 3
  /// Round-off stopped all progress first: the state repeats bit for bit.
  case floor = 4
  /// The trial could not be run; the run's event history says why.
  case failed = 5
  /// The run was cancelled before this trial.
  case cancelled = 6

  /// The word used in files, tables and on the command line.
  package var name: String { String(describing: self) }
}

/// Whether a modal trial was also run on the direct path, and what came of it. Stored and sent; never renumber.
package enum CrossCheck: UInt8, Sendable {
  case none = 0
  /// Every comparable rung was hit at the same step (within the bound that rounding allows).
  case agreed = 1
  case differed = 2
}

/// The first-hit ladder: rung r stands for gap ≤ 10^−(r+1).
package enum Ladder {
  /// 1e-1 … 1e-12, correctly rounded.
  package static let rungs: [Double] = [
    1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12,
  ]
}

/// What is measured for one trial. Plain old data.
package struct TrialRecord: Equatable, Sendable {
  // In this order no space is lost between the fields.
  /// Steps done when the trial ended: the first step at which its status held.
  package var steps: UInt64
  /// gap(t) = (f(w_t) − f*)/(f(w_0) − f*) at `steps`.
  package var gap: Double
  /// |w_t − w*| at `steps`, w* the minimum-norm optimum (its null-space part stays that of the start).
  package var distance: Double
  /// |∇f(w_t)| at `steps`.
  package var gradientNorm: Double
  /// First hits: `hits[r]` is the exact first step with gap ≤ `Ladder.rungs[r]`; as many as were reached.
  package var hits: Hits
  package var status: TrialStatus
  package var crossCheck: CrossCheck
  /// What the forecast said.
  package var forecast: Forecast

  package init(
    status: TrialStatus, steps: UInt64 = 0, gap: Double = .nan, distance: Double = .nan,
    gradientNorm: Double = .nan, forecast: Forecast = .unknown, crossCheck: CrossCheck = .none, hits: Hits = Hits()
  ) {
    self.status = status
    self.steps = steps
    self.gap = gap
    self.distance = distance
    self.gradientNorm = gradientNorm
    self.forecast = forecast
    self.crossCheck = crossCheck
    self.hits = hits
  }
}

/// What a forecast is worth. Stored and sent; never renumber.
package enum ForecastKind: UInt8, Sendable, CaseIterable {
  /// There is none.
  case none = 0
  /// Right to the step, but for the round-off of the run itself.
  case exact = 1
  case estimate = 2
}

/// A forecast end: `status` and the step at which it comes.
package struct Forecast: Equatable, Sendable {
  package var steps: UInt64
  package var status: TrialStatus
  package var kind: ForecastKind

  package init(status: TrialStatus, steps: UInt64, kind: ForecastKind = .exact) {
    self.status = status
    self.steps = steps
    self.kind = kind
  }

  /// No forecast exists (the trial failed before one could be made).
  package static let unknown = Forecast(status: .failed, steps: 0, kind: .none)
}

/// First-hit steps of the ladder's rungs, in order; a fixed-size value, no allocation.
package struct Hits: Equatable, Sendable {
  private var steps = InlineArray<12, UInt64>(repeating: 0)
  private var reached: UInt8 = 0

  package init() {}

  /// How many rungs were reached.
  package var count: Int { Int(reached) }

  package subscript(rung: Int) -> UInt64 { steps[rung] }

  /// Appends the first hit of the next rung. Precondition: fewer than 12 so far.
  package mutating func append(_ step: UInt64) {
    steps[count] = step
    reached += 1
  }

  /// The hit step of `rung`, or nil where it was not reached.
  package func step(ofRung rung: Int) -> UInt64? { rung < count ? steps[rung] : nil }

  package static func == (one: Hits, other: Hits) -> Bool {
    one.count == other.count && (0..<one.count).allSatisfy { one[$0] == other[$0] }
  }
}
