import ArgumentParser
import RavineDescent
import RavineLanes
import RavineReports
import RavineRuntime
import RavineSweeps

/// The kernel benchmarks: rates, shares of the machine's peak, hashes of the results.
struct KernelBench {
  enum Workload: String, CaseIterable, ExpressibleByArgument { case w1, w2, w3, w4, models }

  var workloads: [Workload]
  var repetitions: Int
  var threads: Int
  var data: String?
  var dump: String?

  func table() throws -> ResultTable {
    var rows: [[Cell]] = []
    if workloads.contains(.w1) { rows += try sharedQuadratic() }
    if workloads.contains(.w2) { rows += try correlationSweep() }
    rows += try netRows()
    if let data, let dump { try writeLosses(EndingLosses(data: data, folder: dump)) }
    let names = ["workload", "precision", "rate", "unit", "flop_per_s", "share_of_peak", "check"]
    return ResultTable(
      columns: names.map {
        ResultTable.Column(name: $0, isText: ["workload", "precision", "unit", "check"].contains($0))
      },
      rows: rows)
  }

  private func writeLosses(_ losses: EndingLosses) throws {
    if workloads.contains(.w3) { try losses.writeDigits() }
    if workloads.contains(.w4) { for k in Self.bottlenecks { try losses.writeMimic(bottleneck: k) } }
  }

  /// Linear units of W4; 0 for none.
  private static let bottlenecks = [0, 16, 64]

  /// W1, direct and modal, beside the peak.
  private func sharedQuadratic() throws -> [[Cell]] {
    var rows: [[Cell]] = []
    let one = try SharedQuadratic(data: data)
    for precision in Precision.allCases {
      let peak = Peak(precision).best()
      rows.append(row("peak", precision, rate: peak, unit: "flop/s", flops: peak, share: 1, check: nil))
      for engine in [Engine.direct, .modal] {
        let timing = measure(one.requests(precision, engine), [one.problem], beside: Peak(precision))
        rows.append(
          row(
            "W1 \(engine)", precision, timing, unit: "trial-steps/s",
            flopsPerStep: engine == .direct ? one.flopsPerStep : nil))
      }
    }
    return rows
  }

  /// W3, W4 and the other models: one trial at a time on each core.
  private func netRows() throws -> [[Cell]] {
    var nets: [NetWorkload] = []
    if workloads.contains(.w3) { nets.append(try NetWorkload.digits(data: data)) }
    if workloads.contains(.w4) {
      nets += try Self.bottlenecks.map { try NetWorkload.mimic(bottleneck: $0, data: data) }
    }
    if workloads.contains(.models) { nets += try NetWorkload.models() }
    return nets.flatMap { net in
      net.precisions.map { precision -> [Cell] in
        let timing = measure(net.requests(precision), net.problems, beside: Peak(precision))
        return row(net.name, precision, timing, unit: "steps/s", flopsPerStep: net.flopsPerStep)
      }
    }
  }

  /// W2: iterated counts, and the forecast alone.
  private func correlationSweep() throws -> [[Cell]] {
    let sweep = try CorrelationSweep(data: data)
    let requests = sweep.requests
    let timing = measure(requests, sweep.problems)
    if let dump { try sweep.write(timing.records, to: dump + "/w2.txt") }
    let measurement = Measurement(threads: threads, crossCheckShare: 0)
    var seconds: [Double] = []
    var ends: [Forecast] = []
    for _ in 0...repetitions {
      let start = MonotonicClock.now()
      ends = measurement.forecast(requests, sweep.problems)
      seconds.append(MonotonicClock.now().seconds(since: start))
    }
    let forecastRate = Double(requests.count) / Median.of(Array(seconds.dropFirst()))
    let count = Double(requests.count)
    let agree = zip(ends, timing.records).allSatisfy { $0.status == $1.status && $0.steps == $1.steps }
    return [
      row(
        "W2 iterated", .float64, rate: count / Median.of(timing.seconds), unit: "trials/s", flops: nil,
        share: nil, check: timing.check),
      row(
        "W2 forecast", .float64, rate: forecastRate, unit: "trials/s", flops: nil, share: nil,
        check: agree ? "equal to iterated" : "differs from iterated"),
    ]
  }

  /// Times the requests without forecasts; `peak` is taken before and after every repetition, for other guests of the
  /// machine slow both alike.
  private func measure(
    _ requests: [TrialRequest], _ problems: [PreparedProblem], beside peak: Peak? = nil
  ) -> Timing {
    var measurement = Measurement(threads: threads, crossCheckShare: 0)
    measurement.forecasts = false
    // The first run warms up.
    var timing = Timing(records: measurement.run(requests, problems: problems) ?? [])
    var before = peak?.rate() ?? .nan
    for _ in 0..<repetitions {
      let start = MonotonicClock.now()
      timing.records = measurement.run(requests, problems: problems) ?? []
      timing.seconds.append(MonotonicClock.now().seconds(since: start))
      let after = peak?.rate() ?? .nan
      timing.peaks.append((before + after) / 2 * Double(threads))
      before = after
    }
    return timing
  }

  private func row(
    _ workload: String, _ precision: Precision, _ timing: Timing, unit: String, flopsPerStep: Double?
  ) -> [Cell] {
    row(
      workload, precision, rate: timing.stepsPerSecond, unit: unit,
      flops: flopsPerStep.map { timing.stepsPerSecond * $0 },
      share: flopsPerStep.map { timing.share(flopsPerStep: $0) },
      check: timing.check)
  }

  private func row(
    _ workload: String, _ precision: Precision, rate: Double, unit: String, flops: Double?, share: Double?,
    check: String?
  ) -> [Cell] {
    [
      .text(workload), .text("\(precision)"), .number(rate), .text(unit), flops.map { .number($0) } ?? .missing,
      share.map { .number($0) } ?? .missing, check.map { .text($0) } ?? .missing,
    ]
  }
}

/// A timed measurement.
struct Timing {
  /// Of each repetition.
  var seconds: [Double] = []
  /// The peak, in flop/s over all threads, at the time of each repetition.
  var peaks: [Double] = []
  var records: [TrialRecord]

  /// Steps really done: a trial that ended does none.
  private var steps: Double { records.reduce(0.0) { $0 + Double($1.steps) } }

  /// Median over the repetitions, as is the share.
  var stepsPerSecond: Double { steps / Median.of(seconds) }

  /// Share of the peak at the same time.
  func share(flopsPerStep: Double) -> Double {
    let work = steps * flopsPerStep
    return Median.of(zip(seconds, peaks).map { work / $0 / $1 })
  }

  /// SHA-256 of the column frame, shortened.
  var check: String { String(SHA256.hexDigest(of: RecordColumns.encode(records, firstTrial: 0)).prefix(16)) }
}

/// The median of a sample; not a number of none.
enum Median {
  static func of(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// The fused multiply-add rate of one core.
struct Peak {
  private let kernels: KernelSet

  init(_ precision: Precision) {
    let table = InstructionSets.best
    kernels = precision == .float64 ? table.float64 : table.float32
  }

  /// In flop/s, over some 20 ms.
  func rate() -> Double {
    let sink = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 64)
    defer { sink.deallocate() }
    let start = MonotonicClock.now()
    var operations = 0
    for _ in 0..<4 { operations += kernels.peak(1_000_000, sink) }
    return Double(operations) / MonotonicClock.now().seconds(since: start)
  }

  /// The best of some tries.
  func best() -> Double { (0..<5).reduce(0.0) { best, _ in max(best, rate()) } }
}
