import RavineScheduling

/// What is known of the workers on a Slurm cluster, and what to do about it. Pure: told what the queue shows and which
/// workers the coordinator sees, it answers with decisions.
package struct SlurmPilots: Sendable {
  package enum Decision: Equatable, Sendable {
    /// Hand in so many more workers.
    case submit(Int)
    /// Show the end of this element's log; the words say what happened to it.
    case showLog(SlurmElement, String)
    case note(String)
    /// Nothing is left that could work.
    case giveUp(String)
  }

  private struct Pilot {
    /// When it was first seen running, if it was.
    var runningSince: Instant?
    var node = ""
    /// The coordinator has seen it.
    var hasConnected = false
    var isReported = false
  }

  /// Workers that the user wants.
  private let wanted: Int
  /// Elements in the queue.
  private var pilots: [SlurmElement: Pilot] = [:]
  /// Elements in a row that ended without the coordinator having seen them.
  private var failuresInARow = 0
  private(set) var isHalted = false
  /// Why all of them wait, as last told.
  private var toldReason: String?

  /// A worker that runs for so long without reaching the coordinator is worth a line.
  static let patience = Duration.seconds(60)
  /// After so many failures in a row nothing more is handed in.
  static let mostFailures = 3

  package init(wanted: Int) { self.wanted = wanted }

  package var count: Int { pilots.count }

  package mutating func submitted(_ submission: SlurmSubmission) {
    for index in 0..<submission.count { pilots[SlurmElement(job: submission.job, index: index)] = Pilot() }
  }

  /// Forgets all but these.
  package mutating func keepOnly(_ elements: [SlurmElement]) {
    let kept = Set(elements)
    pilots = pilots.filter { kept.contains($0.key) }
  }

  package func has(job: Int) -> Bool { pilots.keys.contains { $0.job == job } }

  /// - Parameter names: names of workers that are connected.
  package mutating func connected(_ names: [String]) {
    for name in names {
      guard let element = Self.element(ofWorker: name), pilots[element] != nil else { continue }
      pilots[element]?.hasConnected = true
      failuresInARow = 0
    }
  }

  /// The element whose worker has this name, or nil for another worker's.
  static func element(ofWorker name: String) -> SlurmElement? {
    guard name.hasPrefix(SlurmScript.workerPrefix) else { return nil }
    let words = name.dropFirst(SlurmScript.workerPrefix.count).prefix { $0 != "-" && $0 != "/" && $0 != ":" }
    let numbers = words.split(separator: "_").map { Int($0) }
    guard numbers.count == 2, let job = numbers[0], let index = numbers[1] else { return nil }
    return SlurmElement(job: job, index: index)
  }

  /// - Parameters:
  ///   - queue: all elements that Slurm still has.
  ///   - openUnits: units without a result.
  package mutating func polled(_ queue: [SlurmQueueLine], openUnits: Int, at now: Instant) -> [Decision] {
    var decisions: [Decision] = []
    var gone = Set(pilots.keys)
    for line in queue {
      gone.remove(line.element)
      update(line, now, into: &decisions)
    }
    for element in gone.sorted() { ended(element, into: &decisions) }
    tellWaiting(queue.filter { pilots[$0.element] != nil }, into: &decisions)
    if failuresInARow >= min(Self.mostFailures, wanted), !isHalted {
      isHalted = true
      decisions.append(
        .note("\(failuresInARow) in a row ended without reaching the coordinator: no more are handed in"))
    }
    let missing = min(wanted, openUnits) - pilots.count
    if missing > 0, !isHalted { decisions.append(.submit(missing)) }
    if isHalted, pilots.isEmpty { decisions.append(.giveUp("no worker on the cluster reaches the coordinator")) }
    return decisions
  }

  private mutating func update(_ line: SlurmQueueLine, _ now: Instant, into decisions: inout [Decision]) {
    guard var pilot = pilots[line.element] else { return }
    if line.state == "RUNNING" {
      let since = pilot.runningSince ?? now
      pilot.runningSince = since
      pilot.node = line.node
      if !pilot.hasConnected, !pilot.isReported, now >= since + Self.patience {
        pilot.isReported = true
        decisions.append(.showLog(line.element, "runs on \(line.node) but does not reach the coordinator"))
      }
    } else {
      // Requeued elements wait again.
      pilot.runningSince = nil
    }
    pilots[line.element] = pilot
  }

  /// While all of them wait, a person wants to know for what; once for each reason.
  private mutating func tellWaiting(_ queue: [SlurmQueueLine], into decisions: inout [Decision]) {
    guard let first = queue.first, queue.allSatisfy({ $0.state == "PENDING" }) else { return toldReason = nil }
    guard first.reason != toldReason else { return }
    toldReason = first.reason
    decisions.append(.note("\(queue.count) workers wait in the queue: \(first.reason)"))
  }

  private mutating func ended(_ element: SlurmElement, into decisions: inout [Decision]) {
    guard let pilot = pilots.removeValue(forKey: element), !pilot.hasConnected else { return }
    failuresInARow += 1
    let place = pilot.node.isEmpty ? "" : " on \(pilot.node)"
    decisions.append(.showLog(element, "ended\(place) without reaching the coordinator"))
  }
}
