import RavineDescent
import RavineLanes
import RavineSweeps
import Synchronization

/// Measures the trials of a sweep: the computer that `ravine worker` runs.
package final class SweepComputer: UnitComputer {
  /// By reference: a plan is too large to be copied for every unit.
  private final class Loaded: Sendable {
    let plan: Plan
    let tables: [String: Table]
    let problems = ProblemCache()

    init(_ input: SweepInput) {
      plan = input.plan
      tables = input.tables
    }
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
    loaded.withLock { $0 = Loaded(input) }
    return input.plan.hash
  }

  /// Measures `count` trials from `first`: the column frame of their records and the cards of their problems.
  ///
  /// A problem that cannot be prepared makes its trials fail; the error names it once.
  package func compute(
    first: Int, count: Int, progress: @Sendable (UInt64) -> Void, isCancelled: @Sendable () -> Bool
  ) throws -> (columns: [UInt8], cards: [UInt8]) {
    guard let loaded = loaded.withLock({ $0 }) else { throw ComputeError.noPlan }
    let plan = loaded.plan
    guard first >= 0, count > 0, first + count <= plan.trialCount else {
      throw ComputeError.outsidePlan(first: first, count: count, trials: plan.trialCount)
    }
    let batch = try Batch(first: first, count: count, plan: plan)
    let prepared = loaded.problems.prepare(
      batch.problems, plan: plan, tables: loaded.tables, threads: measurement.threads)
    let metrics = plan.sweep.metrics
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

/// The problems of a plan that were used last, ready for the kernel.
private final class ProblemCache: Sendable {
  private struct Known {
    var problems: [Int: PreparedProblem] = [:]
    var order: [Int] = []
  }

  private static let most = 256
  private let known = Mutex(Known())

  /// The problems asked for, in order; nil where one cannot be prepared. Missing ones are prepared in parallel.
  func prepare(
    _ wanted: [(ordinal: Int, trial: Int)], plan: Plan, tables: [String: Table], threads: Int
  ) -> [PreparedProblem?] {
    var prepared = known.withLock { known in wanted.map { known.problems[$0.ordinal] } }
    let missing = prepared.indices.filter { prepared[$0] == nil }
    guard !missing.isEmpty else { return prepared }
    let results = Mutex([PreparedProblem?](repeating: nil, count: missing.count))
    let next = Atomic<Int>(0)
    Parallel.perform(missing.count, threads: threads) {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < missing.count else { return }
        let trial = wanted[missing[index]].trial
        let problem = try? Problem.prepare(plan.settings(of: trial).problem, tables: tables)
        results.withLock { $0[index] = problem.map { PreparedProblem($0) } }
      }
    }
    for (index, problem) in zip(missing, results.withLock { $0 }) {
      guard let problem else { continue }
      prepared[index] = problem
      remember(wanted[index].ordinal, problem)
    }
    return prepared
  }

  private func remember(_ ordinal: Int, _ problem: PreparedProblem) {
    known.withLock { known in
      guard known.problems.updateValue(problem, forKey: ordinal) == nil else { return }
      known.order.append(ordinal)
      if known.order.count > Self.most { known.problems[known.order.removeFirst()] = nil }
    }
  }
}
