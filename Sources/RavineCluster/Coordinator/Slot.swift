import RavineScheduling

/// The place of one local worker process. The legal successors of its state are:
///
///     idle     -> starting   its time has come
///     starting -> running    the process runs
///     starting -> idle       it could not be started
///     running  -> idle       the process ended
///     idle     -> givenUp    it died too often, too quickly
struct Slot: Sendable {
  enum State: Hashable, Sendable {
    case idle(startAt: Instant)
    case starting(since: Instant)
    case running(pid: Int32, since: Instant)
    case givenUp
  }

  /// A process that lives shorter than this, and delivers nothing, died quickly.
  static let quickLife: Duration = .seconds(5)
  /// Quick deaths in a row after which the slot is given up.
  static let quickDeathLimit = 5

  var state: State
  /// The session of its process.
  var session: UInt64?
  /// Whether the process delivered a result.
  var hasDelivered = false
  private(set) var quickDeaths = 0

  init(startAt: Instant) { state = .idle(startAt: startAt) }

  var startAt: Instant? {
    if case .idle(let instant) = state { return instant }
    return nil
  }

  var hasProcess: Bool {
    switch state {
    case .starting, .running: true
    case .idle, .givenUp: false
    }
  }

  /// Whether a hello from process `pid` can be this slot's.
  func admits(pid: Int32) -> Bool {
    switch state {
    case .starting: true
    case .running(let own, _): own == pid
    case .idle, .givenUp: false
    }
  }

  /// The process ended: sets when the next one is started, at once or after 1, 2, 4 … 60 seconds.
  ///
  /// - Parameter blameless: it died over a unit that may have been the cause.
  mutating func exited(at now: Instant, blameless: Bool = false) {
    let since: Instant
    switch state {
    case .starting(let instant), .running(_, let instant): since = instant
    case .idle, .givenUp: preconditionFailure("a process of a slot ended that has none: \(self)")
    }
    let isQuick = !hasDelivered && now < since + Self.quickLife
    if !blameless { quickDeaths = isQuick ? quickDeaths + 1 : 0 }
    session = nil
    hasDelivered = false
    let delay = quickDeaths < 2 ? 0 : min(60, 1 << (quickDeaths - 2))
    state = quickDeaths >= Self.quickDeathLimit ? .givenUp : .idle(startAt: now + .seconds(delay))
  }
}
