import Glibc
import RavineDescent
import RavineReports
import RavineRuntime

/// Arrays of another program, as NumPy writes them.
enum BenchArray {
  static func table(_ path: String) throws -> Table {
    try NPY.parse(try FileBytes.read(path, limit: 1 << 30), name: path, foldingLeadingAxes: true)
  }

  /// X with y as its last column.
  static func design(_ x: Table, _ y: Table, rows: Range<Int>) -> Table {
    var values: [Double] = []
    values.reserveCapacity(rows.count * (x.columns + 1))
    for row in rows {
      values += x.values[(row * x.columns)..<((row + 1) * x.columns)]
      values.append(y.values[row])
    }
    return Table(names: nil, rows: rows.count, columns: x.columns + 1, values: values)
  }

  static func prepare(_ design: Table) throws -> PreparedProblem {
    let settings = ProblemSettings(data: .file(name: "design", targetColumn: nil, header: .absent))
    return PreparedProblem(try Problem.prepare(settings, tables: ["design": design]))
  }
}

/// W1: one data set of 1,024 samples, d = 64, ρ = 0.9; 64 steps × 64 momenta, 1,000 steps of heavy ball each.
struct SharedQuadratic {
  let problem: PreparedProblem
  private let steps: [StepSize]
  private let momenta: [Double]
  static let side = 64
  static let dimension = 64

  /// 2 d² for the product, 6 d for the update.
  var flopsPerStep: Double { Double(2 * Self.dimension * Self.dimension + 6 * Self.dimension) }

  init(data: String?) throws {
    let side = Self.side
    if let folder = data.map({ $0 + "/w1/d64/" }) {
      let x = try BenchArray.table(folder + "X.npy")
      let y = try BenchArray.table(folder + "y.npy")
      problem = try BenchArray.prepare(BenchArray.design(x, y, rows: 0..<x.rows))
      steps = try BenchArray.table(folder + "lr.npy").values.map { .absolute($0) }
      momenta = try BenchArray.table(folder + "mom.npy").values
    } else {
      let data = DataSettings.generated(
        .equicorrelated(features: Self.dimension, correlation: 0.9), samples: .drawn(1024), target: .random, noise: 0.1)
      problem = PreparedProblem(try Problem.prepare(ProblemSettings(data: data), tables: [:]))
      steps = (0..<side * side).map { .overL(0.01 * pow(190, Double($0 / side) / Double(side - 1))) }
      momenta = (0..<side * side).map { 1 - pow(0.01, Double($0 % side) / Double(side - 1)) }
    }
  }

  /// No trial stops early but for round-off or divergence.
  func requests(_ precision: Precision, _ engine: Engine) -> [TrialRequest] {
    steps.indices.map { index in
      var parameters = TrialParameters()
      parameters.method = .heavyBall
      parameters.step = steps[index]
      parameters.momentum = .value(momenta[index])
      parameters.steps = 1000
      parameters.gap = precision == .float64 ? 1e-100 : 1e-30
      parameters.precision = precision
      parameters.engine = engine
      return TrialRequest(id: UInt64(index), problem: 0, parameters: parameters)
    }
  }
}

/// W2: 64 correlations × 4 seeds data sets (n = 256, d = 32) × 16 step sizes of gradient descent, to a gap of 1e-8 or
/// 10,000 steps.
struct CorrelationSweep {
  let problems: [PreparedProblem]
  let requests: [TrialRequest]

  init(data: String?) throws {
    if let folder = data.map({ $0 + "/w2/" }) {
      let x = try BenchArray.table(folder + "X.npy")
      let y = try BenchArray.table(folder + "y.npy")
      let rates = try BenchArray.table(folder + "lr.npy")
      let optimum = try BenchArray.table(folder + "fstar.npy").values
      let start = try BenchArray.table(folder + "sub0.npy").values
      problems = try (0..<256).map { group in
        try BenchArray.prepare(
          BenchArray.design(x, Table(y), rows: (group * 256)..<((group + 1) * 256)))
      }
      requests = (0..<4096).map { trial in
        let group = trial / 16
        // Diverged there: f* + sub > 1e6 (f* + sub₀).
        let limit = (1e6 * (optimum[group] + start[group]) - optimum[group]) / start[group]
        return Self.request(trial, step: .absolute(rates.values[trial]), divergence: limit)
      }
    } else {
      problems = try (0..<256).map { group in
        let correlation = 0.999 * Double(group / 4) / 63
        var settings = ProblemSettings(
          data: .generated(
            .equicorrelated(features: 32, correlation: correlation), samples: .drawn(256), target: .random, noise: 0.1))
        settings.seed = UInt64(group % 4)
        return PreparedProblem(try Problem.prepare(settings, tables: [:]))
      }
      requests = (0..<4096).map { trial in
        Self.request(trial, step: .overL(0.2 * pow(10.5, Double(trial % 16) / 15)), divergence: 1e6)
      }
    }
  }

  private static func request(_ trial: Int, step: StepSize, divergence: Double) -> TrialRequest {
    var parameters = TrialParameters()
    parameters.step = step
    parameters.gap = 1e-8
    parameters.steps = 10_000
    parameters.divergence = divergence
    return TrialRequest(id: UInt64(trial), problem: trial / 16, parameters: parameters)
  }

  /// One line `steps,status` for each trial; status 1 converged, 2 diverged, 3 step limit.
  func write(_ records: [TrialRecord], to path: String) throws {
    var text = ""
    for record in records {
      let status = record.status == .converged ? 1 : record.status == .diverged ? 2 : 3
      text += "\(record.steps),\(status)\n"
    }
    let file = creat(path, 0o644)
    guard file >= 0 else {
      throw RuntimeError(.cannotCreate, "cannot create `\(path)`: \(RuntimeError.words(for: errno))")
    }
    defer { close(file) }
    Terminal.write(text, to: file)
  }
}

extension Table {
  /// A matrix read as one long column.
  fileprivate init(_ matrix: Table) {
    self.init(names: nil, rows: matrix.rows * matrix.columns, columns: 1, values: matrix.values)
  }
}
