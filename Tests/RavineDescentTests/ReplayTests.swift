import RavineLanes
import Testing

@testable import RavineDescent

/// Weights, curves and gaps at the rungs of trials in lanes: those of the one-lane reference, step for step, bit for
/// bit, on every instruction set.
@Suite struct ReplayTests {
  private static let problems = [1, 2, 7, 9, 33].map {
    PreparedProblem(RotatedProblem.geometric($0, condition: $0 == 1 ? 1 : 30 * Double($0)))
  }
  private static let points: [UInt64] = [1, 2, 7, 8, 9, 100, 1000]

  @Test(arguments: Method.allCases.filter(\.hasRecurrence), Precision.allCases)
  func modal(_ method: Method, _ precision: Precision) {
    check(method, precision, .modal)
  }

  @Test(arguments: [Method.gradientDescent, .heavyBall, .nesterov], Precision.allCases)
  func direct(_ method: Method, _ precision: Precision) {
    check(method, precision, .direct)
  }

  private func check(_ method: Method, _ precision: Precision, _ engine: Engine) {
    let requests = LaneKernelTests.requests(Self.problems.count, method, precision, engine)
    var looked = 0
    for request in requests {
      let (prepared, parameters) = (Self.problems[request.problem], request.parameters)
      let reference = Reference(prepared, parameters)
      for table in LaneKernelTests.tables() {
        let replay = Replay(
          prepared: prepared, parameters: parameters, record: reference.record, wanted: WantedSteps(Self.points))
        let outcome = replay.outcome(table) { true }
        let gaps = outcome?.costs.map(\.gap) ?? []
        let curve = outcome?.curve ?? []
        #expect(curve.map(\.step) == Self.points.filter { $0 <= reference.record.steps })
        #expect(curve.allSatisfy { Reference.same($0.gap, reference.gaps[Int($0.step)]) }, "\(request)")
        for (rung, gap) in gaps.enumerated() {
          #expect(Reference.same(gap, reference.gaps[Int(reference.record.hits[rung])]), "\(request)")
        }
        #expect(gaps.count == reference.record.hits.count)
        #expect(
          zip(outcome?.weights ?? [], reference.weights).allSatisfy { Reference.same($0, $1) }, "\(request)")
        #expect(outcome?.weights.count == reference.weights.count)
        looked += curve.count + gaps.count
      }
    }
    #expect(looked > 400)
  }

  /// A trial of the judge, with the gap after every step.
  private struct Reference {
    let record: TrialRecord
    var gaps = [0.0]
    var weights: [Double] = []

    init(_ prepared: PreparedProblem, _ parameters: TrialParameters) {
      record =
        parameters.engine == .direct
        ? ReferenceKernel.direct(prepared.problem, parameters) : ReferenceKernel.modal(prepared.problem, parameters)
      switch parameters.precision {
      case .float64: iterate(prepared, parameters, Double.self)
      case .float32: iterate(prepared, parameters, Float.self)
      }
    }

    private mutating func iterate<Scalar: LaneScalar>(
      _ prepared: PreparedProblem, _ parameters: TrialParameters, _: Scalar.Type
    ) {
      let (problem, shape) = (prepared.problem, prepared.form.shape)
      if parameters.engine == .direct {
        let progress = LadderProgress<Scalar>(parameters, scale: shape.scale * shape.scale)
        var state = DirectState<Scalar>(problem, parameters)
        for _ in 0..<record.steps { gaps.append(progress.gap(state.step())) }
        weights = state.w.map { Double($0) }
        return
      }
      var state = ModalState<Scalar>(shape, parameters)
      for _ in 0..<record.steps { gaps.append(Double(state.step())) }
      // w = w* + Σ e_i v_i with e_i = u_i · scale/√λ_i, in the order of the modes.
      weights = problem.start
      let d = problem.optimum.count
      var mode = 0
      for (index, lambda) in problem.eigenvalues.enumerated() where problem.startError[index] != 0 && shape.scale > 0 {
        let moved = Double(state.u[mode]) * shape.scale / lambda.squareRoot() - problem.startError[index]
        for j in 0..<d { weights[j] = weights[j].addingProduct(moved, problem.eigenvectors[index * d + j]) }
        mode += 1
      }
    }

    static func same(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }
  }
}
