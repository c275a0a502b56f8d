import RavineDescent
import RavineSweeps

/// What a run has measured of another sweep: the records that the other sweep's run need not compute again.
package struct Inheritance {
  /// Trials that both have, with consecutive numbers in both.
  private struct Stretch {
    var trials: Range<Int>
    /// The number in the source of the first of `trials`.
    var source: Int

    func source(of trial: Int) -> Int { source + trial - trials.lowerBound }
  }

  /// Trials of the new sweep whose records are there: ascending, no two adjacent.
  package private(set) var known: [Range<Int>] = []
  package var trialCount: Int { known.reduce(0) { $0 + $1.count } }
  /// How many measured trials of the source the new sweep does not have, and the first of them.
  package let missing: (count: Int, first: Int?)

  let source: RunStore
  private let plan: Plan
  private let sourcePlan: Plan
  private let stretches: [Stretch]
  private let reader: RecordReader
  /// By metric of the new sweep: the column of the source.
  private let metricColumns: [Int]

  /// Above this the shortest stretches are left out, and computed again: units must be few enough to be listed.
  static let mostStretches = 65_536

  /// - Parameters:
  ///   - sourcePlan: the plan of `source`.
  ///   - changedFiles: data files whose content is another in the new sweep.
  /// - Throws: ``StoreError``. Precondition: `source` has every metric of `plan`.
  package init(
    of source: RunStore, _ sourcePlan: Plan, for plan: Plan, changedFiles: Set<String> = []
  ) throws(StoreError) {
    self.source = source
    self.plan = plan
    self.sourcePlan = sourcePlan
    metricColumns = plan.sweep.metrics.compactMap { sourcePlan.sweep.metrics.firstIndex(of: $0) }
    reader = try RecordReader(source)
    var survey = Survey(
      overlap: PlanOverlap(old: sourcePlan, changedFiles: changedFiles), reader: reader,
      hasMetrics: !metricColumns.isEmpty)
    try survey.look(at: plan)
    stretches = survey.stretches
    missing = try survey.missing()
    known = Self.known(stretches.map(\.trials), most: Self.mostStretches)
  }

  /// `trials` with neighbours joined, and without the shortest where there are more than `most`.
  static func known(_ trials: [Range<Int>], most: Int) -> [Range<Int>] {
    var joined: [Range<Int>] = []
    for range in trials {
      if let last = joined.last, last.upperBound == range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
      } else {
        joined.append(range)
      }
    }
    var least = 2
    while joined.count > most {
      joined.removeAll { $0.count < least }
      least *= 2
    }
    return joined
  }

  /// The result of a unit whose trials are all known, as a worker would have sent it.
  func result(unit: Int, trials: Range<Int>) throws(StoreError) -> UnitCommit {
    var records: [TrialRecord] = []
    var metrics: [Double] = []
    var cards: [(problem: UInt64, card: ProblemCard)] = []
    var place = firstStretch(at: trials.lowerBound)
    var problem = -1
    for trial in trials {
      while stretches[place].trials.upperBound <= trial { place += 1 }
      let own = stretches[place].source(of: trial)
      guard let found = try reader.entry(of: own),
        let record = found.record.carried(
          from: UInt64(own), sourcePlan.parameters(of: own), to: UInt64(trial), limit: plan.parameters(of: trial).steps,
          hasMetrics: !metricColumns.isEmpty)
      else { throw .internalFault(path: source.path, reason: "trial \(own) is not what it was") }
      records.append(record)
      for column in metricColumns { metrics.append(found.metrics[found.metrics.startIndex + column]) }
      let ordinal = plan.problem(of: trial)
      guard ordinal != problem else { continue }
      problem = ordinal
      if let card = try source.card(of: sourcePlan.problem(of: own)) { cards.append((UInt64(ordinal), card)) }
    }
    let table = MetricTable(columns: metricColumns.count, values: metrics)
    // No worker sent it, so no copy of it will ever be compared: there is no digest.
    return UnitCommit(
      unit: unit, attempt: 0, worker: "", digest: 0,
      columns: RecordColumns.encode(records, firstTrial: UInt64(trials.lowerBound), metrics: table),
      cards: CardColumns.encode(cards), seconds: 0)
  }

  /// The stretch that holds `trial`.
  private func firstStretch(at trial: Int) -> Int {
    var (low, high) = (0, stretches.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if stretches[middle].trials.lowerBound <= trial { low = middle } else { high = middle }
    }
    return low
  }

  /// The comparison of two sweeps, trial by trial.
  private struct Survey {
    let overlap: PlanOverlap
    let reader: RecordReader
    let hasMetrics: Bool
    var stretches: [Stretch] = []
    /// By trial of the source: whether the new sweep has it.
    private var isKept: [Bool]

    init(overlap: PlanOverlap, reader: RecordReader, hasMetrics: Bool) {
      self.overlap = overlap
      self.reader = reader
      self.hasMetrics = hasMetrics
      isKept = [Bool](repeating: false, count: overlap.old.trialCount)
    }

    mutating func look(at plan: Plan) throws(StoreError) {
      var trial = 0
      while trial < plan.trialCount {
        let end = plan.problemTrials(containing: trial).upperBound
        if let twins = overlap.twins(of: plan.settings(of: trial).problem) {
          for number in trial..<end { try look(at: number, plan.parameters(of: number), twins) }
        }
        trial = end
      }
    }

    private mutating func look(
      at trial: Int, _ parameters: TrialParameters, _ twins: ProblemTwins
    ) throws(StoreError) {
      var own: Int?
      for candidate in twins.trials(like: parameters) {
        let its = overlap.old.parameters(of: candidate)
        if its.steps <= parameters.steps { isKept[candidate] = true }
        let record = try reader.entry(of: candidate)?.record.carried(
          from: UInt64(candidate), its, to: UInt64(trial), limit: parameters.steps, hasMetrics: hasMetrics)
        if own == nil, record != nil { own = candidate }
      }
      guard let own else { return }
      if let last = stretches.last, last.trials.upperBound == trial, last.source(of: trial) == own {
        stretches[stretches.count - 1].trials = last.trials.lowerBound..<trial + 1
      } else {
        stretches.append(Stretch(trials: trial..<trial + 1, source: own))
      }
    }

    /// Measured trials that are not kept.
    func missing() throws(StoreError) -> (count: Int, first: Int?) {
      var (count, first) = (0, Int?.none)
      for trial in isKept.indices where !isKept[trial] && reader.isMeasured(trial) {
        count += 1
        if first == nil { first = trial }
      }
      return (count, first)
    }
  }
}

/// Records of a run by number; a few units are kept at hand.
final class RecordReader {
  private let store: RunStore
  private let units: [StoredUnit]
  private let states: [UnitState]
  private var atHand: [Int: UnitRecords] = [:]
  private var order: [Int] = []
  private var last = 0
  private static let most = 64

  init(_ store: RunStore) throws(StoreError) {
    self.store = store
    units = try store.unitSpecs()
    states = try store.unitStates()
  }

  func isMeasured(_ trial: Int) -> Bool { states[unit(of: trial)] == .committed }

  /// Record and metrics of a trial; nil where it was not measured.
  func entry(of trial: Int) throws(StoreError) -> (record: TrialRecord, metrics: ArraySlice<Double>)? {
    let unit = unit(of: trial)
    guard states[unit] == .committed else { return nil }
    let records = try records(of: unit)
    let offset = trial - records.first
    return (records.records[offset], records.metrics.columns == 0 ? [] : records.metrics.row(offset))
  }

  private func unit(of trial: Int) -> Int {
    if holds(last, trial) { return last }
    var (low, high) = (0, units.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if units[middle].first <= trial { low = middle } else { high = middle }
    }
    last = low
    return low
  }

  private func holds(_ unit: Int, _ trial: Int) -> Bool {
    trial >= units[unit].first && trial < units[unit].first + units[unit].count
  }

  private func records(of unit: Int) throws(StoreError) -> UnitRecords {
    if let found = atHand[unit] { return found }
    let found = try store.records(ofUnit: unit, units[unit])
    atHand[unit] = found
    order.append(unit)
    if order.count > Self.most { atHand[order.removeFirst()] = nil }
    return found
  }
}
