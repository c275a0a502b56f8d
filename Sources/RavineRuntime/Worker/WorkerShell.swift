import Glibc
import Logging
import RavineCluster
import RavineScheduling
import RavineZeroMQ

/// The socket thread's own state: socket, poller, machine, and the performing of its actions.
final class WorkerShell {
  private var worker: Worker
  private let settings: WorkerLoop.Settings
  private let inbox: Mailbox<WorkerLoop.Input>
  private let compute: ComputeThread
  private let socket: Socket
  private let poller = Poller()
  private let socketPlace: Int
  private let inboxPlace: Int
  private let parentPlace: Int?
  /// The way to a coordinator on another machine; nil for one on this machine.
  private let route: RemoteRoute?
  private let routePlace: Int

  private var actions: [Worker.Action] = []
  /// Messages that the socket would not take yet, oldest first.
  private var unsent: [[[UInt8]]] = []
  private var ending: WorkerLoop.Ending?
  /// When to leave whatever the machine says, once the parent is gone.
  private var deadline: Instant?

  /// A longer queue is thrown away: the coordinator notices the gap and both sides start over with an inventory.
  private static let unsentLimit = 256
  private static let messagesPerTurn = 256
  private static let goodbyeMilliseconds: Int32 = 500

  init(
    settings: WorkerLoop.Settings, inbox: Mailbox<WorkerLoop.Input>, compute: ComputeThread, context: Context
  ) throws {
    self.settings = settings
    self.inbox = inbox
    self.compute = compute
    worker = Worker(identity: settings.identity, orphanTimeout: settings.orphanTimeout, now: MonotonicClock.now())
    socket = try Socket(.dealer, context: context, options: .worker)
    switch settings.coordinator {
    case .local(let endpoint):
      try socket.connect(endpoint)
      route = nil
    case .join(let file):
      route = try RemoteRoute(joinFile: file, socket: socket, say: settings.say) { inbox.post(.route($0)) }
    }
    socketPlace = poller.add(socket)
    inboxPlace = poller.add(fileDescriptor: inbox.wakeUp.fileDescriptor)
    if let pipe = settings.parentPipe {
      parentPlace = poller.add(fileDescriptor: pipe)
    } else {
      parentPlace = nil
    }
    routePlace = route?.watch(with: poller) ?? -1
  }

  func run() throws(ZeroMQError) -> WorkerLoop.Ending {
    handle(.tick)
    while true {
      if let ending {
        try socket.linger(milliseconds: Self.goodbyeMilliseconds)
        return ending
      }
      poller.watchWritable(!unsent.isEmpty, at: socketPlace)
      if try poller.wait(milliseconds: waitingTime()) { try takeAll() }
      let now = MonotonicClock.now()
      if let due = worker.nextDeadline, now >= due { tick() }
      if let route, now >= route.nextLook { route.look(at: now) }
      if let deadline, now >= deadline, ending == nil {
        ending = WorkerLoop.Ending(
          code: ExitStatus.nobodyThere.rawValue, message: "the process that started this worker is gone")
      }
    }
  }

  private func waitingTime() -> Int {
    let due = min(worker.nextDeadline ?? .distantFuture, deadline ?? .distantFuture, route?.nextLook ?? .distantFuture)
    return Int(MonotonicClock.milliseconds(until: due))
  }

  private func takeAll() throws(ZeroMQError) {
    if poller.isWritable(socketPlace) { flush() }
    if poller.isReadable(socketPlace) { try receive() }
    if poller.isReadable(routePlace) { try takeRouteEvents() }
    if poller.isReadable(inboxPlace) { try takeInbox() }
    if let parentPlace, deadline == nil, poller.isReadable(parentPlace) { readParentPipe() }
  }

  private func receive() throws(ZeroMQError) {
    for _ in 0..<Self.messagesPerTurn {
      switch socket.receive() {
      case .nothing: return
      case .dropped(let frames):
        settings.log.warning("message with too many frames dropped", metadata: ["frames": "\(frames)"])
      case .failed(let error): throw error
      case .message(let frames): handle(.received(frames: frames))
      }
    }
  }

  private func takeRouteEvents() throws(ZeroMQError) {
    for news in try route?.events(at: MonotonicClock.now()) ?? [] {
      switch news {
      case .connected: handle(.connected)
      case .ended(let reason): ending = ending ?? reason
      }
    }
  }

  private func takeInbox() throws(ZeroMQError) {
    for input in inbox.takeAll() {
      switch input {
      case .event(let event): handle(event)
      case .route(let finding): ending = try route?.take(finding, at: MonotonicClock.now()) ?? ending
      case .stop: ending = ending ?? WorkerLoop.Ending(code: ExitStatus.terminated.rawValue, message: "")
      }
    }
  }

  /// Nothing is ever written into the pipe: what can be read is its end.
  private func readParentPipe() {
    guard let pipe = settings.parentPipe else { return }
    var byte: UInt8 = 0
    let count = read(pipe, &byte, 1)
    guard count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) else { return }
    deadline = MonotonicClock.now() + settings.orphanGrace
    handle(.terminate)
  }

  private func tick() {
    if let (unit, steps) = compute.progress { handle(.computeProgress(unit: unit, steps: steps)) }
    handle(.tick)
  }

  private func handle(_ event: Worker.Event) {
    worker.handle(event, at: MonotonicClock.now(), into: &actions)
    for action in actions { perform(action) }
    actions.removeAll(keepingCapacity: true)
  }

  private func perform(_ action: Worker.Action) {
    switch action {
    case .send(let frames): send(frames)
    case .loadPlan(let sweepText, let sweepFile, let files):
      compute.post(.load(sweepText: sweepText, sweepFile: sweepFile, files: files))
    case .compute(let unit, let attempt, let first, let count):
      compute.post(.compute(unit: unit, attempt: attempt, first: first, count: count))
    case .cancel(let unit): compute.cancel(unit: unit)
    case .exit(let code, let message): ending = WorkerLoop.Ending(code: code, message: message)
    }
  }

  private func send(_ frames: [[UInt8]]) {
    // Without a connection nothing is kept: the session starts over with an inventory.
    if let route, !route.isConnected { return unsent.removeAll() }
    if unsent.isEmpty {
      switch socket.send(frames) {
      case .sent, .unreachable: return
      case .wouldBlock: break
      case .failed(let error):
        settings.log.error("send failed", metadata: ["reason": "\(error.reason)"])
        return
      }
    }
    if unsent.count >= Self.unsentLimit { unsent.removeAll() }
    unsent.append(frames)
  }

  private func flush() {
    var taken = 0
    while taken < unsent.count, socket.send(unsent[taken]) != .wouldBlock { taken += 1 }
    unsent.removeFirst(taken)
  }
}
