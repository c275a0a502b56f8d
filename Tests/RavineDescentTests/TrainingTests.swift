import Foundation
import RavineLanes
import Testing

@testable import RavineDescent

/// Methods, batches, ranks and ends of trials against closed forms (Tests/Expected/expected_generators.json).
@Suite struct TrainingTests {
  struct Factorised: Decodable {
    var a_star: String
    var u0: Double
    var tol: Double
    var iters_direct: UInt64
    var iters_factorised: UInt64
  }
  struct Stochastic: Decodable {
    var d: Int
    var batch: UInt32
    var eta: Double
    var sigma: Double
    var factor_per_step_E_norm2: Double
    var noise_floor_E_norm2: Double
  }
  struct Rank: Decodable {
    var rows: Int
    var pairwise_correlation: Double
    var rank: Int
    var stable_rank: Double
    var effective_rank_entropy_of_squared_singular_values: Double
  }
  struct Cosine: Decodable {
    var rank: Int
    var mean_abs_cosine_isotropic: Double
  }
  struct LineSearch: Decodable {
    var start: [Double]
    var steps: UInt64
    var x: [Double]
    var gap_ratio_per_step: Double
  }
  struct Generators: Decodable {
    var factorised_vs_direct: [Factorised]
    var sgd_isotropic: [Stochastic]
    var row_correlation_and_rank: [Rank]
    var mean_abs_cosine: [Cosine]
    var exact_line_search_worst_case: [LineSearch]
  }

  static let table = try? ReferenceTables.decode(Generators.self, "expected_generators.json")

  @Test func factorisedAgainstDirect() throws {
    for (item, p) in zip(try #require(Self.table).factorised_vs_direct, [0, 0.5, 1, -1]) {
      var settings = ProblemSettings(
        data: .generated(.geometric(features: 8, condition: 1000), samples: .exact, target: .ones, noise: 0))
      var net = NetSettings(hidden: [8], activation: .identity)
      net.teacher = .diagonal(exponent: p)
      // Both factors start at u₀ I.
      net.initial = .balanced(item.u0 * item.u0)
      settings.model = .net(net)
      let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
      let eigenvalues = (0..<8).map { Elementary.pow(1000, -Double($0) / 7) }
      var a = eigenvalues.map { Elementary.pow($0, -p) }
      let norm = zip(eigenvalues, a).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }.squareRoot()
      a = a.map { $0 / norm }
      let sharpest = zip(eigenvalues, a).map { $0 * $1 }.max() ?? 1
      var parameters = TrialParameters()
      // The table's tolerance is a share of the loss of zero weights, ½.
      parameters.gap = item.tol * 0.5 / (try #require(problem.problem.net).lossAtStart)
      parameters.step = .absolute(1 / (2 * sharpest))
      let outcome = try #require(Training.run(problem, parameters))
      #expect(outcome.record.status == .converged)
      #expect(abs(Int(outcome.record.steps) - Int(item.iters_factorised)) <= 1, "p = \(p)")
      parameters.gap = item.tol
      net.hidden = []
      net.initial = .zero
      settings.model = .net(net)
      parameters.step = .absolute(1)
      let direct = try #require(
        Training.run(PreparedProblem(try Problem.prepare(settings, tables: [:])), parameters))
      #expect(abs(Int(direct.record.steps) - Int(item.iters_direct)) <= 1, "p = \(p)")
    }
  }

  /// Fresh rows lie around the true weights w, whatever the penalty: with H = I the ridge minimum is w/(1 + l2).
  @Test func freshBatchesOfRidge() throws {
    var settings = ProblemSettings(
      data: .generated(.geometric(features: 3, condition: 1), samples: .exact, target: .ones, noise: 0))
    settings.l2 = 1
    var parameters = TrialParameters()
    parameters.step = .absolute(0.02)
    parameters.gap = 1e-12
    parameters.steps = 1000
    parameters.batch.size = 200
    parameters.batch.sampling = .fresh
    let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    let outcome = try #require(Training.run(problem, parameters))
    for weight in outcome.weights { #expect(abs(weight - 0.5) <= 0.02) }
  }

  /// A product of many matrices has minima behind the first one along any line: the search must not jump there.
  @Test(arguments: [Method.conjugateGradient, .exactLineSearch, .lbfgs])
  func lineSearchesOfDeepNets(_ method: Method) throws {
    for depth in [3, 20, 40] {
      var settings = ProblemSettings(
        data: .generated(
          .equicorrelated(features: 3, correlation: 0.5), samples: .drawn(20), target: .random, noise: 0))
      settings.model = .net(NetSettings(hidden: Array(repeating: 3, count: depth - 1), activation: .identity))
      var parameters = TrialParameters()
      parameters.method = method
      parameters.steps = 500
      let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
      let record = try #require(Training.run(problem, parameters)).record
      #expect(record.status == .converged, "\(method) \(depth) \(record)")
    }
  }

  /// Fresh isotropic batches: the mean squared error falls by the known factor, and comes to rest at the known floor.
  @Test func freshBatches() throws {
    for item in try #require(Self.table).sgd_isotropic {
      let steps: UInt64 = item.sigma == 0 ? 30 : 400
      var sum = 0.0
      let seeds = 150
      for seed in 0..<seeds {
        var settings = ProblemSettings(
          data: .generated(
            .equicorrelated(features: item.d, correlation: 0), samples: .exact, target: .ones, noise: item.sigma))
        settings.seed = UInt64(seed)
        var parameters = TrialParameters()
        parameters.step = .absolute(item.eta)
        parameters.batch.size = item.batch
        parameters.batch.sampling = .fresh
        parameters.steps = steps
        parameters.every = steps
        parameters.gap = 1e-300
        let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
        let outcome = try #require(Training.run(problem, parameters))
        sum += outcome.record.distance * outcome.record.distance
      }
      let mean = sum / Double(seeds)
      let expected =
        item.sigma == 0
        ? Double(item.d) * Elementary.pow(item.factor_per_step_E_norm2, Double(steps)) : item.noise_floor_E_norm2
      // Relative spread of one |e|² is below ½; three of its standard errors.
      #expect(abs(mean / expected - 1) <= 3 * 0.5 / Double(seeds).squareRoot(), "batch \(item.batch)")
    }
  }

  @Test func ranksOfCorrelatedRows() throws {
    for item in try #require(Self.table).row_correlation_and_rank {
      let n = item.rows
      let (own, shared) = ((1 - item.pairwise_correlation).squareRoot(), item.pairwise_correlation.squareRoot())
      var values = [Double](repeating: 0, count: n * (n + 1))
      for i in 0..<n {
        values[i * (n + 1)] = shared
        values[i * (n + 1) + i + 1] = own
      }
      let matrix = WeightMatrix(rows: n, columns: n + 1, values: values)
      let ranks = MatrixRanks(matrix)
      #expect(ranks.numerical == item.rank)
      #expect(close(ranks.stable, item.stable_rank, 1e-10))
      #expect(close(ranks.entropy, item.effective_rank_entropy_of_squared_singular_values, 1e-10))
      #expect(close(RowStatistics.meanAbsoluteCosine(matrix), item.pairwise_correlation, 1e-12))
    }
  }

  @Test func cosinesOfRandomRows() throws {
    for item in try #require(Self.table).mean_abs_cosine where item.rank > 1 {
      let random = RandomStream(seed: 9, stream: 40)
      let rows = 120
      let values = (0..<(rows * item.rank)).map { random.normal(at: UInt64($0)) }
      let mean = RowStatistics.meanAbsoluteCosine(WeightMatrix(rows: rows, columns: item.rank, values: values))
      #expect(close(mean, item.mean_abs_cosine_isotropic, 0.05))
    }
  }

  @Test func exactLineSearchFromTheWorstStart() throws {
    for item in try #require(Self.table).exact_line_search_worst_case {
      var settings = ProblemSettings(
        data: .generated(
          .spectrum(eigenvalues: [1, item.start[0]]), samples: .exact, target: .ones, noise: 0))
      settings.start = .values(item.start.map { $0 + 1 })
      var parameters = TrialParameters()
      parameters.method = .exactLineSearch
      parameters.steps = item.steps
      parameters.gap = 1e-300
      let outcome = try #require(
        Training.run(PreparedProblem(try Problem.prepare(settings, tables: [:])), parameters))
      for (w, x) in zip(outcome.weights, item.x) { #expect(abs(w - 1 - x) <= 1e-10 * abs(x)) }
      #expect(close(outcome.record.gap, Elementary.pow(item.gap_ratio_per_step, Double(item.steps)), 1e-10))
    }
  }

  private static func steps(_ settings: ProblemSettings, _ method: Method, gap: Double = 1e-6) throws -> TrialRecord {
    var parameters = TrialParameters()
    parameters.method = method
    parameters.gap = gap
    let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
    return try #require(Training.run(problem, parameters)).record
  }

  /// Two distinct eigenvalues: conjugate gradients need two steps, Newton one, Gauss-Seidel falls by r² a sweep for two
  /// columns, the simultaneous update diverges where (d − 1) r > 1.
  @Test func references() throws {
    func equicorrelated(_ d: Int, _ r: Double) -> ProblemSettings {
      ProblemSettings(
        data: .generated(.equicorrelated(features: d, correlation: r), samples: .exact, target: .ramp, noise: 0))
    }
    #expect(try Self.steps(equicorrelated(100, 0.99), .conjugateGradient, gap: 1e-10).steps == 2)
    // One direction, one step, onto the minimum itself: a gap of rounding there is no floor above the target.
    for method in [Method.conjugateGradient, .exactLineSearch] {
      var settings = equicorrelated(100, 0.99)
      settings.data = .generated(
        .equicorrelated(features: 100, correlation: 0.99), samples: .exact, target: .alternating, noise: 0)
      let record = try Self.steps(settings, method)
      #expect(record.status == .converged && record.steps == 1)
    }
    #expect(try Self.steps(equicorrelated(10, 0.9), .newton, gap: 1e-10).steps == 1)
    #expect(try Self.steps(equicorrelated(10, 0.9), .lbfgs, gap: 1e-10).steps <= 4)
    #expect(try Self.steps(equicorrelated(10, 0.9), .simultaneousCoordinates).status == .diverged)
    let two = try Self.steps(equicorrelated(2, 0.9), .coordinateDescent, gap: 1e-12)
    // Gap falls by 0.81² a sweep after the first.
    let (early, late) = (two.hits[4], two.hits[11])
    #expect(abs(Double(late - early) - 7 * 2.302585 / (2 * -log(0.81))) <= 1.01)
    #expect(try Self.steps(equicorrelated(3, 0), .coordinateDescent, gap: 1e-12).steps == 1)
  }

  /// In the end the error of ten columns that correlate at 0.9 shrinks by the spectral radius of Gauss-Seidel a sweep;
  /// its largest eigenvalues are a complex pair, so it sways a little about that.
  @Test func coordinateDescentShrinksByTheSpectralRadius() throws {
    let problem = PreparedProblem(
      try Problem.prepare(
        ProblemSettings(
          data: .generated(
            .equicorrelated(features: 10, correlation: 0.9), samples: .exact, target: .ramp, noise: 0)), tables: [:]))
    let gaps = try [400, 800].map { (steps: UInt64) in
      var parameters = TrialParameters()
      parameters.method = .coordinateDescent
      parameters.gap = 1e-300
      parameters.steps = steps
      return try #require(Training.run(problem, parameters)).record.gap
    }
    #expect(abs(pow(gaps[1] / gaps[0], 1 / 800) - 0.977837) <= 2e-5)
  }

  /// Duplicated columns get bitwise equal gradients: all element-wise methods keep the difference of their weights.
  @Test(arguments: Method.allCases.filter(\.isElementwise))
  func duplicatesKeepTheirDifference(_ method: Method) throws {
    var settings = ProblemSettings(data: .rows(inputs: [[1, 1], [-1, -1]], targets: [1, -1]))
    settings.start = .values([0.7, -0.2])
    var parameters = TrialParameters()
    parameters.method = method
    parameters.step = .absolute(0.3)
    parameters.momentum = .value(0.5)
    parameters.steps = 200
    parameters.gap = 1e-20
    let outcome = try #require(
      Training.run(PreparedProblem(try Problem.prepare(settings, tables: [:])), parameters))
    #expect(abs(outcome.weights[0] - outcome.weights[1] - 0.9) <= 2e-15)
    guard [.gradientDescent, .heavyBall, .nesterov].contains(method) else { return }
    #expect(abs(outcome.weights[0] - 0.95) <= 1e-9)
    #expect(outcome.gradient[0].bitPattern == outcome.gradient[1].bitPattern)
  }

  /// Gradient descent does not see a rotation, Adam does.
  @Test func rotation() throws {
    var settings = ProblemSettings(
      data: .generated(.geometric(features: 20, condition: 1e4), samples: .exact, target: .ones, noise: 0))
    settings.seed = 3
    var records: [Method: [TrialRecord]] = [:]
    for isRotated in [false, true] {
      settings.isRotated = isRotated
      let problem = PreparedProblem(try Problem.prepare(settings, tables: [:]))
      for method in [Method.gradientDescent, .adam] {
        var parameters = TrialParameters()
        parameters.method = method
        if method == .adam {
          parameters.step = .absolute(0.01)
          parameters.momentum = .value(0.9)
        }
        records[method, default: []].append(try #require(Training.run(problem, parameters)).record)
      }
    }
    let descent = try #require(records[.gradientDescent])
    #expect(descent[0].steps == 18_973)
    #expect(abs(Int(descent[1].steps) - 18_973) <= 1)
    let adam = try #require(records[.adam])
    #expect(abs(Int(adam[0].steps) - 269) <= 1)
    #expect(adam[1].steps > 10 * adam[0].steps)
  }
}
