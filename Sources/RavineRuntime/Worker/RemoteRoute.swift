import Logging
import RavineScheduling
import RavineZeroMQ

/// The connection to a coordinator on another machine: which of the join file's endpoints is used, and whether it
/// stands. libzmq connects again by itself; after a few seconds without a connection all endpoints are looked at anew.
final class RemoteRoute {
  enum News {
    /// A connection stands: the coordinator can be spoken to.
    case connected
    case ended(WorkerLoop.Ending)
  }

  private(set) var isConnected = false
  /// When to look for a way again.
  private(set) var nextLook = Instant.distantFuture

  private let socket: Socket
  private let monitor: SocketMonitor
  private let finder: RouteFinder
  private let path: String
  private let say: @Sendable (String) -> Void
  private var endpoint: String?
  /// The join file that the present connection, or attempt, was made from.
  private var used: JoinFile?
  /// Endpoints whose handshake failed, in this round of looking.
  private var wrong: Set<String> = []
  /// Whether the present attempt failed in its handshake.
  private var hasFailed = false
  private var fruitlessRounds = 0
  private var wasEverConnected = false
  private var sayAfter = Instant(nanoseconds: 0)

  private static let lookAfter = Duration.seconds(3)
  private static let sayInterval = Duration.seconds(60)
  /// Rounds in which every coordinator that answered was another one.
  private static let fruitlessLimit = 3

  init(
    joinFile: String, socket: Socket, say: @escaping @Sendable (String) -> Void,
    answer: @escaping @Sendable (RouteFinder.Finding) -> Void
  ) throws {
    path = joinFile
    self.socket = socket
    self.say = say
    monitor = try SocketMonitor(of: socket, name: "route")
    finder = try RouteFinder(joinFile: joinFile, answer: answer)
    finder.find()
  }

  deinit { finder.quit() }

  func watch(with poller: Poller) -> Int { poller.add(monitor) }

  func look(at now: Instant) {
    nextLook = .distantFuture
    finder.find()
  }

  /// Takes what happened to the connection.
  func events(at now: Instant) throws(ZeroMQError) -> [News] {
    var news: [News] = []
    while let event = try monitor.next() {
      switch event {
      case .ready:
        isConnected = true
        wasEverConnected = true
        fruitlessRounds = 0
        wrong = []
        nextLook = .distantFuture
        news.append(.connected)
      case .disconnected:
        isConnected = false
        lookLater(now)
      case .refused(let status) where status == 400:
        let text =
          "error: the coordinator does not accept the key of `\(path)`; it was revoked, or belongs to another run"
        news.append(.ended(.init(code: ExitStatus.notPermitted.rawValue, message: text)))
      case .refused, .handshakeFailed:
        isConnected = false
        hasFailed = true
        if let endpoint { wrong.insert(endpoint) }
        lookLater(now)
      case .acceptFailed: break
      }
    }
    return news
  }

  private func lookLater(_ now: Instant) {
    nextLook = min(nextLook, now + (wrong.isEmpty ? Self.lookAfter : .milliseconds(200)))
  }

  /// Connects to the first endpoint that answers and was not found wrong.
  func take(_ finding: RouteFinder.Finding, at now: Instant) throws(ZeroMQError) -> WorkerLoop.Ending? {
    if let error = finding.error { return .init(code: error.status.rawValue, message: error.description) }
    guard !isConnected else { return nil }
    if finding.isOver { return .init(code: ExitStatus.success.rawValue, message: "the run of `\(path)` is complete") }
    nextLook = now + Self.lookAfter
    guard let file = finding.file, !finding.reachable.isEmpty else {
      tell(finding.failures, now)
      return nil
    }
    var choice = finding.reachable.first { !wrong.contains($0) }
    if choice == nil {
      fruitlessRounds += 1
      wrong = []
      if fruitlessRounds >= Self.fruitlessLimit, !wasEverConnected {
        let text =
          "error: the coordinator at \(finding.reachable.joined(separator: ", ")) is not the one that `\(path)` is for"
          + "\n   = help: copy the join file again from the folder of the run"
        return .init(code: ExitStatus.versionMismatch.rawValue, message: text)
      }
      choice = finding.reachable.first
    }
    guard let choice else { return nil }
    // An attempt that is under way is not begun anew: where a thousand come at once, each takes its time.
    if choice == endpoint, used?.keys == file.keys, used?.serverKey == file.serverKey, !hasFailed { return nil }
    hasFailed = false
    used = file
    if let endpoint { socket.disconnect(endpoint) }
    let isLocal = choice.hasPrefix("ipc://")
    try socket.protect(with: isLocal ? .none : .client(file.keys, server: file.serverKey))
    try socket.connect(choice)
    endpoint = choice
    return nil
  }

  private func tell(_ failures: [String], _ now: Instant) {
    guard now >= sayAfter else { return }
    sayAfter = now + Self.sayInterval
    say((["no way to a coordinator yet; still trying:"] + failures.map { "  \($0)" }).joined(separator: "\n"))
  }
}
