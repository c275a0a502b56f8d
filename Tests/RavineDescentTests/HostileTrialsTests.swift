import Foundation
import RavineLanes
import Testing

@testable import RavineDescent

/// Every model, method and element type on data and steps that nobody should use: each trial ends with a status, none
/// traps, and `converged` is only said of weights whose loss is really that low.
@Suite struct HostileTrialsTests {
  static let data: [(name: String, inputs: [[Double]], targets: [Double])] = [
    ("one row", [[1, -2, 0.5]], [1]),
    ("one column", [[1], [2], [-1], [0.5], [-3]], [1, 0, 1, 1, 0]),
    ("one number", [[2]], [1]),
    ("fewer rows than columns", [[1, 2, 3, 4, 5], [2, -1, 0.5, 1, 1]], [1, 0]),
    ("constant columns", [[1, 2, 7], [1, -1, 7], [1, 0.5, 7], [1, -0.3, 7]], [1, 0, 1, 0]),
    ("nothing but zeros", [[0, 0], [0, 0], [0, 0]], [1, 0, 1]),
    ("equal targets", [[1, 2], [2, 1], [-1, 1]], [1, 1, 1]),
    ("zero targets", [[1, 2], [2, 1], [-1, 1]], [0, 0, 0]),
    ("huge", [[1e150, -2e150], [3e150, 1e150], [1e149, 5e149]], [1, 0, 1]),
    ("tiny", [[1e-160, -2e-160], [3e-160, 1e-160], [1e-161, 5e-160]], [1, 0, 1]),
    ("far apart", [[1e-100, 1e100], [-1e-100, 2e100], [3e-100, 1e100]], [1, 0, 1]),
  ]

  static let models: [Model] = {
    var relu = NetSettings(hidden: [3], activation: .relu)
    relu.bottleneck = 2
    return [
      .linear, .logistic, .softmax(classes: 2), .net(NetSettings(hidden: [4], activation: .tanh)), .net(relu),
      .net(NetSettings(hidden: [2, 2], activation: .identity)),
    ]
  }()

  static let steps: [StepSize] = [
    .overL(1), .absolute(1e300), .absolute(.leastNonzeroMagnitude), .absolute(0.1), .optimal,
  ]

  @Test(arguments: models.indices, data.indices)
  func endsAsItShould(_ model: Int, _ place: Int) throws {
    let item = Self.data[place]
    for (rule, l2) in [(Preprocessing.none, 0), (.standardise, 0.1)] as [(Preprocessing, Double)] {
      var settings = ProblemSettings(data: .rows(inputs: item.inputs, targets: item.targets))
      settings.model = Self.models[model]
      settings.bias = l2 > 0
      settings.l2 = l2
      settings.preprocessing = rule
      // A problem that cannot be prepared is refused in words; that is an answer too.
      guard let problem = try? Problem.prepare(settings, tables: [:]) else { continue }
      try check(problem, "\(item.name), \(Self.models[model]), \(rule), l2 \(l2)")
    }
  }

  private func check(_ problem: Problem, _ name: String) throws {
    let prepared = PreparedProblem(problem)
    var requests: [TrialRequest] = []
    for method in Method.allCases {
      for step in Self.steps {
        for precision in Precision.allCases {
          for batch in [0, 2] as [UInt32] where batch == 0 || method.isElementwise {
            var parameters = TrialParameters()
            parameters.method = method
            parameters.step = step
            parameters.momentum = .value(method.rawValue == 0 ? 0 : 0.9)
            parameters.precision = precision
            parameters.steps = 40
            parameters.gap = 1e-3
            parameters.batch.size = batch
            parameters.engine = requests.count % 3 == 0 ? .direct : .auto
            requests.append(TrialRequest(id: UInt64(requests.count), problem: 0, parameters: parameters))
          }
        }
      }
    }
    let count = problem.net?.shape.parameters ?? problem.linear.count
    let metrics = (1...count).map { Metric(kind: .weight, index: $0) }
    let measured = try #require(Measurement().measure(requests, problems: [prepared], metrics: metrics))
    let dear = ["hessian-max", "local-rate", "numerical-rank-1", "hidden-correlation", "balancedness", "gap-at-7"]
    let few = requests.enumerated().filter { $0.offset % 13 == 0 }.map(\.element)
    let others = Measurement().measure(few, problems: [prepared], metrics: dear.compactMap { Metric(name: $0) })
    #expect(others?.records.count == few.count)
    for (index, record) in measured.records.enumerated() {
      let parameters = requests[index].parameters
      let what = "\(name): \(parameters.method) \(parameters.step) \(parameters.precision) → \(record)"
      #expect(record.status != .cancelled, "\(what)")
      #expect(record.steps <= 40, "\(what)")
      if record.status == .diverged, record.steps > 0 {
        // A yardstick may also come to rest above its start.
        let limit = parameters.method.isElementwise ? parameters.divergence : 1
        #expect(!(record.gap <= limit), "\(what)")
      }
      guard record.status == .converged, record.steps > 0 else { continue }
      #expect(record.gap <= parameters.gap, "\(what)")
      let weights = Array(measured.metrics.row(index).prefix(count))
      #expect(weights.allSatisfy { $0.isFinite }, "\(what) \(weights)")
      #expect(Self.isLow(problem, weights, parameters), "\(what) \(weights)")
    }
  }

  /// Whether the loss at `weights`, evaluated anew, has fallen to the gap; with room for single precision.
  private static func isLow(_ problem: Problem, _ weights: [Double], _ parameters: TrialParameters) -> Bool {
    let room = parameters.precision == .float32 ? 1e-5 : 1e-11
    guard let net = problem.net else {
      let e = Vectors.add(weights, -1, problem.optimum)
      let s = Vectors.add(problem.start, -1, problem.optimum)
      return square(problem, e) <= (parameters.gap + room) * square(problem, s)
    }
    let loss = net.reference.evaluate(weights).loss
    return loss - net.floor <= (parameters.gap + room) * (net.lossAtStart - net.floor) + room * net.floor
  }

  /// eᵀ H e over the largest eigenvalue, so that nothing overflows.
  private static func square(_ problem: Problem, _ e: [Double]) -> Double {
    let d = e.count
    var sum = 0.0
    for i in 0..<d {
      for j in 0..<d { sum += e[i] * (problem.hessian[i * d + j] / problem.card.lambdaMax) * e[j] }
    }
    return sum
  }

  /// Where nothing can be lowered because everything overflows, nothing converges.
  @Test func overflowNeverConverges() throws {
    let settings = EndsOfTrialsTests.net(.relu)
    let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    for method in Method.allCases where method.isElementwise {
      for precision in Precision.allCases {
        var parameters = TrialParameters()
        parameters.method = method
        parameters.momentum = .value(0.9)
        parameters.step = .absolute(1e38)
        parameters.precision = precision
        parameters.steps = 300
        let record = try #require(Training.run(problem, parameters)).record
        #expect(record.status == .diverged, "\(method) \(precision) \(record)")
      }
    }
  }

  /// A limit that the element type cannot hold does not hide that a gap has overflown.
  @Test func aLimitBeyondTheTypeStillEndsATrial() throws {
    let data = DataSettings.generated(
      .equicorrelated(features: 5, correlation: 0.9), samples: .drawn(20), target: .random, noise: 0.1)
    let problem = PreparedProblem(try Problem.prepare(ProblemSettings(data: data), tables: [:]))
    for engine in [Engine.modal, .direct] {
      for precision in Precision.allCases {
        for method in [Method.gradientDescent, .heavyBall, .nesterov] {
          var parameters = TrialParameters()
          parameters.method = method
          parameters.momentum = .value(method == .gradientDescent ? 0 : 0.9)
          parameters.step = .absolute(1e20)
          parameters.divergence = 1e308
          parameters.precision = precision
          parameters.engine = engine
          parameters.steps = 1000
          let request = TrialRequest(id: 0, problem: 0, parameters: parameters)
          let record = try #require(Measurement().run([request], problems: [problem])?.first)
          #expect(record.status == .diverged && record.steps < 20, "\(engine) \(precision) \(method) \(record)")
        }
      }
    }
  }
}
