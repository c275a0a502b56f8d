import RavineLanes
import Testing

@testable import RavineDescent

/// Every lane kernel against the one-lane reference, bit for bit.
@Suite struct LaneKernelTests {
  static let dimensions = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 24, 31, 33]

  /// Trials of all lengths and ends: steps from slow to unstable, several momenta and targets.
  static func requests(_ problems: Int, _ method: Method, _ precision: Precision, _ engine: Engine) -> [TrialRequest] {
    var requests: [TrialRequest] = []
    for problem in 0..<problems {
      for (index, over) in [0.02, 0.3, 1, 1.37, 1.9, 2.2, 3.5].enumerated() {
        for momentum in method == .gradientDescent ? [0] : [0.1, 0.6, 0.95] {
          var parameters = TrialParameters()
          parameters.method = method
          parameters.step = .overL(over)
          parameters.momentum = .value(momentum)
          parameters.gap = precision == .float64 ? [1e-3, 1e-6, 3e-11][index % 3] : 1e-4
          parameters.steps = [5000, 3, 777, 8, 1 << 13, 0, 1600][index]
          parameters.precision = precision
          parameters.engine = engine
          requests.append(TrialRequest(id: UInt64(requests.count), problem: problem, parameters: parameters))
        }
      }
    }
    return requests
  }

  static let problems = dimensions.map {
    PreparedProblem(RotatedProblem.geometric($0, condition: $0 == 1 ? 1 : 30 * Double($0)))
  }

  static func tables() -> [KernelTable] { InstructionSets.available.filter(\.reproducible) }

  /// All modes vanish in one step: what is left is the drive, of the trial's own modes and not of the padding.
  @Test(arguments: [9, 17, 33], Precision.allCases)
  func vanishedModesLeaveNoPadding(_ dimension: Int, _ precision: Precision) throws {
    let problem = PreparedProblem(RotatedProblem.geometric(dimension, condition: 1))
    var parameters = TrialParameters()
    parameters.precision = precision
    let expected = ReferenceKernel.modal(problem.problem, parameters)
    #expect(expected.status == .converged && expected.steps == 1)
    for table in Self.tables() {
      let measurement = Measurement(kernels: table, crossCheckShare: 0)
      let records = measurement.run([TrialRequest(id: 0, problem: 0, parameters: parameters)], problems: [problem])
      #expect(try #require(records).map(Self.measured) == [Self.measured(expected)])
    }
  }

  @Test(arguments: Method.allCases.filter(\.hasRecurrence), Precision.allCases)
  func modalLanesGiveTheReferenceBits(_ method: Method, _ precision: Precision) {
    let requests = Self.requests(Self.problems.count, method, precision, .modal)
    let expected = requests.map { ReferenceKernel.modal(Self.problems[$0.problem].problem, $0.parameters) }
    #expect(Set(expected.map(\.status)).isSuperset(of: [.converged, .budget, .diverged]))
    for table in Self.tables() {
      for threads in [1, 2, 3] {
        let measurement = Measurement(kernels: table, threads: threads, crossCheckShare: 0)
        let records = measurement.run(requests, problems: Self.problems) ?? []
        #expect(records.map(Self.measured) == expected.map(Self.measured))
      }
    }
  }

  @Test(arguments: Method.allCases.filter(\.hasRecurrence), Precision.allCases)
  func directLanesGiveTheReferenceBits(_ method: Method, _ precision: Precision) {
    let requests = Self.requests(Self.problems.count, method, precision, .direct)
    let expected = requests.map { ReferenceKernel.direct(Self.problems[$0.problem].problem, $0.parameters) }
    #expect(Set(expected.map(\.status)).isSuperset(of: [.converged, .budget, .diverged]))
    for table in Self.tables() {
      for threads in [1, 2] {
        let measurement = Measurement(kernels: table, threads: threads, crossCheckShare: 0)
        let records = measurement.run(requests, problems: Self.problems) ?? []
        #expect(records.map(Self.measured) == expected.map(Self.measured))
      }
    }
  }

  /// Any split of the requests into units gives the same records.
  @Test func unitSplitsChangeNoBit() {
    let requests = Self.requests(Self.problems.count, .heavyBall, .float64, .auto)
    let measurement = Measurement(threads: 1)
    let whole = measurement.run(requests, problems: Self.problems) ?? []
    var split: [TrialRecord] = []
    var start = 0
    var size = 1
    while start < requests.count {
      let end = min(start + size, requests.count)
      split += measurement.run(Array(requests[start..<end]), problems: Self.problems) ?? []
      start = end
      size = size % 29 + 4
    }
    #expect(whole.count == requests.count)
    #expect(split == whole)
  }

  @Test func aStateThatRoundingHoldsEndsAtTheFloor() {
    // 1 − ηλ rounds to 1 in float32: the slow mode never moves.
    let problem = PreparedProblem(RotatedProblem.make(eigenvalues: [1, 1e-9], optimum: [18_000.8, 23_999.4]))
    var parameters = TrialParameters()
    parameters.precision = .float32
    let request = TrialRequest(id: 0, problem: 0, parameters: parameters)
    let record = Measurement().run([request], problems: [problem])?[0]
    #expect(record?.status == .floor)
    #expect(record == ReferenceKernel.modal(problem.problem, parameters).with(forecast: record?.forecast))
  }

  @Test func aStartAtTheOptimumHasConverged() {
    let problem = PreparedProblem(RotatedProblem.make(eigenvalues: [1, 0.5], optimum: [2, 3], start: [2, 3]))
    let record = Measurement().run(
      [TrialRequest(id: 0, problem: 0, parameters: TrialParameters())], problems: [problem])?[0]
    #expect(record?.status == .converged)
    #expect(record?.steps == 0)
  }

  /// A record without forecast and cross-check, with NaN comparable.
  static func measured(_ record: TrialRecord) -> [UInt64] {
    var bits = [
      UInt64(record.status.rawValue), record.steps, record.gap.isNaN ? 1 : record.gap.bitPattern,
      record.distance.isNaN ? 1 : record.distance.bitPattern,
      record.gradientNorm.isNaN ? 1 : record.gradientNorm.bitPattern,
    ]
    for rung in 0..<record.hits.count { bits.append(record.hits[rung]) }
    return bits
  }
}

extension TrialRecord {
  fileprivate func with(forecast: Forecast?) -> TrialRecord {
    var copy = self
    if let forecast { copy.forecast = forecast }
    return copy
  }
}
