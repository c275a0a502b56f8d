import RavineLanes
import Synchronization

/// A problem with its modal form and its forecaster, shared by reference.
package final class PreparedProblem: Sendable {
  package let problem: Problem
  let isNet: Bool
  package let form: ModalForm
  package let forecaster: Forecaster
  private let rescaled = Mutex<Forecaster?>(nil)
  private let sweep = Mutex<Double??>(nil)

  /// The forecaster of the problem rescaled by the diagonal of H; made when it is first asked for.
  var rescaledForecaster: Forecaster {
    rescaled.withLock { made in
      let forecaster = made ?? Forecaster(DiagonalPreconditioning.form(problem))
      made = forecaster
      return forecaster
    }
  }

  /// Smallest and largest eigenvalue of the problem rescaled by the diagonal of H.
  var rescaledExtremes: (least: Double, largest: Double) { rescaledForecaster.extremes }

  /// ``CoordinateSweep/radius(_:)``, computed when it is first asked for.
  var sweepRate: Double? {
    sweep.withLock { made in
      let radius = made ?? CoordinateSweep.radius(problem)
      made = .some(radius)
      return radius
    }
  }

  /// The rows of the data, where mini-batches need them.
  var rows: NetRows? { problem.rowStore.rows }

  package init(_ problem: Problem) {
    self.problem = problem
    isNet = problem.net != nil
    form = ModalForm(problem)
    forecaster = Forecaster(form)
  }
}

/// A trial to measure: its id and parameters, and which of the given problems it runs on.
package struct TrialRequest: Sendable {
  package var id: UInt64
  package var problem: Int
  package var parameters: TrialParameters

  package init(id: UInt64, problem: Int, parameters: TrialParameters) {
    self.id = id
    self.problem = problem
    self.parameters = parameters
  }
}

/// Measures trials on the lane kernels. The records are a pure function of the requests and problems: threads, lanes
/// and the order in which lanes are filled change no bit.
package struct Measurement: Sendable {
  package var kernels: KernelTable
  package var threads: Int
  /// Share of modal trials that are run on the direct path too.
  package var crossCheckShare: Double
  /// ``crossCheckShare`` where nothing else is asked for.
  package static let usualCrossCheckShare = 0.01
  /// Whether trials are forecast, and so run longest first. Without, records say `Forecast.unknown`.
  package var forecasts = true

  package init(
    kernels: KernelTable = InstructionSets.best, threads: Int = 1, crossCheckShare: Double = usualCrossCheckShare
  ) {
    self.kernels = kernels
    self.threads = threads
    self.crossCheckShare = crossCheckShare
  }

  /// One record for each request, in order; nil where `isCancelled` became true before the end.
  ///
  /// `progress` is told now and then how many steps were done, on any thread; the figures grow but may come out of
  /// order.
  package func run(
    _ requests: [TrialRequest], problems: [PreparedProblem], progress: @Sendable (UInt64) -> Void = { _ in },
    isCancelled: @Sendable () -> Bool = { false }
  ) -> [TrialRecord]? {
    measure(requests, problems: problems, metrics: [], progress: progress, isCancelled: isCancelled)?.records
  }

  /// As ``run(_:problems:progress:isCancelled:)``, with the metrics that are asked for, a row for each request.
  package func measure(
    _ requests: [TrialRequest], problems: [PreparedProblem], metrics: [Metric],
    progress: @Sendable (UInt64) -> Void = { _ in }, isCancelled: @Sendable () -> Bool = { false }
  ) -> (records: [TrialRecord], metrics: MetricTable)? {
    var records: [TrialRecord]?
    let values = Slots.collect(requests.count * metrics.count, Double.nan) { values in
      let sink = MetricSink(metrics: metrics, values: values)
      records = measuredRecords(requests, problems, sink, progress, isCancelled)
      guard !metrics.isEmpty, let records else { return }
      let isNeeded = Replay.isNeeded(for: metrics)
      let next = Atomic<Int>(0)
      Parallel.perform(requests.count, threads: threads) {
        while !isCancelled() {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < requests.count else { return }
          let request = requests[index]
          let problem = problems[request.problem]
          guard TileKind.isInLanes(request.parameters, problem) else { continue }
          let replay = Replay(
            prepared: problem, parameters: request.parameters, record: records[index], wanted: sink.wanted)
          guard let outcome = isNeeded ? replay.outcome(kernels, goesOn: { !isCancelled() }) : replay.costs else {
            return
          }
          sink.write(outcome, of: index, problem, request.parameters)
        }
      }
    }
    guard let records, !isCancelled() else { return nil }
    return (records, MetricTable(columns: metrics.count, values: values))
  }

  private func measuredRecords(
    _ requests: [TrialRequest], _ problems: [PreparedProblem], _ metrics: MetricSink,
    _ progress: @Sendable (UInt64) -> Void, _ isCancelled: @Sendable () -> Bool
  ) -> [TrialRecord]? {
    let forecasts =
      forecasts ? forecast(requests, problems) : [Forecast](repeating: .unknown, count: requests.count)
    let queues = Queues(requests, problems, forecasts, crossCheckShare: crossCheckShare)
    let shapes = problems.map { $0.form.shape }
    defer { withExtendedLifetime(problems) {} }
    let done = Atomic<UInt64>(0)
    @Sendable func goesOn(_ steps: UInt64) -> Bool {
      progress(done.add(steps, ordering: .relaxed).newValue)
      return !isCancelled()
    }
    var checks: [TrialRecord] = []
    var records = Slots.collect(requests.count, TrialRecord(status: .cancelled)) { records in
      checks = Slots.collect(queues.hasCrossChecks ? requests.count : 0, TrialRecord(status: .cancelled)) { checks in
        Parallel.perform(queues.tiles(kernels), threads: threads) {
          for queue in queues.all {
            let output = queue.isCrossCheck ? checks : records
            queue.run(requests, problems, shapes, kernels, output, metrics, goesOn)
          }
        }
      }
      for index in requests.indices { records[index].forecast = forecasts[index] }
    }
    guard !isCancelled() else { return nil }
    for queue in queues.all where queue.isCrossCheck {
      for index in queue.order {
        let request = requests[index]
        records[index].crossCheck = CrossChecking.compare(
          modal: records[index], direct: checks[index], problem: problems[request.problem].problem,
          parameters: request.parameters)
      }
    }
    return records
  }

  /// The forecast of each request, in order.
  package func forecast(_ requests: [TrialRequest], _ problems: [PreparedProblem]) -> [Forecast] {
    let chunk = 64
    let next = Atomic<Int>(0)
    return Slots.collect(requests.count, Forecast.unknown) { output in
      Parallel.perform((requests.count + chunk - 1) / chunk, threads: threads) {
        while true {
          let start = next.add(chunk, ordering: .relaxed).oldValue
          guard start < requests.count else { return }
          for index in start..<min(start + chunk, requests.count) {
            let request = requests[index]
            output[index] = problems[request.problem].forecastEnd(request.parameters)
          }
        }
      }
    }
  }
}

/// Where the metrics of trials go.
struct MetricSink {
  let metrics: [Metric]
  let values: Slots<Double>
  /// Steps whose gap is one of the metrics.
  let wanted: WantedSteps

  init(metrics: [Metric], values: Slots<Double>) {
    self.metrics = metrics
    self.values = values
    wanted = WantedSteps(metrics)
  }

  func write(_ outcome: TrialOutcome, of index: Int, _ problem: PreparedProblem, _ parameters: TrialParameters) {
    guard !metrics.isEmpty else { return }
    var values = MetricValues(prepared: problem, parameters: parameters, outcome: outcome)
    for (column, metric) in metrics.enumerated() { self.values[index * metrics.count + column] = values.value(metric) }
  }
}

/// Places for results that several threads write, each place by exactly one of them.
struct Slots<Element: Sendable>: @unchecked Sendable {
  // Unchecked: every index is claimed once from an atomic counter before it is written, and read after the join.
  private let base: UnsafeMutablePointer<Element>

  /// An array of `count` elements, `blank` until `fill` writes them; the slots are only valid inside of it.
  static func collect(_ count: Int, _ blank: Element, _ fill: (Slots<Element>) -> Void) -> [Element] {
    // Room for one at least, so that `fill` is called even where nothing is asked for.
    [Element](unsafeUninitializedCapacity: max(count, 1)) { buffer, initialized in
      guard let base = buffer.baseAddress else { return }
      base.initialize(repeating: blank, count: count)
      initialized = count
      fill(Slots(base: base))
    }
  }

  subscript(index: Int) -> Element {
    get { base[index] }
    nonmutating _modify { yield &base[index] }
  }
}
