import Foundation
import RavineLanes
import Testing

@testable import RavineDescent

/// Overflow, not-a-number, empty directions and silly steps: the right status, never a trap, never "converged".
@Suite struct EndsOfTrialsTests {
  static func record(
    _ settings: ProblemSettings, _ change: (inout TrialParameters) -> Void
  ) throws -> TrialRecord {
    var parameters = TrialParameters()
    parameters.steps = 500
    change(&parameters)
    let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    return try #require(Training.run(problem, parameters)).record
  }

  static func net(_ activation: Activation, samples: Int = 12, features: Int = 3) -> ProblemSettings {
    var settings = ProblemSettings(
      data: .generated(
        .equicorrelated(features: features, correlation: 0.5), samples: .drawn(samples), target: .random, noise: 0.1))
    settings.model = .net(NetSettings(hidden: [5], activation: activation))
    settings.bias = true
    return settings
  }

  @Test(arguments: [Activation.tanh, .relu, .identity], [Precision.float64, .float32])
  func hugeStepsDiverge(_ activation: Activation, _ precision: Precision) throws {
    let record = try Self.record(Self.net(activation)) {
      $0.step = .absolute(1e12)
      $0.precision = precision
    }
    #expect(record.status == .diverged)
    #expect(record.hits.count == 0)
  }

  @Test func tinyStepsUseTheBudgetOrRest() throws {
    let record = try Self.record(Self.net(.tanh)) { $0.step = .absolute(.leastNonzeroMagnitude) }
    #expect(record.status == .budget)
    // Biases creep up from 0 even so; without them no weight ever moves.
    var settings = Self.net(.tanh)
    settings.bias = false
    let long = try Self.record(settings) {
      $0.step = .absolute(.leastNonzeroMagnitude)
      $0.steps = 20_000
    }
    #expect(long.status == .floor)
  }

  @Test func smallData() throws {
    for (samples, features) in [(1, 1), (1, 4), (3, 7), (9, 1)] {
      for model in [Model.logistic, .softmax(classes: 3)] {
        var settings = Self.net(.tanh, samples: samples, features: features)
        settings.model = model
        settings.l2 = 0.1
        // A free bias could lower the loss for ever where one class is all there is.
        settings.bias = false
        let record = try Self.record(settings) { $0.steps = 5000 }
        #expect(record.status == .converged, "\(samples) × \(features) \(model)")
      }
      let record = try Self.record(Self.net(.relu, samples: samples, features: features)) {
        $0.step = .absolute(0.05)
        $0.steps = 20
      }
      #expect([.converged, .budget].contains(record.status))
    }
  }

  @Test func constantColumnsStayAlone() throws {
    var settings = ProblemSettings(
      data: .rows(inputs: [[1, 2], [1, -1], [1, 0.5], [1, -0.3]], targets: [1, 0, 1, 0]))
    settings.preprocessing = .standardise
    settings.model = .logistic
    settings.l2 = 0.01
    let problem = try Problem.prepare(settings, tables: [:])
    let net = try #require(problem.net)
    #expect(net.optimum[0] == 0)
    #expect(net.optimum[1] > 0)
    #expect(try Self.record(settings) { $0.steps = 5000 }.status == .converged)
  }

  @Test func aStepThatIsNoNumberFails() throws {
    var settings = Self.net(.tanh)
    settings.model = .logistic
    let record = try Self.record(settings) { $0.step = .absolute(.nan) }
    #expect(record.status == .failed)
  }

  // The C library's own error for doubles is as large as what is to be seen, so it has more digits where it can.
  #if arch(x86_64)
    private typealias Wide = Float80
  #else
    private typealias Wide = Double
  #endif

  /// The documented bounds, against the C library.
  @Test func activationFunctionsAreAccurate() {
    let random = RandomStream(seed: 1, stream: 50)
    for i in 0..<20_000 {
      let x = 20 * (2 * random.uniform(at: UInt64(i)) - 1) * (i % 2 == 0 ? 1 : 1e-3)
      let exact = Foundation.tanh(Wide(x))
      #expect(abs(Wide(Double.hyperbolicTangent(x)) - exact) <= 2.5 * Wide(Double(exact).ulp))
      let single = Float(x)
      let wanted = Foundation.tanh(Double(single))
      #expect(abs(Double(Float.hyperbolicTangent(single)) - wanted) <= 2.5 * Double(Float(wanted).ulp))
      let low = -abs(x) * 4
      let small = Foundation.exp(Wide(low))
      #expect(abs(Wide(Double.exponential(low)) - small) <= 2 * Wide(Double(small).ulp))
      let power = Foundation.exp(Double(Float(low)))
      #expect(abs(Double(Float.exponential(Float(low))) - power) <= 2 * Double(Float(power).ulp))
    }
    #expect(Double.hyperbolicTangent(.nan).isNaN)
    #expect(Double.hyperbolicTangent(.infinity) == 1)
    #expect(Float.hyperbolicTangent(-.infinity) == -1)
    #expect(Double.hyperbolicTangent(-0.0).sign == .minus)
  }
}
