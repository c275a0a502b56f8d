import RavineLanes
import Testing

@testable import RavineDescent

/// A record that is taken over into another sweep is the one that a measurement there gives, bit for bit.
@Suite struct CarriedRecordTests {
  private static func problem(_ correlation: Double, net: Bool = false) throws -> PreparedProblem {
    var settings = ProblemSettings(
      data: .generated(
        .equicorrelated(features: 6, correlation: correlation), samples: .drawn(24), target: .random, noise: 0.1))
    if net {
      settings.model = .net(NetSettings(hidden: [3], activation: .tanh))
      settings.bias = true
    }
    return PreparedProblem(try Problem.prepare(settings, tables: [:]))
  }

  /// Trials that converge, diverge, reach their limit and reach the floor, on both paths and on neither.
  private static func trials(_ limit: UInt64) -> [TrialParameters] {
    var trials: [TrialParameters] = []
    for method in [Method.gradientDescent, .heavyBall, .nesterov, .adam] {
      for step in [0.05, 1, 2.3] {
        for gap in [1e-3, 1e-9] {
          for engine in [Engine.auto, .direct] {
            var parameters = TrialParameters()
            parameters.method = method
            parameters.step = .overL(step)
            parameters.momentum = .value(method == .gradientDescent ? 0 : 0.8)
            parameters.gap = gap
            parameters.engine = engine
            parameters.steps = limit
            trials.append(parameters)
          }
        }
      }
    }
    return trials
  }

  private static func measure(
    _ trials: [TrialParameters], from id: UInt64, _ problem: PreparedProblem
  ) throws -> [TrialRecord] {
    let requests = trials.enumerated().map {
      TrialRequest(id: id + UInt64($0.offset), problem: 0, parameters: $0.element)
    }
    return try #require(Measurement().run(requests, problems: [problem]))
  }

  @Test(arguments: [(500, 500), (500, 3_000), (3_000, 500)] as [(UInt64, UInt64)])
  func isWhatAMeasurementGives(_ before: UInt64, _ after: UInt64) throws {
    var carried: [TrialStatus: Int] = [:]
    var measuredAnew: [Int] = []
    for (problem, isNet) in [
      (try Self.problem(0.3), false), (try Self.problem(0.99), false), (try Self.problem(0.5, net: true), true),
    ] {
      // A net takes much longer, and no method makes a difference to what is carried of it.
      let some = { (trials: [TrialParameters]) in isNet ? Array(trials.prefix(4)) : trials }
      let (old, new) = (some(Self.trials(before)), some(Self.trials(after)))
      // The first trial is drawn for the cross-check under its new number, and was not under its old one.
      let ownID: UInt64 = 17
      let newID = try #require((40_000...50_000).first { CrossChecking.isSampled($0, share: 0.01) })
      let records = try Self.measure(old, from: ownID, problem)
      let fresh = try Self.measure(new, from: newID, problem)
      for index in old.indices {
        let record = records[index].carried(
          from: ownID + UInt64(index), old[index], to: newID + UInt64(index), limit: after, hasMetrics: false)
        guard let record else {
          measuredAnew.append(index)
          continue
        }
        #expect(record.bits == fresh[index].bits, "\(isNet) \(old[index])")
        carried[record.status, default: 0] += 1
      }
    }
    #expect(carried[.converged, default: 0] > 20 && carried[.diverged, default: 0] > 10, "\(carried)")
    #expect((carried[.budget] ?? 0 > 0) == (before == after))
    #expect(measuredAnew.contains(0) && (before != after || measuredAnew.count < 30), "\(measuredAnew)")
  }

  @Test func whatWasNotMeasuredOrHasMetricsIsNotCarriedBeyondItsLimit() {
    let parameters = TrialParameters()
    for status in [TrialStatus.failed, .cancelled] {
      let record = TrialRecord(status: status)
      #expect(record.carried(from: 1, parameters, to: 2, limit: parameters.steps, hasMetrics: false) == nil)
    }
    let forecast = Forecast(status: .converged, steps: 9)
    let record = TrialRecord(status: .converged, steps: 9, forecast: forecast)
    #expect(record.carried(from: 1, parameters, to: 2, limit: 20, hasMetrics: true) == nil)
    #expect(record.carried(from: 1, parameters, to: 2, limit: 20, hasMetrics: false) != nil)
    #expect(record.carried(from: 1, parameters, to: 2, limit: 9, hasMetrics: false) == nil)
  }
}

extension TrialRecord {
  /// All of it as bits, so that not-a-number compares as what it is.
  fileprivate var bits: [UInt64] {
    [
      UInt64(status.rawValue), steps, gap.bitPattern, distance.bitPattern, gradientNorm.bitPattern,
      UInt64(forecast.status.rawValue), forecast.steps, UInt64(forecast.kind.rawValue), UInt64(crossCheck.rawValue),
    ] + (0..<hits.count).map { hits[$0] }
  }
}
