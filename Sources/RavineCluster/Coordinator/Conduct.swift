import RavineScheduling

/// How a worker process did so far, over all its sessions: whether units are kept from it.
///
/// A worker on a broken machine fails everything, fast, and would go through the whole run. After three units in a row
/// that failed on it, it gets none for a while, then one to prove itself, then none for twice as long.
struct Conduct: Sendable {
  /// Failures in a row, of different units, that look like the worker's fault.
  static let limit = 3
  static let firstPause: Duration = .seconds(10)
  static let longestPause: Duration = .seconds(300)

  /// Units that failed here since the last success, at most ``limit``.
  private var failed: [Int] = []
  /// How often it was put aside since its last success.
  private(set) var level = 0
  /// Until when it gets nothing, on the lease clock.
  private(set) var asideUntil: Instant?

  /// Whether it gets units only one at a time, to prove itself.
  var isOnProbation: Bool { level > 0 }

  func isAside(at now: Instant) -> Bool { asideUntil.map { now < $0 } ?? false }

  mutating func succeeded() { self = Conduct() }

  /// - Returns: for how long the worker is put aside by this, or nil where it is not.
  mutating func failed(_ unit: Int, at now: Instant) -> Duration? {
    if !failed.contains(unit) { failed.append(unit) }
    guard failed.count >= Self.limit || isOnProbation else { return nil }
    failed = []
    let pause = min(Self.longestPause, Self.firstPause * (1 << min(level, 8)))
    level += 1
    asideUntil = now + pause
    return pause
  }
}

/// Keeping units from workers that spoil them.
extension Coordinator {
  /// A unit failed on the worker by an error.
  mutating func noteSpoilt(_ unit: Int, in number: SessionNumber, into actions: inout [Action]) {
    guard let session = sessions[number] else { return }
    let clock = leaseNow
    guard let pause = sessions[number]?.conduct.failed(unit, at: clock) else { return }
    let text = "it failed \(Conduct.limit) units in a row; it gets none for \(pause)"
    actions.append(.note(ClusterNote(.quarantined, worker: session.name, unit: unit, text: text)))
  }

  /// Whether units are kept from the session: only as long as somebody else could do them.
  func isAside(_ session: Session) -> Bool {
    session.conduct.isAside(at: leaseNow)
      && sessionOrder.contains { other in
        guard let other = sessions[other], other.number != session.number else { return false }
        return other.state == .ready && !other.conduct.isOnProbation
      }
  }
}
