import Foundation
import Testing

@testable import RavineDescent

/// libsvm files, Vandermonde inputs, signal to noise, rotation, and forecasts that are stepped.
@Suite struct NewDataTests {
  @Test func libsvm() throws {
    let text = "1 1:0.5 3:-2 # comment\n\n-1 2:1e-3\n0\n"
    let table = try LIBSVM.parse(Array(text.utf8), name: "a.svm")
    #expect(table.rows == 3)
    #expect(table.columns == 4)
    #expect(table.values == [0.5, 0, -2, 1, 0, 1e-3, 0, -1, 0, 0, 0, 0])
    #expect(table.names == ["x1", "x2", "x3", "target"])
  }

  @Test(arguments: [
    ("1 1:x", "a.svm:1"), ("0\nyes 1:2", "a.svm:2"), ("1 2:1 2:3", "index 2 follows index 2"), ("1 0:1", "a.svm:1"),
    ("", "no rows"), ("1 99999999:1", "index from 1"),
  ])
  func badLibsvm(_ text: String, _ message: String) {
    let error = #expect(throws: DataError.self) { try LIBSVM.parse(Array(text.utf8), name: "a.svm") }
    #expect(error?.messages.joined().contains(message) == true, "\(error?.messages ?? [])")
  }

  /// The factor reproduces the moments 1/(i + j + 1), and drawn powers come near them.
  @Test func vandermonde() throws {
    let generator = Generator.vandermonde(features: 7)
    let moments = generator.secondMoment()
    let factor = CovarianceFactor.vandermonde(7)
    for i in 0..<7 {
      for j in 0..<7 {
        let product = (0..<7).reduce(0.0) { $0 + factor.column(i)[$1] * factor.column(j)[$1] }
        #expect(abs(product - moments[i * 7 + j]) <= 4e-16)
      }
    }
    let drawn = try Problem.prepare(
      ProblemSettings(data: .generated(generator, samples: .drawn(20_000), target: .ones, noise: 0)), tables: [:])
    for (a, b) in zip(drawn.hessian, moments) { #expect(abs(a - b) <= 0.02) }
    let exact = try Problem.prepare(
      ProblemSettings(data: .generated(generator, samples: .exact, target: .ones, noise: 0)), tables: [:])
    for w in exact.optimum { #expect(abs(w - 1) <= 1e-9) }
  }

  @Test func signalToNoise() throws {
    var settings = ProblemSettings(
      data: .generated(
        .equicorrelated(features: 4, correlation: 0.3), samples: .drawn(64), target: .ones, noise: 0))
    let clean = try Design.make(settings, tables: [:])
    settings.signalToNoise = 5
    let noisy = try Design.make(settings, tables: [:])
    var signal = 0.0
    var noise = 0.0
    for i in 0..<64 {
      let (y, z) = (clean.targets.column(0)[i], noisy.targets.column(0)[i])
      signal += y * y
      noise += (z - y) * (z - y)
    }
    #expect(close((signal / noise).squareRoot(), 5, 1e-12))
  }

  /// A rotation keeps the spectrum and the forecast, and is not the identity.
  @Test func rotationKeepsTheSpectrum() throws {
    var settings = ProblemSettings(
      data: .generated(.power(features: 9, exponent: 2), samples: .exact, target: .ones, noise: 0))
    let straight = try Problem.prepare(settings, tables: [:])
    settings.isRotated = true
    let turned = try Problem.prepare(settings, tables: [:])
    for (a, b) in zip(straight.eigenvalues, turned.eigenvalues) { #expect(close(a, b, 1e-10)) }
    #expect(abs(turned.hessian[1]) > 1e-3)
    let size = { (w: [Double]) in w.reduce(0) { $0 + $1 * $1 } }
    #expect(close(size(straight.optimum), size(turned.optimum), 1e-9))
    #expect(straight.forecastEnd(TrialParameters()).steps == turned.forecastEnd(TrialParameters()).steps)
  }

  /// Schedules and the full preconditioner are forecast to the step.
  @Test(arguments: [Schedule.Kind.inverseTime, .exponential, .step, .cosine], [Method.gradientDescent, .heavyBall])
  func scheduledTrialsAreForecast(_ kind: Schedule.Kind, _ method: Method) throws {
    let settings = ProblemSettings(
      data: .generated(.geometric(features: 6, condition: 40), samples: .exact, target: .ones, noise: 0))
    let prepared = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    var parameters = TrialParameters()
    parameters.method = method
    parameters.momentum = .value(0.5)
    parameters.schedule.kind = kind
    parameters.schedule.period = 300
    parameters.schedule.rate = 0.5
    parameters.schedule.warmUp = 7
    parameters.steps = 3000
    let forecast = prepared.forecaster.end(parameters)
    let record = try #require(Training.run(prepared, parameters)).record
    #expect(forecast.kind == .exact)
    #expect(forecast.status == record.status)
    #expect(forecast.steps == record.steps)
  }

  @Test func newtonIsForecast() throws {
    let settings = ProblemSettings(
      data: .generated(.geometric(features: 6, condition: 40), samples: .exact, target: .ones, noise: 0))
    let prepared = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    var parameters = TrialParameters()
    parameters.method = .newton
    for (step, expected) in [(1.0, 1), (0.5, 10), (0.1, 66)] as [(Double, UInt64)] {
      parameters.step = .absolute(step)
      #expect(prepared.forecaster.end(parameters).steps == expected)
      #expect(try #require(Training.run(prepared, parameters)).record.steps == expected)
    }
    parameters.step = .absolute(2.1)
    #expect(prepared.forecaster.end(parameters).status == .diverged)
  }

  @Test func batchesCoverEveryEpoch() {
    var batch = Batch()
    batch.size = 4
    var order = BatchOrder(batch, rows: 10, seed: 3)
    let epochs = (0..<2).map { _ in (0..<3).flatMap { _ in order.next() } }
    #expect(epochs.allSatisfy { $0.sorted() == Array(0..<10) })
    #expect(epochs[0] != epochs[1])
    batch.sampling = .withReplacement
    var drawn = BatchOrder(batch, rows: 10, seed: 3)
    let rows = (0..<500).flatMap { _ in drawn.next() }
    #expect(rows.count == 2000)
    for row in 0..<10 { #expect(abs(Double(rows.count { $0 == row }) - 200) < 60) }
  }

  /// A diagonal preconditioner is gradient descent on rescaled weights, and a simultaneous move of all coordinates its
  /// step 1: both are forecast to the step.
  @Test(arguments: [
    (Generator.autoregressive(features: 5, correlation: 0.4), false), (.factor(features: 6, from: 0.1, to: 0.4), true),
    (.uncentred(features: 3, mean: 0.3), true), (.geometric(features: 6, condition: 1e5), false),
    (.duplicated(features: 3, copies: 2), false), (.hilbert(features: 3), false),
  ])
  func diagonalPreconditioningIsForecast(_ generator: Generator, _ bias: Bool) throws {
    var settings = ProblemSettings(data: .generated(generator, samples: .exact, target: .cosine, noise: 0))
    settings.bias = bias
    let prepared = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    var parameters = TrialParameters()
    parameters.steps = 20_000
    for method in [Method.diagonalNewton, .simultaneousCoordinates] {
      for step in [0.3, 1, 1.4] {
        for schedule in [Schedule.Kind.constant, .inverseTime] {
          parameters.method = method
          parameters.step = .absolute(step)
          parameters.schedule.kind = schedule
          parameters.schedule.period = 100
          let forecast = prepared.forecastEnd(parameters)
          let record = try #require(Training.run(prepared, parameters)).record
          #expect(forecast.kind == .exact)
          // A mode that neither grows nor shrinks is left to round-off.
          guard record.status != .floor else { continue }
          #expect(forecast.status == record.status, "\(method) \(step) \(schedule)")
          #expect(abs(Int(forecast.steps) - Int(record.steps)) <= 1, "\(method) \(step) \(schedule)")
        }
      }
    }
  }

  /// The radius of the simultaneous move on equicorrelated inputs is (d − 1) r, or r where that is all there is.
  @Test func simultaneousCoordinatesInClosedForm() throws {
    func forecast(_ d: Int, _ r: Double, _ target: Target) throws -> Forecast {
      let settings = ProblemSettings(
        data: .generated(.equicorrelated(features: d, correlation: r), samples: .exact, target: target, noise: 0))
      var parameters = TrialParameters()
      parameters.method = .simultaneousCoordinates
      return PreparedProblem(try Problem.prepare(settings, tables: [:])).forecastEnd(parameters)
    }
    // The gap falls by r² a step: 0.25¹⁰ is the first power below 1e-6.
    #expect(try forecast(2, 0.5, .ones) == Forecast(status: .converged, steps: 10))
    // 8.1^(2t) passes 1e30 at t = 17.
    #expect(try forecast(10, 0.9, .ones) == Forecast(status: .diverged, steps: 17))
    // Away from the top eigenvector only 1 − λ = r is felt: 0.81^t, below 1e-6 at t = 66.
    #expect(try forecast(10, 0.9, .alternating) == Forecast(status: .converged, steps: 66))
  }
}
