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
    let names = ["workload", "precision", "rate", "unit", "flop_per_s", "share_of_peak", "check"]
    return ResultTable(
      columns: names.map {
        ResultTable.Column(name: $0, isText: ["workload", "precision", "unit", "check"].contains($0))
      },
      rows: rows)
  }

  /// W1, direct and modal, beside the peak.
  private func sharedQuadratic() throws -> [[Cell]] {
    var rows: [[Cell]] = []
    let one = try SharedQuadratic(data: data)
    for precision in Precision.allCases {
      let peak = Peak.measure(InstructionSets.best, precision)
      rows.append(row("peak", precision, rate: peak, unit: "flop/s", flops: peak, peak: peak, check: nil))
      for engine in [Engine.direct, .modal] {
        let timing = measure(one.requests(precision, engine), [one.problem], forecasting: false)
        let perStep = engine == .direct ? one.flopsPerStep : 0
        rows.append(
          row(
            "W1 \(engine)", precision, rate: timing.stepsPerSecond, unit: "trial-steps/s",
            flops: timing.stepsPerSecond * perStep, peak: peak, check: timing.check))
      }
    }
    return rows
  }

  /// W3, W4 and the other models: one trial at a time on each core.
  private func netRows() throws -> [[Cell]] {
    var nets: [NetWorkload] = []
    if workloads.contains(.w3) { nets.append(try NetWorkload.digits(data: data)) }
    if workloads.contains(.w4) { nets += try [0, 16, 64].map { try NetWorkload.mimic(bottleneck: $0, data: data) } }
    if workloads.contains(.models) { nets += try NetWorkload.models() }
    return nets.flatMap { net in
      net.precisions.map { precision -> [Cell] in
        let peak = Peak.measure(InstructionSets.best, precision)
        let timing = measure(net.requests(precision), net.problems, forecasting: false)
        return row(
          net.name, precision, rate: timing.stepsPerSecond, unit: "steps/s",
          flops: timing.stepsPerSecond * net.flopsPerStep, peak: peak, check: timing.check)
      }
    }
  }

  /// W2: iterated counts, and the forecast alone.
  private func correlationSweep() throws -> [[Cell]] {
    let sweep = try CorrelationSweep(data: data)
    let requests = sweep.requests
    let timing = measure(requests, sweep.problems, forecasting: false)
    if let dump { try sweep.write(timing.records, to: dump) }
    let measurement = Measurement(threads: threads, crossCheckShare: 0)
    var seconds: [Double] = []
    var ends: [Forecast] = []
    for _ in 0...repetitions {
      let start = MonotonicClock.now()
      ends = measurement.forecast(requests, sweep.problems)
      seconds.append(MonotonicClock.now().seconds(since: start))
    }
    let forecastRate = Double(requests.count) / Timing.median(Array(seconds.dropFirst()))
    let count = Double(requests.count)
    let agree = zip(ends, timing.records).allSatisfy { $0.status == $1.status && $0.steps == $1.steps }
    return [
      row(
        "W2 iterated", .float64, rate: count / timing.seconds, unit: "trials/s", flops: nil, peak: nil,
        check: timing.check),
      row(
        "W2 forecast", .float64, rate: forecastRate, unit: "trials/s", flops: nil, peak: nil,
        check: agree ? "equal to iterated" : "differs from iterated"),
    ]
  }

  private func measure(_ requests: [TrialRequest], _ problems: [PreparedProblem], forecasting: Bool) -> Timing {
    var measurement = Measurement(threads: threads, crossCheckShare: 0)
    measurement.forecasts = forecasting
    var seconds: [Double] = []
    var records: [TrialRecord] = []
    // The first run warms up.
    for _ in 0...repetitions {
      let start = MonotonicClock.now()
      records = measurement.run(requests, problems: problems) ?? []
      seconds.append(MonotonicClock.now().seconds(since: start))
    }
    return Timing(seconds: Timing.median(Array(seconds.dropFirst())), records: records)
  }

  private func row(
    _ workload: String, _ precision: Precision, rate: Double, unit: String, flops: Double?, peak: Double?,
    check: String?
  ) -> [Cell] {
    let share = flops.flatMap { flops in peak.map { flops / $0 / Double(workload == "peak" ? 1 : threads) } }
    let hasFlops = (flops ?? 0) > 0
    return [
      .text(workload), .text("\(precision)"), .number(rate), .text(unit),
      hasFlops ? .number(flops ?? 0) : .missing, hasFlops ? .number(share ?? 0) : .missing,
      check.map { .text($0) } ?? .missing,
    ]
  }
}

/// A timed measurement.
struct Timing {
  /// Median of the repetitions.
  var seconds: Double
  var records: [TrialRecord]

  /// Steps really done: a trial that ended does none.
  var stepsPerSecond: Double { records.reduce(0.0) { $0 + Double($1.steps) } / seconds }

  /// SHA-256 of the column frame, shortened.
  var check: String { String(SHA256.hexDigest(of: RecordColumns.encode(records, firstTrial: 0)).prefix(16)) }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// The fused multiply-add rate of one core.
enum Peak {
  static func measure(_ table: KernelTable, _ precision: Precision) -> Double {
    let kernels = precision == .float64 ? table.float64 : table.float32
    let sink = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 64)
    defer { sink.deallocate() }
    var best = 0.0
    for _ in 0..<7 {
      let start = MonotonicClock.now()
      let operations = kernels.peak(1_000_000, sink)
      best = max(best, Double(operations) / MonotonicClock.now().seconds(since: start))
    }
    return best
  }
}
