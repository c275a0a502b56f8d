import Collections

/// Who computes which unit, when, and what happens after a failure.
///
/// Units are numbers 0 ..< n with costs; the most expensive are handed out first, ties in the order of their numbers.
/// Every call takes O(log n) for the units concerned, memory is O(n) with some thirty bytes per unit.
///
/// Three budgets keep apart why a lease did not end in a result. Given back before it was started: free. Lost by no
/// fault of the unit: unlimited, but after ``vanishedLimit`` workers vanished over it the unit runs alone on its
/// worker. Failures with evidence against it: after the first the unit is suspect and runs alone; ``errorLimit`` errors
/// of its own, or ``deathLimit`` such failures when deaths of workers are among them, all but one of them alone, end
/// it. A death may have another cause, so it takes one more of them.
///
/// When nothing waits, a unit that is overdue may be tried by one more worker. The first valid result wins.
package struct Scheduler: Sendable {
  /// Errors after which a unit is given up.
  package static let errorLimit = 3
  /// Errors and deaths of workers together after which a unit is given up.
  package static let deathLimit = 4
  /// Workers that vanished over a unit before it is suspect.
  static let vanishedLimit: UInt16 = 3
  /// Assumed computing time of a unit before anything was measured, in seconds.
  static let unknownSeconds = 30.0
  /// A unit is overdue after this many times its estimate …
  static let patience = 2.0
  /// … and at least this many seconds.
  static let leastPatienceSeconds = 1.0

  var ledger: UnitLedger
  let costs: [Double]
  /// Units from the most to the least expensive, and each unit's place in that order.
  let order: [UInt32]
  let rank: [UInt32]
  /// Ranks of waiting units that are not suspect. May hold units that wait no more; each unit at most once.
  var heap: Heap<UInt32>
  /// Waiting suspects. May hold units that wait no more; each unit at most once.
  var suspects: Deque<Int> = []
  var leases: [Int: Copies] = [:]
  var holders: [SessionNumber: Holder] = [:]
  /// How many sessions have a reserved unit.
  var reservations = 0
  /// Due times of leases, with stale entries among them.
  var dues: Heap<DueEntry> = []
  /// Moving average over results of seconds per cost.
  var secondsPerCost: Double?
  /// What spoke against units that failed, oldest first.
  var evidence: [Int: [String]] = [:]

  /// - Parameters:
  ///   - costs: forecast cost of each unit, in any common measure; what is not a positive number counts as 0.
  ///   - committed: which units are done already; as long as `costs`.
  package init(costs: [Double], committed: [Bool]) {
    precondition(costs.count == committed.count, "\(costs.count) costs, but \(committed.count) units")
    let costs = costs.map { $0 > 0 && $0 < .infinity ? $0 : 0 }
    let order = (0..<costs.count).sorted { (-costs[$0], $0) < (-costs[$1], $1) }.map { UInt32($0) }
    var rank = [UInt32](repeating: 0, count: costs.count)
    for (place, unit) in order.enumerated() { rank[Int(unit)] = UInt32(place) }
    ledger = UnitLedger(committed: committed)
    heap = Heap((0..<costs.count).filter { !committed[Int(order[$0])] }.map { UInt32($0) })
    for unit in 0..<costs.count where !committed[unit] { ledger.setInHeap(unit, true) }
    self.costs = costs
    self.order = order
    self.rank = rank
  }

  package var unitCount: Int { ledger.count }
  package func phase(of unit: Int) -> UnitPhase { ledger.phase(unit) }
  /// How many units are in `phase`.
  package func count(_ phase: UnitPhase) -> Int { ledger.counts[Int(phase.rawValue)] }
  /// Whether every unit is committed or failed.
  package var isFinished: Bool { count(.committed) + count(.failed) == unitCount }
  /// Whether nobody has anything of a unit: nothing leased, nothing waiting to be made durable.
  package var isQuiet: Bool { count(.leased) + count(.accepted) + count(.failing) == 0 }
  package func leases(of unit: Int) -> [Lease] { leases[unit]?.all ?? [] }
  /// The units that a session holds, in the order in which it got them.
  package func units(of session: SessionNumber) -> [Int] { holders[session]?.units ?? [] }
  /// Whether so many units wait that sessions should hold some in advance.
  package var isPlentiful: Bool { count(.waiting) >= 2 * holders.count }

  /// Seconds that computing `unit` should take, or nil while nothing was measured.
  package func estimate(of unit: Int) -> Double? { secondsPerCost.map { $0 * costs[unit] } }

  /// Learns from a result how long units take.
  package mutating func measured(_ unit: Int, seconds: Double) {
    guard costs[unit] > 0, seconds >= 0, seconds < .infinity else { return }
    let sample = seconds / costs[unit]
    secondsPerCost = secondsPerCost.map { $0 + 0.1 * (sample - $0) } ?? sample
  }

  /// Everything known about a unit, in one line.
  package func story(of unit: Int) -> String {
    guard unit >= 0, unit < unitCount else { return "unit \(unit): no such unit (there are \(unitCount))" }
    let strikes = ledger.strikeCounts(unit)
    let held = leases(of: unit).map {
      "session \($0.session) attempt \($0.attempt)\($0.started ? " started" : "")\($0.alone ? " alone" : "")"
    }
    return "unit \(unit): \(phase(of: unit)), \(ledger.attempts[unit]) attempts, \(ledger.returns[unit]) returned, "
      + "\(ledger.losses[unit]) lost, \(strikes.all) strikes (\(strikes.alone) alone), held by \(held), "
      + "evidence \(evidence[unit] ?? [])"
  }

  func illegal(_ event: String, _ unit: Int) -> String { "\(event) is not possible here; \(story(of: unit))" }
}
