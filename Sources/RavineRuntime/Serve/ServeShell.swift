import Logging
import RavineCluster
import RavineScheduling
import RavineStore
import RavineZeroMQ

/// The serving coordinator's socket thread: sockets, poller, machine, and the performing of its actions.
final class ServeShell {
  private var reception: Reception
  private let world: ServeLoop.Surroundings
  private let inbox: Mailbox<ServeLoop.Input>
  private let local: Socket
  private let door: FrontDoor?
  private let poller = Poller()
  private let localPlace: Int
  private let doorPlace: Int
  private let inboxPlace: Int

  private struct Served {
    let run: ServedRun
    var history: RunHistory
  }

  private var runs: [Int: Served] = [:]
  private var actions: [Reception.Action] = []
  private var unsent: [Peer] = []
  /// When the loop ends, once it has been told to leave.
  private var leaves: Instant?
  private static let messagesPerTurn = 256
  private static let goodbyeMilliseconds: Int32 = 2000

  init(inbox: Mailbox<ServeLoop.Input>, surroundings: ServeLoop.Surroundings) throws {
    self.inbox = inbox
    world = surroundings
    reception = Reception(
      build: surroundings.build, localWorkers: surroundings.localWorkers, now: MonotonicClock.now())
    local = try Socket(.router, context: surroundings.context, options: .coordinator)
    try local.bind(surroundings.endpoint)
    localPlace = poller.add(local)
    door = try surroundings.door.map { [poller] in
      try FrontDoor($0, context: surroundings.context, poller: poller, log: surroundings.log)
    }
    doorPlace = door.map { [poller] in poller.add($0.socket) } ?? -1
    inboxPlace = poller.add(fileDescriptor: inbox.wakeUp.fileDescriptor)
    surroundings.report(.listening(endpoint: door?.endpoint))
  }

  func run() throws(ZeroMQError) {
    handle(.tick)
    while !isLeaving {
      let due = min(reception.nextDeadline ?? .distantFuture, leaves ?? .distantFuture)
      if try poller.wait(milliseconds: Int(MonotonicClock.milliseconds(until: due))) {
        try door?.serve(poller)
        if poller.isReadable(localPlace) { try receive(local, endpoint: 0) }
        if let door, poller.isReadable(doorPlace) { try receive(door.socket, endpoint: 1) }
        if poller.isReadable(inboxPlace) { takeInbox() }
      }
      if let due = reception.nextDeadline, MonotonicClock.now() >= due { handle(.tick) }
    }
    try local.linger(milliseconds: Self.goodbyeMilliseconds)
    try door?.socket.linger(milliseconds: Self.goodbyeMilliseconds)
    for served in runs.values {
      var history = served.history
      for session in history.endAll(at: .now()) { served.run.writer.record(session) }
      world.desk(.close(served.run, nil))
    }
  }

  private var isLeaving: Bool {
    leaves.map { !reception.awaitsFarewells || MonotonicClock.now() >= $0 } ?? false
  }

  private func receive(_ socket: Socket, endpoint: Int) throws(ZeroMQError) {
    for _ in 0..<Self.messagesPerTurn {
      switch socket.receive() {
      case .nothing: return
      case .dropped: continue
      case .failed(let error): throw error
      case .message(let frames):
        guard let routing = frames.first else { continue }
        let peer =
          endpoint == 0 ? Peer(routing: routing) : door?.peer(routing, endpoint: 1) ?? Peer(routing: routing, roles: [])
        handle(.received(peer: peer, frames: Array(frames.dropFirst())))
      }
    }
  }

  private func takeInbox() {
    for input in inbox.takeAll() {
      switch input {
      case .reception(let event):
        if case .closed(let number) = event { runs[number] = nil }
        handle(event)
      case .opened(let run, let coordinator, let priority, let answer):
        runs[run.number] = Served(run: run, history: RunHistory(epoch: run.store.epoch, build: world.build))
        handle(.admitted(run.number, coordinator, priority: priority, answer: answer))
      case .store(let number, let report): take(report, of: number)
      case .allowed(let list): for user in door?.allow(list) ?? [] { handle(.revoked(user: user)) }
      case .leave: leaves = MonotonicClock.now() + .milliseconds(Int(Self.goodbyeMilliseconds))
      }
    }
  }

  private func take(_ report: StoreWriter.Report, of number: Int) {
    guard runs[number] != nil else { return }
    switch report {
    case .committed(let units): handle(.run(number, .committed(units: units)))
    case .failed(let error), .broken(let error): handle(.run(number, .storeFailed(error.headline)))
    case .recovered: handle(.run(number, .storeRecovered))
    }
  }

  private func handle(_ event: Reception.Event) {
    reception.handle(event, at: MonotonicClock.now(), into: &actions)
    performAll()
    while !unsent.isEmpty {
      let peers = unsent
      unsent.removeAll()
      for peer in peers { reception.handle(.sendFailed(peer: peer), at: MonotonicClock.now(), into: &actions) }
      performAll()
    }
  }

  private func performAll() {
    for action in actions { perform(action) }
    actions.removeAll(keepingCapacity: true)
  }

  private func perform(_ action: Reception.Action) {
    switch action {
    case .send(let peer, let frames):
      let socket = peer.endpoint == 0 ? local : door?.socket ?? local
      if socket.send([peer.routing] + frames) != .sent { unsent.append(peer) }
    case .run(let number, let inner): perform(inner, of: number)
    case .admit(let path, let priority, let answer): world.desk(.admit(path: path, priority: priority, answer: answer))
    case .prioritised(let number, let priority):
      if let path = runs[number]?.run.path { world.desk(.prioritise(path: path, priority: priority)) }
    case .startWorker(let slot): world.startWorker(slot)
    case .finished: world.report(.finished)
    }
  }

  private func perform(_ action: Coordinator.Action, of number: Int) {
    guard let run = runs[number]?.run else { return }
    switch action {
    case .send, .startWorker, .stopWorker: break
    case .commit(let result): run.writer.commit(result)
    case .commitFailure(let unit, let evidence): run.writer.commitFailure(unit: unit, evidence: evidence)
    case .retryStore: run.writer.retryNow()
    case .note(let note): keep(note, of: number)
    case .finished(let outcome):
      for session in runs[number]?.history.endAll(at: .now()) ?? [] { run.writer.record(session) }
      runs[number] = nil
      world.desk(.close(run, outcome))
    }
  }

  private func keep(_ note: ClusterNote, of number: Int) {
    let now = WallTime.now()
    guard let served = runs[number] else { return }
    served.run.writer.append(served.history.event(of: note, at: now))
    let session = runs[number]?.history.session(
      of: note, line: { name in reception.line(of: name, in: number) }, at: now)
    if let session { served.run.writer.record(session) }
  }
}
