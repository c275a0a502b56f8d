import RavineLanes
import Synchronization

/// Runs the trials that are no recurrence in an eigenbasis: every net, and on quadratics every method, batch or
/// schedule that does not commute with rotation. One trial on one core; the records are a pure function of problem and
/// parameters.
package enum Training {
  /// The outcome of a trial, its curve at the steps that are `wanted`; nil where `goesOn`, told now and then how many
  /// steps were done, said no.
  package static func run(
    _ prepared: PreparedProblem, _ parameters: TrialParameters, kernels: KernelTable = InstructionSets.best,
    wanted: WantedSteps = WantedSteps(),
    goesOn: (UInt64) -> Bool = { _ in true }
  ) -> TrialOutcome? {
    let problem = prepared.problem
    guard obstacle(problem, parameters) == nil else { return failed }
    let (step, momentum) = problem.stepAndMomentum(parameters)
    var outcome: TrialOutcome?
    if parameters.method.isElementwise {
      switch parameters.precision {
      case .float64: outcome = elementwise(Double.self, prepared, parameters, step, momentum, kernels, wanted, goesOn)
      case .float32: outcome = elementwise(Float.self, prepared, parameters, step, momentum, kernels, wanted, goesOn)
      }
    } else {
      let function =
        problem.net.map { SmoothFunction($0, kernels: kernels.nets.float64) } ?? SmoothFunction(problem)
      var method = ReferenceMethod(function, parameters, step: step, start: problem.net?.start ?? problem.start)
      outcome = method.run(parameters, wanted: wanted, goesOn: goesOn)
    }
    guard var result = outcome else { return nil }
    result.record.distance = distance(result.weights, problem)
    result.record.gradientNorm = Vectors.dot(result.gradient, result.gradient).squareRoot()
    return result
  }

  /// Why a trial cannot be run on its problem and ends as `failed`, in words for people; nil where it can.
  package static func obstacle(_ problem: Problem, _ parameters: TrialParameters) -> String? {
    if parameters.method.needsQuadratic, problem.net != nil {
      return "its method needs a quadratic, and this model is none; choose another `optimizer.kind`"
    }
    if let reason = sizeObstacle(problem, parameters) ?? rangeObstacle(problem, parameters) { return reason }
    let (step, momentum) = problem.stepAndMomentum(parameters)
    if parameters.method.findsItsStep || step.isFinite, momentum.isFinite { return nil }
    guard let net = problem.net, net.startCurvature.largest.isNaN else {
      return "step \(step) and momentum \(momentum) are not both numbers"
    }
    return "L, the largest eigenvalue of the Hessian at the start, is not known: the net is too large "
      + "(\(net.shape.parameters) weights, \(net.rows.count) rows), or its start overflows; "
      + "give `optimizer.step` as a number"
  }

  /// Weights up to which the Hessian of a net is formed, and for which its diagonal is.
  private static let largestHessian = 1 << 12
  private static let largestDiagonal = 1 << 16

  private static func sizeObstacle(_ problem: Problem, _ parameters: TrialParameters) -> String? {
    if let reason = batchObstacle(problem, parameters) { return reason }
    if let net = problem.net {
      let limit =
        switch parameters.method {
        case .newton: largestHessian
        case .diagonalNewton: largestDiagonal
        default: Int.max
        }
      guard net.shape.parameters > limit else { return nil }
      return
        "its method needs second derivatives of all \(net.shape.parameters) weights, at most \(limit) are possible; "
        + "choose another `optimizer.kind`, or a smaller net"
    }
    return nil
  }

  /// Batches without replacement are never larger than the data.
  private static func batchObstacle(_ problem: Problem, _ parameters: TrialParameters) -> String? {
    let batch = parameters.batch
    guard batch.size > 0, batch.sampling != .withoutReplacement else { return nil }
    let features = problem.net?.shape.inputs ?? problem.linear.count
    guard Double(batch.size) * Double(features) > Double(Design.valueLimit) else { return nil }
    let kind = batch.sampling == .fresh ? "fresh batch" : "batch drawn with replacement"
    return "a \(kind) of \(batch.size) rows × \(features) features is too large"
  }

  /// Why a trial that steps in float32 cannot: losses from that at the start down to its rounding have to be normal
  /// numbers there, or an overflow or underflow would pass for an end.
  static func rangeObstacle(_ problem: Problem, _ parameters: TrialParameters) -> String? {
    guard parameters.precision == .float32, parameters.method.isElementwise else { return nil }
    var start = 0.0
    if let net = problem.net {
      start = net.lossAtStart - net.floor
    } else {
      for (lambda, c) in zip(problem.eigenvalues, problem.startError) { start += lambda * c * c }
    }
    // A start at the minimum is an end of its own.
    guard start > 0 else { return nil }
    let rounding = Double(Float.ulpOfOne) * Double(Float.ulpOfOne)
    let isWithin = start * rounding >= Double(Float.leastNormalMagnitude) && start <= 1e37
    guard !isWithin || !(problem.card.lambdaMax <= 1e37 || problem.card.lambdaMax.isNaN) else { return nil }
    return "in float32 its losses, \(start) at the start, leave the range of numbers; use `precision: float64`, "
      + "or change the unit of the targets"
  }

  /// Multiplications and additions of one step, about; those of plain loops, which are some ten times slower, count ten
  /// times.
  package static func flops(_ problem: Problem, _ parameters: TrialParameters) -> Double {
    let batch = Int(parameters.batch.size)
    if let net = problem.net {
      let gradient = net.shape.flops(rows: batch > 0 ? batch : net.rows.count)
      let count = Double(net.shape.parameters)
      switch parameters.method {
      // A product with the Hessian for each weight, each two gradients in plain loops.
      case .diagonalNewton: return 20 * gradient * count
      case .newton: return 20 * gradient * count + 10 * count * count * count / 3
      // Some ten slopes on the way to the minimum of a line.
      case .conjugateGradient, .exactLineSearch, .lbfgs: return 12 * gradient
      default: return gradient
      }
    }
    let d = Double(problem.linear.count)
    if batch > 0 { return 4 * d * Double(batch) }
    switch parameters.method {
    case .newton: return 10 * (2 * d * d + d * d * d / 3)
    case _ where !parameters.method.isElementwise: return 20 * d * d
    default: return 2 * d * d
    }
  }

  private static var failed: TrialOutcome {
    TrialOutcome(record: TrialRecord(status: .failed), weights: [], gradient: [])
  }

  private static func elementwise<Scalar: NetScalar>(
    _: Scalar.Type, _ prepared: PreparedProblem, _ parameters: TrialParameters, _ step: Double, _ momentum: Double,
    _ table: KernelTable, _ wanted: WantedSteps, _ goesOn: (UInt64) -> Bool
  ) -> TrialOutcome? {
    let problem = prepared.problem
    let kernels = Scalar.netKernels(of: table)
    let batch = Int(parameters.batch.size)
    let seed = problem.settings.seed
    if let net = problem.net {
      let trial = ElementwiseTrial(
        NetObjective<Scalar>(net, batch: batch, kernels: kernels), parameters, step: step, momentum: momentum,
        start: net.start, seed: seed, freshRows: nil, wanted: wanted)
      return trial.run(goesOn: goesOn)
    }
    guard batch > 0 else {
      let trial = ElementwiseTrial(
        QuadraticObjective<Scalar>(problem, kernels: kernels), parameters, step: step, momentum: momentum,
        start: problem.start, seed: seed, freshRows: nil, wanted: wanted)
      return trial.run(goesOn: goesOn)
    }
    let fresh = parameters.batch.sampling == .fresh ? problem.freshRows(batch) : nil
    guard let rows = fresh.map({ $0(0) }) ?? prepared.rows,
      fresh != nil || parameters.batch.sampling != .fresh
    else { return failed }
    let trial = ElementwiseTrial(
      RowsObjective<Scalar>(problem, rows: rows, batch: batch, kernels: kernels), parameters, step: step,
      momentum: momentum, start: problem.start, seed: seed, freshRows: fresh, wanted: wanted)
    return trial.run(goesOn: goesOn)
  }

  /// |w − w*|; not a number where w* is not known.
  private static func distance(_ w: [Double], _ problem: Problem) -> Double {
    let optimum = problem.net?.optimum ?? problem.optimum
    guard optimum.count == w.count, !w.isEmpty else { return .nan }
    let e = Vectors.add(w, -1, optimum)
    return Vectors.dot(e, e).squareRoot()
  }
}

extension Problem {
  /// η and m of a trial. For nets L is the largest eigenvalue of the Hessian at the start; of a preconditioned method
  /// the step is a plain number, and `1/L` stands for 1.
  package func stepAndMomentum(_ parameters: TrialParameters) -> (step: Double, momentum: Double) {
    switch parameters.method {
    case .newton, .diagonalNewton: return (parameters.plainStep, 0)
    default: break
    }
    guard net != nil else { return parameters.resolved(lambdaMin: card.lambdaMin, lambdaMax: card.lambdaMax) }
    // No smallest eigenvalue says what is best: the usual values.
    var own = parameters
    if own.step == .optimal { own.step = .overL(1) }
    if own.momentum == .optimal { own.momentum = .value(own.method == .gradientDescent ? 0 : 0.9) }
    return own.resolved(lambdaMin: card.lambdaMax, lambdaMax: card.lambdaMax)
  }

  /// New rows of the distribution for step t, keyed by (seed, t), around the true weights; nil where the data are not
  /// generated.
  func freshRows(_ count: Int) -> (@Sendable (UInt64) -> NetRows)? {
    guard case .generated(let generator, _, let target, let noise) = settings.data, settings.preprocessing == .none,
      settings.shift == 0, !settings.bias, !settings.isRotated
    else { return nil }
    let seed = settings.seed
    let weights = target.weights(count: generator.features, seed: seed)
    return { step in
      let key = RandomStream(seed: seed, stream: 22 << 32).bits(at: step)
      guard let design = try? Design.drawn(generator, samples: count, weights: weights, noise: noise, seed: key) else {
        return NetRows(count: 0, inputs: [], targets: [])
      }
      return NetProblem.rows(design)
    }
  }
}

/// Rows that are made when they are first asked for: full batches never need them.
final class RowStore: Sendable {
  private let made = Mutex<NetRows?>(nil)
  private let make: @Sendable () -> NetRows?

  init(_ make: @escaping @Sendable () -> NetRows?) { self.make = make }

  var rows: NetRows? {
    made.withLock { rows in
      if rows == nil { rows = make() }
      return rows
    }
  }
}
