import RavineCluster
import RavineScheduling
import RavineZeroMQ

/// Many workers in one thread that do everything but compute: what a coordinator has to bear, on one machine.
///
/// Each has its own connection, keys and session, as a worker process has. Units are taken and kept; or none are taken,
/// by workers that never come to know the plan.
package final class LightWorkers {
  private let poller = Poller()
  private let sockets: [Socket]
  private var workers: [Worker]
  private var actions: [Worker.Action] = []
  private let planHash: String?
  /// Whether each is as far as it will get: it has a unit, or knows that it gets none.
  private var ready: [Bool]

  /// - Parameters:
  ///   - planHash: of the run, as the workers would find it; without it they take no units.
  package init(count: Int, joinFile: String, build: String, planHash: String?) throws {
    FileLimit.raise()
    let file = try JoinFile.read(joinFile)
    guard let endpoint = file.endpoints.first(where: { $0.hasPrefix("tcp://") }) else {
      throw RuntimeError(.nobodyThere, "`\(joinFile)` names no endpoint", details: [])
    }
    let context = try Context(maximumSockets: Int32(clamping: 2 * count + 64))
    var options = SocketOptions.worker
    options.security = .client(file.keys, server: file.serverKey)
    self.planHash = planHash
    let now = MonotonicClock.now()
    var sockets: [Socket] = []
    workers = []
    for number in 0..<count {
      let socket = try Socket(.dealer, context: context, options: options)
      try socket.connect(endpoint)
      sockets.append(socket)
      let identity = WorkerIdentity(
        build: build, kernel: "none", instructionSet: "none", cores: 1, memoryBytes: 0, host: "light",
        pid: Int32(clamping: number + 1), slot: nil, instance: UInt64(number + 1))
      workers.append(Worker(identity: identity, orphanTimeout: .seconds(3600), now: now))
      poller.add(socket)
    }
    self.sockets = sockets
    ready = [Bool](repeating: false, count: count)
  }

  /// How many have a session and the plan.
  package var readyCount: Int { ready.count { $0 } }

  /// Forgets who was ready, to see who comes back.
  package func forgetReady() { for index in ready.indices { ready[index] = false } }

  /// Works until `deadline`, or until `isDone`.
  package func run(until deadline: Instant, isDone: () -> Bool = { false }) throws {
    while !isDone(), MonotonicClock.now() < deadline {
      if try poller.wait(milliseconds: 20) {
        for index in sockets.indices where poller.isReadable(index) { receive(index) }
      }
      let now = MonotonicClock.now()
      for index in workers.indices {
        if let due = workers[index].nextDeadline, due <= now { handle(.tick, index) }
      }
    }
  }

  private func receive(_ index: Int) {
    while case .message(let frames) = sockets[index].receive() { handle(.received(frames: frames), index) }
  }

  private func handle(_ event: Worker.Event, _ index: Int) {
    workers[index].handle(event, at: MonotonicClock.now(), into: &actions)
    let todo = actions
    actions.removeAll(keepingCapacity: true)
    for action in todo {
      switch action {
      case .send(let frames): _ = sockets[index].send(frames)
      case .loadPlan:
        if let planHash { handle(.planReady(hash: planHash), index) } else { ready[index] = true }
      case .compute: ready[index] = true
      case .cancel, .exit: break
      }
    }
    if case .received = event, workers[index].isReady { ready[index] = true }
  }
}
