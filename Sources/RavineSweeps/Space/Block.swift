import RavineDescent

/// Trials that share the axes of the problem: problems × (a sum of rectangles of trial axes).
///
/// Conditional axes are what makes several blocks of a branch, and several rectangles of a block.
final class Block: Sendable {
  /// One rectangle of trial axes under every problem of the block.
  struct Rectangle: Sendable {
    var axes: [BlockAxis]
    /// Parameters where no running axis sets them.
    var base: TrialParameters
    /// Base settings and the values of axes that stand still.
    var values: SettingValues
    var level: Level
    /// Kept combinations before each, over (bound problem combination, bound trial combination).
    var rank: KeptRank?
    /// The short way to the parameters, where all values could be decoded in advance.
    var table: PatchTable?

    /// Trials under one problem with bound combination `combination`.
    func count(_ combination: Int) -> Int {
      guard let rank else { return level.combinations * level.free }
      let row = combination * level.combinations
      return (rank.before(row + level.combinations) - rank.before(row)) * level.free
    }

    func cumulative(_ position: Int) -> Int { rank?.before(position) ?? position }
  }

  let branch: Int
  let problemAxes: [BlockAxis]
  let rectangles: [Rectangle]
  let problemLevel: Level
  /// Trials per free problem tuple before each bound problem combination.
  private let weights: [Int]
  /// Non-empty bound problem combinations before each.
  private let ordinals: [Int]
  /// Whether a problem axis also sets parameters of the trial (zipped axes do).
  private let problemsSetParameters: Bool
  let trialCount: Int
  let problemCount: Int

  /// - Precondition: the number of trials fits (it was counted exactly before).
  init(branch: Int, problemAxes: [BlockAxis], rectangles: [Rectangle], problemLevel: Level) {
    self.branch = branch
    self.problemAxes = problemAxes
    self.rectangles = rectangles
    self.problemLevel = problemLevel
    var (weights, ordinals) = ([0], [0])
    for combination in 0..<problemLevel.combinations {
      let weight = rectangles.reduce(0) { $0 + $1.count(combination) }
      weights.append(weights[combination] + weight)
      ordinals.append(ordinals[combination] + (weight > 0 ? 1 : 0))
    }
    self.weights = weights
    self.ordinals = ordinals
    problemsSetParameters = problemAxes.contains { axis in
      axis.columns.contains { $0.path.setting.scope == .trial }
    }
    trialCount = weights[problemLevel.combinations] * problemLevel.free
    problemCount = ordinals[problemLevel.combinations] * problemLevel.free
  }

  /// Where a trial stands: its problem's digits, its rectangle and its digits there.
  struct Place {
    var problemDigits: [Int]
    var rectangle: Int
    var trialDigits: [Int]
    /// Number of the trial among those of its problem, and their count.
    var offset: Int
    var problemTrials: Int
  }

  func place(of trial: Int) -> Place {
    var problemDigits: [Int] = []
    let (combination, offset) = problemLevel.descend(
      trial, base: 0, cumulative: { weights[$0] }, visit: { problemDigits.append($1) })
    let (rectangle, rest) = self.rectangle(offset, combination)
    var trialDigits: [Int] = []
    let part = rectangles[rectangle]
    _ = part.level.descend(
      rest, base: combination * part.level.combinations, cumulative: part.cumulative,
      visit: { trialDigits.append($1) })
    return Place(
      problemDigits: problemDigits, rectangle: rectangle, trialDigits: trialDigits, offset: offset,
      problemTrials: weights[combination + 1] - weights[combination])
  }

  /// The parameters of a trial, without allocation.
  @inline(__always)
  func parameters(of trial: Int) -> TrialParameters {
    let (combination, offset) = locate(trial)
    let (index, rest) = rectangle(offset, combination)
    return rectangles.withUnsafeBufferPointer { [self] parts in
      var parameters = parts[index].base
      if problemsSetParameters {
        _ = problemLevel.descend(
          trial, base: 0, cumulative: { weights[$0] }, visit: { problemAxes[$0].apply($1, to: &parameters) })
      }
      let base = combination * parts[index].level.combinations
      switch (parts[index].table, parts[index].rank == nil) {
      case (let table?, true): table.apply(rest, to: &parameters)
      case (let table?, false):
        _ = parts[index].level.descend(
          rest, base: base, cumulative: { parts[index].cumulative($0) },
          visit: { table.apply($1, of: $0, to: &parameters) })
      case (nil, _):
        _ = parts[index].level.descend(
          rest, base: base, cumulative: { parts[index].cumulative($0) },
          visit: { parts[index].axes[$0].apply($1, to: &parameters) })
      }
      return parameters
    }
  }

  /// The problem combination and the number of the trial inside its problem.
  private func locate(_ trial: Int) -> (combination: Int, offset: Int) {
    if problemLevel.combinations == 1 { return (0, trial % weights[1]) }
    let found = problemLevel.descend(trial, base: 0, cumulative: { weights[$0] }, visit: { _, _ in })
    return (found.combination, found.rest)
  }

  private func rectangle(_ offset: Int, _ combination: Int) -> (index: Int, rest: Int) {
    var rest = offset
    for index in 0..<(rectangles.count - 1) {
      let count = rectangles[index].count(combination)
      if rest < count { return (index, rest) }
      rest -= count
    }
    return (rectangles.count - 1, rest)
  }

  /// Ordinal of the problem with these digits, among the non-empty ones.
  func problem(_ digits: [Int]) -> Int {
    problemLevel.index(of: digits, base: 0, cumulative: { ordinals[$0] })
  }

  /// Digits of a problem by its ordinal.
  func problemDigits(_ problem: Int) -> [Int] {
    var digits: [Int] = []
    _ = problemLevel.descend(problem, base: 0, cumulative: { ordinals[$0] }, visit: { digits.append($1) })
    return digits
  }

  /// The first trial of the problem with these digits.
  func firstTrial(_ problemDigits: [Int]) -> Int {
    problemLevel.index(of: problemDigits, base: 0, cumulative: { weights[$0] })
  }
}
