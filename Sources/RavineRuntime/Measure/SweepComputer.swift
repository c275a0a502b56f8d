import RavineDescent
import RavineLanes
import RavineSweeps
import Synchronization

/// Measures the trials of a sweep: the computer that `ravine worker` runs.
package final class SweepComputer: UnitComputer {
  private struct Loaded {
    var plan: Plan
    var tables: [String: Table]
    var problems = ProblemCache()
  }

  private let measurement: Measurement
  private let loaded = Mutex<Loaded?>(nil)

  package init(threads: Int, kernels: KernelTable = InstructionSets.best) {
    measurement = Measurement(kernels: kernels, threads: threads)
  }

  /// Reads the sweep and its files as the coordinator did and returns the plan's hash.
  package func load(
    sweepText: String, sweepFile: String, files: [(name: String, bytes: [UInt8])]
  ) throws -> String {
    let input = try SweepInput(text: sweepText, file: sweepFile, files: files)
    loaded.withLock { $0 = Loaded(plan: input.plan, tables: input.tables) }
    return input.plan.hash
  }

  /// Measures `count` trials from `first`: the column frame of their records and the cards of their problems.
  ///
  /// A problem that cannot be prepared makes its trials fail; the error names it once.
  package func compute(
    first: Int, count: Int, progress: @Sendable (UInt64) -> Void, isCancelled: @Sendable () -> Bool
  ) throws -> (columns: [UInt8], cards: [UInt8]) {
    guard var state = loaded.withLock({ $0 }) else { throw ComputeError.noPlan }
    guard first >= 0, count > 0, first + count <= state.plan.trialCount else {
      throw ComputeError.outsidePlan(first: first, count: count, trials: state.plan.trialCount)
    }
    let batch = try Batch(first: first, count: count, plan: state.plan)
    let prepared = state.problems.prepare(
      batch.problems, plan: state.plan, tables: state.tables, threads: measurement.threads)
    loaded.withLock { $0?.problems = state.problems }
    let metrics = state.plan.sweep.metrics
    let (records, values) = try measure(batch, prepared, metrics, progress, isCancelled)
    var cards: [(problem: UInt64, card: ProblemCard)] = []
    for (ordinal, problem) in zip(batch.problems, prepared) {
      if let problem { cards.append((UInt64(ordinal.ordinal), problem.problem.card)) }
    }
    return (
      RecordColumns.encode(records, firstTrial: UInt64(first), metrics: values), CardColumns.encode(cards)
    )
  }

  /// One record for each request of the batch; `failed` where the problem could not be prepared.
  private func measure(
    _ batch: Batch, _ prepared: [PreparedProblem?], _ metrics: [Metric], _ progress: @Sendable (UInt64) -> Void,
    _ isCancelled: @Sendable () -> Bool
  ) throws -> (records: [TrialRecord], metrics: MetricTable) {
    func run(
      _ requests: [TrialRequest], _ problems: [PreparedProblem]
    ) throws -> (records: [TrialRecord], metrics: MetricTable) {
      guard
        let measured = measurement.measure(
          requests, problems: problems, metrics: metrics, progress: progress, isCancelled: isCancelled)
      else { throw ComputeError.cancelled }
      return measured
    }
    let usable = prepared.compactMap { $0 }
    if usable.count == prepared.count { return try run(batch.requests, usable) }
    // Problems that failed take no part: number the others anew.
    var place = [Int?](repeating: nil, count: prepared.count)
    var known = 0
    for index in prepared.indices where prepared[index] != nil {
      place[index] = known
      known += 1
    }
    let requests = batch.requests.compactMap { request in
      place[request.problem].map { TrialRequest(id: request.id, problem: $0, parameters: request.parameters) }
    }
    let measured = try run(requests, usable)
    var records: [TrialRecord] = []
    var values: [Double] = []
    var row = 0
    for request in batch.requests {
      if place[request.problem] == nil {
        records.append(TrialRecord(status: .failed))
        values += [Double](repeating: .nan, count: metrics.count)
      } else {
        records.append(measured.records[row])
        values += measured.metrics.row(row)
        row += 1
      }
    }
    return (records, MetricTable(columns: metrics.count, values: values))
  }
}

/// Why a unit could not be measured.
package enum ComputeError: Error, Equatable, CustomStringConvertible {
  case noPlan
  case outsidePlan(first: Int, count: Int, trials: Int)
  case cancelled

  package var description: String {
    switch self {
    case .noPlan: "no plan is loaded"
    case .outsidePlan(let first, let count, let trials):
      "trials \(first) … \(first + count - 1) are not in a plan of \(trials) trials"
    case .cancelled: "cancelled"
    }
  }
}

/// The trials of a unit and the problems that they need.
private struct Batch {
  /// Plan ordinal and first trial of each problem, in order.
  var problems: [(ordinal: Int, trial: Int)] = []
  /// `problem` is an index into `problems`.
  var requests: [TrialRequest] = []

  init(first: Int, count: Int, plan: Plan) throws {
    requests.reserveCapacity(count)
    var trial = first
    while trial < first + count {
      let end = min(plan.problemTrials(containing: trial).upperBound, first + count)
      problems.append((plan.problem(of: trial), trial))
      for id in trial..<end {
        requests.append(
          TrialRequest(id: UInt64(id), problem: problems.count - 1, parameters: plan.parameters(of: id)))
      }
      trial = end
    }
  }
}

/// The most recently used problems of a plan, ready for the kernel.
private struct ProblemCache {
  private static let most = 256
  private var problems: [Int: PreparedProblem] = [:]
  private var order: [Int] = []

  /// The problems asked for, in order; nil where one cannot be prepared. Missing ones are prepared in parallel.
  mutating func prepare(
    _ wanted: [(ordinal: Int, trial: Int)], plan: Plan, tables: [String: Table], threads: Int
  ) -> [PreparedProblem?] {
    let known = problems
    let results = Mutex([PreparedProblem?](repeating: nil, count: wanted.count))
    let next = Atomic<Int>(0)
    Parallel.perform(wanted.count, threads: threads) {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < wanted.count else { return }
        let prepared =
          known[wanted[index].ordinal]
          ?? (try? Problem.prepare(plan.settings(of: wanted[index].trial).problem, tables: tables)).map {
            PreparedProblem($0)
          }
        results.withLock { $0[index] = prepared }
      }
    }
    let prepared = results.withLock { $0 }
    for (wanted, problem) in zip(wanted, prepared) {
      if let problem { remember(wanted.ordinal, problem) }
    }
    return prepared
  }

  private mutating func remember(_ ordinal: Int, _ problem: PreparedProblem) {
    guard problems.updateValue(problem, forKey: ordinal) == nil else { return }
    order.append(ordinal)
    if order.count > Self.most { problems[order.removeFirst()] = nil }
  }
}
