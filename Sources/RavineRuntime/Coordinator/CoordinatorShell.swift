import Logging
import RavineCluster
import RavineScheduling
import RavineStore
import RavineZeroMQ

/// The coordinator thread's own state: sockets, poller, machine, and the performing of its actions.
final class CoordinatorShell {
  private var coordinator: Coordinator
  private let inbox: Mailbox<CoordinatorLoop.Input>
  private let board: ProgressBoard
  private let world: CoordinatorLoop.Surroundings
  private let sockets: [Socket]
  /// The last of the sockets, where other machines may come.
  private let door: FrontDoor?
  private let poller = Poller()
  private let socketPlaces: [Int]
  private let inboxPlace: Int

  private var history: RunHistory
  private var actions: [Coordinator.Action] = []
  /// Sends that failed while actions were performed, to be told to the machine afterwards.
  private var unsent: [Peer] = []
  private var publishDue = Instant(nanoseconds: 0)
  private var hasNews = true
  /// When the loop ends, once it has been told to leave.
  private var leaves: Instant?

  /// Messages taken from one socket before other work gets its turn.
  private static let messagesPerTurn = 256
  private static let goodbyeMilliseconds: Int32 = 2000
  private static let publishInterval = Duration.milliseconds(50)

  init(
    coordinator: Coordinator, inbox: Mailbox<CoordinatorLoop.Input>, board: ProgressBoard,
    surroundings: CoordinatorLoop.Surroundings
  ) throws {
    self.coordinator = coordinator
    self.inbox = inbox
    self.board = board
    world = surroundings
    history = RunHistory(epoch: surroundings.epoch, build: surroundings.build)
    var sockets: [Socket] = []
    for endpoint in surroundings.endpoints {
      let socket = try Socket(.router, context: surroundings.context, options: .coordinator)
      try socket.bind(endpoint)
      sockets.append(socket)
    }
    door = try surroundings.door.map { [poller] in
      try FrontDoor($0, context: surroundings.context, poller: poller, log: surroundings.log)
    }
    if let door { sockets.append(door.socket) }
    self.sockets = sockets
    var places: [Int] = []
    for socket in sockets { places.append(poller.add(socket)) }
    socketPlaces = places
    inboxPlace = poller.add(fileDescriptor: inbox.wakeUp.fileDescriptor)
    if let door { surroundings.report(.listening(endpoint: door.endpoint)) }
  }

  /// Serves until told to leave, and until workers of a run that is over have heard of it: what a worker has not read
  /// is lost when its connection closes (IMMEDIATE).
  func run() throws(ZeroMQError) {
    handle(.tick)
    while !isLeaving {
      if try poller.wait(milliseconds: waitingTime()) {
        try door?.serve(poller)
        for index in sockets.indices where poller.isReadable(socketPlaces[index]) {
          try receive(from: index, limit: Self.messagesPerTurn)
        }
        if poller.isReadable(inboxPlace) { try takeInbox() }
      }
      if let deadline = coordinator.nextDeadline, MonotonicClock.now() >= deadline { handle(.tick) }
      publishIfDue()
    }
    // Workers of other machines are told that it is over: nobody else waits until that is out.
    for socket in sockets { try socket.linger(milliseconds: Self.goodbyeMilliseconds) }
    for session in history.endAll(at: .now()) { world.store.record(session) }
    board.publish(coordinator.progress)
  }

  private var isLeaving: Bool {
    leaves.map { !coordinator.awaitsFarewells || MonotonicClock.now() >= $0 } ?? false
  }

  private func waitingTime() -> Int {
    var deadline = min(coordinator.nextDeadline ?? .distantFuture, leaves ?? .distantFuture)
    if hasNews { deadline = min(deadline, publishDue) }
    return Int(MonotonicClock.milliseconds(until: deadline))
  }

  private func receive(from index: Int, limit: Int) throws(ZeroMQError) {
    for _ in 0..<limit {
      switch sockets[index].receive() {
      case .nothing:
        return
      case .dropped(let frames):
        world.log.warning("message with too many frames dropped", metadata: ["frames": "\(frames)"])
      case .failed(let error):
        throw error
      case .message(let frames):
        guard let routing = frames.first else { continue }
        handle(.received(peer: peer(routing, index), frames: Array(frames.dropFirst())))
      }
    }
  }

  private func peer(_ routing: [UInt8], _ index: Int) -> Peer {
    if let door, index == sockets.count - 1 { return door.peer(routing, endpoint: index) }
    return Peer(routing: routing, endpoint: index)
  }

  private func takeInbox() throws(ZeroMQError) {
    for input in inbox.takeAll() {
      switch input {
      case .event(let event):
        // What a process sent before it ended counts, so it is read first.
        if case .workerExited = event { for index in sockets.indices { try receive(from: index, limit: 65_536) } }
        if case .workerStarted(let slot, let pid) = event { history.workerStarted(slot: slot, pid: pid) }
        handle(event)
      case .store(let report):
        take(report)
      case .allowed(let list):
        for user in door?.allow(list) ?? [] { handle(.revoked(user: user)) }
      case .leave:
        leaves = MonotonicClock.now() + .milliseconds(Int(Self.goodbyeMilliseconds))
      }
    }
  }

  private func take(_ report: StoreWriter.Report) {
    switch report {
    case .committed(let units): handle(.committed(units: units))
    case .failed(let error): handle(.storeFailed(error.headline))
    case .recovered: handle(.storeRecovered)
    case .broken(let error):
      handle(.storeFailed(error.headline))
      world.report(.failed(RuntimeError(error)))
    }
  }

  private func handle(_ event: Coordinator.Event) {
    coordinator.handle(event, at: MonotonicClock.now(), into: &actions)
    performAll()
    while !unsent.isEmpty {
      let peers = unsent
      unsent.removeAll()
      for peer in peers { coordinator.handle(.sendFailed(peer: peer), at: MonotonicClock.now(), into: &actions) }
      performAll()
    }
    hasNews = true
  }

  private func performAll() {
    for action in actions { perform(action) }
    actions.removeAll(keepingCapacity: true)
  }

  private func perform(_ action: Coordinator.Action) {
    switch action {
    case .send(let peer, let frames): send(frames, to: peer)
    case .commit(let result): world.store.commit(result)
    case .commitFailure(let unit, let evidence): world.store.commitFailure(unit: unit, evidence: evidence)
    case .note(let note): keep(note)
    case .startWorker(let slot): world.launcher.startWorker(slot: slot)
    case .retryStore: world.store.retryNow()
    case .stopWorker(let slot, let force): world.launcher.stopWorker(slot: slot, force: force)
    case .finished(let outcome):
      board.publish(coordinator.progress)
      world.report(.finished(outcome))
    }
  }

  private func send(_ frames: [[UInt8]], to peer: Peer) {
    guard sockets.indices.contains(peer.endpoint) else { return }
    switch sockets[peer.endpoint].send([peer.routing] + frames) {
    case .sent: break
    case .wouldBlock, .unreachable: unsent.append(peer)
    case .failed(let error):
      world.log.error("send failed", metadata: ["reason": "\(error.reason)"])
      unsent.append(peer)
    }
  }

  private func keep(_ note: ClusterNote) {
    let now = WallTime.now()
    world.log.info("cluster", metadata: ["what": "\(note.kind.rawValue)", "text": "\(note.text)"])
    world.store.append(history.event(of: note, at: now))
    let session = history.session(
      of: note, line: { name in coordinator.progress.workers.last { $0.name == name } }, at: now)
    if let session { world.store.record(session) }
  }

  private func publishIfDue() {
    guard hasNews else { return }
    let now = MonotonicClock.now()
    guard now >= publishDue else { return }
    board.publish(coordinator.progress)
    publishDue = now + Self.publishInterval
    hasNews = false
  }
}
