import RavineDescent

/// All trials of a sweep by number. Nothing is listed: every question is answered by arithmetic.
///
/// Order: entries of `union` one after the other; inside, the axes of the problem (data, model, preprocessing, bias,
/// start, seed) are slower than those of the trial, each kind in file order, the last fastest. An axis on which others
/// depend counts as slower than the rest of its kind. So the trials of one problem are contiguous.
package struct Plan: Sendable {
  /// One varied setting.
  package struct Axis: Hashable, Sendable {
    package var path: String
    /// Number of values (of the longest entry in a union; at most the points of a sampled search).
    package var count: Int
  }

  /// Changes whenever the kernel may give other bits for the same settings.
  package static let kernelVersion = "ravine-kernel-1"

  /// A stretch of trials that have the same axes: conditional axes and `union` make several.
  package struct Part: Hashable, Sendable {
    /// Entry of `union`, from 0.
    package var branch: Int
    package var trials: Range<Int>
    package var problems: Int
  }

  package let sweep: Sweep
  package let axes: [Axis]
  package let trialCount: Int
  package let problemCount: Int
  /// Identity of the results: SHA-256 (64 hexadecimal digits) of what fixes them.
  package let hash: String

  private let space: SearchSpace

  /// - Parameters:
  ///   - tables: the data files of the sweep by name, read.
  ///   - fileHashes: SHA-256 of each data file by name.
  /// - Throws: what only data can show (a missing target column, a start of the wrong length), and more than 2^40
  ///   trials.
  package init(sweep: Sweep, tables: [String: Table], fileHashes: [String: String]) throws(SweepErrors) {
    if sweep.space.trials > BlockBuilder.trialLimit {
      let refusal = sweep.sizeReport.refusal(limit: 1 << 40, file: sweep.file)
      throw SweepErrors(refusal.map { [$0] } ?? [])
    }
    let problems = DataCheck(sweep: sweep, tables: tables).diagnostics()
    guard problems.isEmpty else { throw SweepErrors(problems) }
    self.sweep = sweep
    space = sweep.space
    axes = sweep.sizeReport.axes
    trialCount = space.trialStarts.last ?? 0
    problemCount = space.problemStarts.last ?? 0
    hash = SHA256.hexDigest(of: Array(Self.canonicalText(sweep, fileHashes).utf8))
  }

  /// The parts of the enumeration, in trial order.
  package var parts: [Part] {
    space.blocks.indices.map { index in
      Part(
        branch: space.blocks[index].branch, trials: space.trialStarts[index]..<space.trialStarts[index + 1],
        problems: space.blocks[index].problemCount)
    }
  }

  /// Everything that fixes the results, as text: not the name, the question or the comments.
  private static func canonicalText(_ sweep: Sweep, _ fileHashes: [String: String]) -> String {
    let files = sweep.dataFiles.map(\.name).sorted().map { "file \($0) \(fileHashes[$0] ?? "unknown")" }
    let metrics = sweep.metrics.map { "metric \($0.name)" }
    let head = ["ravine \(Sweep.formatVersion)", "kernel \(kernelVersion)"]
    return (head + metrics + files + sweep.branches.map { "branch\n\($0.canonicalText)" }).joined(separator: "\n")
  }

  /// The parameters of a trial; no allocation. Precondition here and below: 0 ≤ trial < `trialCount`.
  package func parameters(of trial: Int) -> TrialParameters {
    let block = SearchSpace.block(trial, space.trialStarts)
    return space.blocks.withUnsafeBufferPointer { $0[block].parameters(of: trial - space.trialStarts[block]) }
  }

  package func settings(of trial: Int) -> TrialSettings {
    TrialSettings(problem: resolved(trial).values.problemSettings, parameters: parameters(of: trial))
  }

  /// Number of the trial's problem, 0 ..< `problemCount`, ascending with the trial.
  package func problem(of trial: Int) -> Int {
    let (block, place) = place(of: trial)
    return space.problemStarts[block] + space.blocks[block].problem(place.problemDigits)
  }

  package func problemSettings(_ problem: Int) -> ProblemSettings {
    settings(of: problemTrials(of: problem).lowerBound).problem
  }

  /// The trials of the problem that `trial` belongs to.
  package func problemTrials(containing trial: Int) -> Range<Int> {
    let (_, place) = place(of: trial)
    let start = trial - place.offset
    return start..<(start + place.problemTrials)
  }

  /// The trials of a problem, 0 ≤ problem < `problemCount`.
  package func problemTrials(of problem: Int) -> Range<Int> {
    let index = SearchSpace.block(problem, space.problemStarts)
    let block = space.blocks[index]
    let digits = block.problemDigits(problem - space.problemStarts[index])
    return problemTrials(containing: space.trialStarts[index] + block.firstTrial(digits))
  }

  /// The value of each of ``axes``; nil where the setting does not exist for this trial.
  package func axisValues(of trial: Int) -> [AxisValue?] { axisSettings(trial).map { $0.map { AxisValue($0) } } }

  /// ``axisValues(of:)`` as they would be written in a sweep file.
  package func axisText(of trial: Int) -> [String?] { axisSettings(trial).map { $0?.text } }

  /// All settings that were given for a trial, by axes or outside of them.
  package func resolvedSettings(of trial: Int) -> SettingValues { resolved(trial).values }

  private func axisSettings(_ trial: Int) -> [SettingValue?] {
    let (branch, values, present) = resolved(trial)
    return sweep.axisPaths.map { path in
      if present.contains(path) { return values[path] }
      // An axis whose conditions do not hold has no value here, whatever stands in its place.
      return sweep.branches[branch].axis(path) == nil ? values.effective(path) : nil
    }
  }

  private func place(of trial: Int) -> (block: Int, place: Block.Place) {
    let block = SearchSpace.block(trial, space.trialStarts)
    return (block, space.blocks[block].place(of: trial - space.trialStarts[block]))
  }

  /// All settings of a trial, and which of them axes gave.
  private func resolved(_ trial: Int) -> (branch: Int, values: SettingValues, present: [SettingPath]) {
    let (index, place) = place(of: trial)
    let block = space.blocks[index]
    let rectangle = block.rectangles[place.rectangle]
    var values = rectangle.values
    var present: [SettingPath] = []
    for (axis, digit) in zip(block.problemAxes, place.problemDigits) {
      axis.write(digit, to: &values, present: &present)
    }
    for (axis, digit) in zip(rectangle.axes, place.trialDigits) {
      axis.write(digit, to: &values, present: &present)
    }
    return (block.branch, values, present)
  }
}
