/// Whether a worker on another machine is started again after its end, and when.
package struct RestartPolicy: Equatable, Sendable {
  package enum Verdict: Equatable, Sendable {
    case after(Duration)
    /// It would end the same way again.
    case never
  }

  /// The wait that the next early end costs.
  private var wait = RestartPolicy.shortest

  static let shortest = Duration.seconds(1)
  /// After a worker's own leave: the run is over, and everybody is about to hear of it, or its host wants rest.
  static let leave = Duration.seconds(5)
  static let longest = Duration.seconds(60)
  /// A worker that lived for so long did not end because of how it was started.
  static let settled = Duration.seconds(60)

  /// Statuses that the same start gives again: not understood, file or program not there, another version, key
  /// refused. The shell says 126 and 127 of a program that it cannot start.
  static let final: Set<Int32> = [
    ExitStatus.usage.rawValue, ExitStatus.badData.rawValue, ExitStatus.inputMissing.rawValue, ExitStatus.bug.rawValue,
    ExitStatus.versionMismatch.rawValue, ExitStatus.notPermitted.rawValue, 126, 127,
  ]

  /// ssh's own failures are 255, which mostly stands for a host that is away; these words of it stand for one that
  /// will not have us.
  static let refusals = ["Permission denied", "Host key verification failed"]

  package init() {}

  /// - Parameters:
  ///   - status: the exit status; nil for a signal.
  ///   - lastWords: the last line that it wrote.
  ///   - lived: how long it ran.
  package mutating func ended(status: Int32?, lastWords: String?, lived: Duration) -> Verdict {
    if let status, Self.final.contains(status) { return .never }
    if status == 0 { return .after(Self.leave) }
    if status == 255, let lastWords, Self.refusals.contains(where: lastWords.contains) { return .never }
    if lived >= Self.settled { wait = Self.shortest }
    defer { wait = min(wait * 2, Self.longest) }
    return .after(wait)
  }
}
