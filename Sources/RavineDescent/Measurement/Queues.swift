import RavineLanes
import Synchronization

/// What all trials of one queue have in common, so that they fit the lanes of one kind of tile.
enum TileKind: Hashable {
  /// `modes`: the number of moving modes rounded up, so that few lanes carry much padding.
  case modal(momentum: Bool, precision: Precision, modes: Int)
  case direct(problem: Int, nesterov: Bool, precision: Precision)
  /// One trial at a time: what is no recurrence in an eigenbasis.
  case single

  init(_ request: TrialRequest, modes: Int, direct: Bool) {
    let parameters = request.parameters
    if direct {
      self = .direct(
        problem: request.problem, nesterov: parameters.method == .nesterov, precision: parameters.precision)
    } else {
      self = .modal(
        momentum: parameters.method != .gradientDescent, precision: parameters.precision,
        modes: Self.roundedUp(modes))
    }
  }

  /// Whether a trial is one of those that run side by side.
  static func isInLanes(_ parameters: TrialParameters, _ prepared: PreparedProblem) -> Bool {
    guard parameters.isModal, !prepared.isNet else { return false }
    return parameters.engine != .direct || Training.rangeObstacle(prepared.problem, parameters) == nil
  }

  /// Trials of one tile.
  func lanes(_ kernels: KernelTable) -> Int {
    switch self {
    case .modal(_, .float64, _): kernels.float64.modalLanes
    case .modal(_, .float32, _): kernels.float32.modalLanes
    case .direct(_, _, .float64): kernels.float64.directLanes
    case .direct(_, _, .float32): kernels.float32.directLanes
    case .single: 1
    }
  }

  /// To an eighth of the next power of two: at most 1/8 of the work is padding.
  private static func roundedUp(_ modes: Int) -> Int {
    guard modes > 8 else { return max(modes, 1) }
    let grain = 1 << (Int.bitWidth - modes.leadingZeroBitCount - 4)
    return (modes + grain - 1) / grain * grain
  }
}

/// Trials of one kind, longest forecast first, from which the tiles of all threads pull.
final class TrialQueue: Sendable {
  let kind: TileKind
  /// Indices into the requests.
  let order: [Int]
  let isCrossCheck: Bool
  private let taken = Atomic<Int>(0)

  init(kind: TileKind, order: [Int], isCrossCheck: Bool) {
    self.kind = kind
    self.order = order
    self.isCrossCheck = isCrossCheck
  }

  private func next() -> Int? {
    let position = taken.add(1, ordering: .relaxed).oldValue
    return position < order.count ? order[position] : nil
  }

  private var isEmpty: Bool { taken.load(ordering: .relaxed) >= order.count }

  /// Runs one tile until the queue is empty and its lanes are done. Any number of threads may call this. `shapes`:
  /// those of the `problems`, which outlive the call.
  func run(
    _ requests: [TrialRequest], _ problems: [PreparedProblem], _ shapes: [ModalShape], _ kernels: KernelTable,
    _ output: Slots<TrialRecord>, _ metrics: MetricSink, _ goesOn: (UInt64) -> Bool
  ) {
    guard !isEmpty else { return }
    switch kind {
    case .modal(let momentum, .float64, let modes):
      runModal(Double.self, momentum, modes, requests, shapes, kernels, output, goesOn)
    case .modal(let momentum, .float32, let modes):
      runModal(Float.self, momentum, modes, requests, shapes, kernels, output, goesOn)
    case .direct(let problem, let nesterov, .float64):
      runDirect(Double.self, problems[problem], nesterov, requests, kernels, output, goesOn)
    case .direct(let problem, let nesterov, .float32):
      runDirect(Float.self, problems[problem], nesterov, requests, kernels, output, goesOn)
    case .single: runSingle(requests, problems, kernels, output, metrics, goesOn)
    }
  }

  private func runSingle(
    _ requests: [TrialRequest], _ problems: [PreparedProblem], _ kernels: KernelTable, _ output: Slots<TrialRecord>,
    _ metrics: MetricSink, _ goesOn: (UInt64) -> Bool
  ) {
    while let index = next() {
      let request = requests[index]
      guard
        let outcome = Training.run(
          problems[request.problem], request.parameters, kernels: kernels, wanted: metrics.wanted, goesOn: goesOn)
      else { return }
      output[index] = outcome.record
      metrics.write(outcome, of: index, problems[request.problem], request.parameters)
    }
  }

  private func runModal<Scalar: LaneScalar>(
    _: Scalar.Type, _ momentum: Bool, _ modes: Int, _ requests: [TrialRequest], _ shapes: [ModalShape],
    _ kernels: KernelTable, _ output: Slots<TrialRecord>, _ goesOn: (UInt64) -> Bool
  ) {
    var tile = ModalTile<Scalar>(kernels: Scalar.kernels(of: kernels), modes: modes, momentum: momentum)
    tile.run(
      next: {
        guard let index = next() else { return nil }
        let request = requests[index]
        let shape = shapes[request.problem]
        let recurrence = Recurrence(request.parameters, lambdaMin: shape.lambdaMin, lambdaMax: shape.lambdaMax)
        return (index, ModalTrial(shape: shape, recurrence: recurrence, parameters: request.parameters))
      },
      finish: { output[$0] = $1 }, goesOn: goesOn)
  }

  private func runDirect<Scalar: LaneScalar>(
    _: Scalar.Type, _ prepared: PreparedProblem, _ nesterov: Bool, _ requests: [TrialRequest],
    _ kernels: KernelTable, _ output: Slots<TrialRecord>, _ goesOn: (UInt64) -> Bool
  ) {
    let card = prepared.problem.card
    var tile = DirectTile<Scalar>(
      kernels: Scalar.kernels(of: kernels), problem: prepared.problem, form: prepared.form, nesterov: nesterov)
    tile.run(
      next: {
        guard let index = next() else { return nil }
        let parameters = requests[index].parameters
        let resolved = parameters.resolved(lambdaMin: card.lambdaMin, lambdaMax: card.lambdaMax)
        return (index, DirectTrial(step: resolved.step, momentum: resolved.momentum, parameters: parameters))
      },
      finish: { output[$0] = $1 }, goesOn: goesOn)
  }
}

/// All queues of one measurement: first the trials themselves, then the cross-checks.
struct Queues {
  let all: [TrialQueue]
  var hasCrossChecks: Bool { all.contains { $0.isCrossCheck } }

  /// How many tiles the trials could fill: more threads than that would find nothing to do.
  func tiles(_ kernels: KernelTable) -> Int {
    all.reduce(0) { $0 + ($1.order.count + $1.kind.lanes(kernels) - 1) / $1.kind.lanes(kernels) }
  }

  init(
    _ requests: [TrialRequest], _ problems: [PreparedProblem], _ forecasts: [Forecast],
    crossCheckShare: Double
  ) {
    var trials = Grouping()
    var checks = Grouping()
    for (index, request) in requests.enumerated() {
      guard TileKind.isInLanes(request.parameters, problems[request.problem]) else {
        trials.add(index, .single)
        continue
      }
      let modes = problems[request.problem].form.shape.count
      let direct = request.parameters.engine == .direct
      trials.add(index, TileKind(request, modes: modes, direct: direct))
      let short = forecasts[index].steps <= CrossChecking.longest
      if !direct, short, CrossChecking.isSampled(request.id, share: crossCheckShare),
        Training.rangeObstacle(problems[request.problem].problem, request.parameters) == nil
      {
        checks.add(index, TileKind(request, modes: modes, direct: true))
      }
    }
    all =
      trials.groups.map { TrialQueue(kind: $0, order: Self.longestFirst($1, forecasts), isCrossCheck: false) }
      + checks.groups.map { TrialQueue(kind: $0, order: $1, isCrossCheck: true) }
  }

  /// `order`, the trials with the longest forecasts first, to an eighth of a power of two; a counting sort, for this is
  /// done for every trial.
  private static func longestFirst(_ order: [Int], _ forecasts: [Forecast]) -> [Int] {
    guard order.count > 1 else { return order }
    // 2^e · (8 + m)/8 has the place 8 e + m.
    func place(_ steps: UInt64) -> Int {
      guard steps >= 8 else { return Int(steps) }
      let exponent = UInt64.bitWidth - 1 - steps.leadingZeroBitCount
      return 8 * (exponent - 2) + Int(steps >> UInt64(exponent - 3)) - 8
    }
    var ends = [Int](repeating: 0, count: 8 * 63 + 1)
    for index in order { ends[place(forecasts[index].steps)] += 1 }
    var end = 0
    for at in ends.indices.reversed() {
      end += ends[at]
      ends[at] = end - ends[at]
    }
    var sorted = order
    for index in order {
      let at = place(forecasts[index].steps)
      sorted[ends[at]] = index
      ends[at] += 1
    }
    return sorted
  }
}

/// Indices by tile kind, kinds in order of first appearance.
private struct Grouping {
  private(set) var groups: [(TileKind, [Int])] = []
  private var place: [TileKind: Int] = [:]

  mutating func add(_ index: Int, _ kind: TileKind) {
    // Runs of one kind are the rule: look at the last group before hashing.
    if let last = groups.indices.last, groups[last].0 == kind {
      groups[last].1.append(index)
    } else if let known = place[kind] {
      groups[known].1.append(index)
    } else {
      place[kind] = groups.count
      groups.append((kind, [index]))
    }
  }
}
