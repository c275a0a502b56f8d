import RavineCluster
import RavineScheduling
import RavineStore

/// A run that a serving coordinator works on.
final class ServedRun: Sendable {
  let number: Int
  let path: String
  let store: RunStore
  let writer: StoreWriter

  init(number: Int, path: String, store: RunStore, writer: StoreWriter) {
    self.number = number
    self.path = path
    self.store = store
    self.writer = writer
  }
}

/// Opens runs and puts them away, on a thread of its own: neither may hold up the sockets.
///
/// The runs at hand are listed in a file, so that a coordinator that is started again goes on with them.
final class ServeDesk: Sendable {
  enum Order: Sendable {
    case admit(path: String, priority: Int32, answer: Reception.Answer?)
    case prioritise(path: String, priority: Int32)
    /// The run is over, by this outcome; nil where the coordinator leaves it.
    case close(ServedRun, Outcome?)
    /// From now on runs are stopped because the coordinator closes.
    case closing
    case quit
  }

  struct Surroundings: Sendable {
    var queueFile: String
    var build: String
    var sessionLimit: Int
    /// Whether workers of other machines may come.
    var admitsOthers: Bool
    /// Takes what the socket thread is to know.
    var post: @Sendable (ServeLoop.Input) -> Void
    /// Makes what a finished run is read from; called on the desk's thread.
    var finish: @Sendable (RunStore) throws -> Void
    var say: @Sendable (String) -> Void
  }

  private let orders: Mailbox<Order>
  private let thread: WorkThread

  init(_ surroundings: Surroundings) throws(RuntimeError) {
    let orders = try Mailbox<Order>()
    self.orders = orders
    thread = try WorkThread(name: "desk") {
      var state = DeskState(world: surroundings)
      while true {
        orders.wait(milliseconds: -1)
        for order in orders.takeAll() where !state.obey(order) { return }
      }
    }
  }

  func post(_ order: Order) { orders.post(order) }

  /// Ends the thread after what was ordered before.
  func quit() {
    orders.post(.quit)
    thread.join()
  }
}

/// The desk thread's own state.
private struct DeskState {
  let world: ServeDesk.Surroundings
  /// Runs at hand, in the order of their admission.
  private var queue: [(path: String, priority: Int32)] = []
  private var count = 0
  private var isClosing = false

  init(world: ServeDesk.Surroundings) { self.world = world }

  /// - Returns: false at the end.
  mutating func obey(_ order: ServeDesk.Order) -> Bool {
    switch order {
    case .quit: return false
    case .closing: isClosing = true
    case .admit(let path, let priority, let answer):
      do {
        try admit(path, priority, answer)
      } catch {
        world.say("`\(path)` cannot be taken in: \(error)")
        world.post(.reception(.notAdmitted(reason: "`\(path)` cannot be taken in: \(error)", answer: answer)))
      }
    case .prioritise(let path, let priority):
      for index in queue.indices where queue[index].path == path { queue[index].priority = priority }
      writeQueue()
    case .close(let run, let outcome): close(run, outcome)
    }
    return true
  }

  private mutating func admit(_ path: String, _ priority: Int32, _ answer: Reception.Answer?) throws {
    let store = try RunStore.open(at: path, readOnly: false)
    guard store.provenance.build == world.build else {
      store.close()
      throw RuntimeError(
        .versionMismatch, "it was made by build `\(store.provenance.build)`, this is `\(world.build)`", details: [])
    }
    count += 1
    let number = count
    var job = try LocalJob(store: store, workers: 0, threads: 1, build: world.build)
    job.settings.run = RunName.of(path)
    job.settings.path = path
    job.settings.sharesWorkers = true
    job.settings.admitsOthers = true
    job.settings.sessionLimit = world.sessionLimit
    // Session numbers of two runs must differ, as workers go from one to the other.
    let epoch = UInt64(truncatingIfNeeded: number) << 16 | store.epoch & 0xFFFF
    let coordinator = Coordinator(
      plan: job.plan, units: job.units, committed: job.committed, localWorkers: 0, epoch: epoch, build: world.build,
      settings: job.settings, now: MonotonicClock.now())
    let post = world.post
    let writer = try StoreWriter(ledger: store) { post(.store(number, $0)) }
    queue.append((path, priority))
    writeQueue()
    let run = ServedRun(number: number, path: path, store: store, writer: writer)
    world.say("`\(job.settings.run)`: \(job.committed.count { !$0 }) of \(job.units.count) units to do")
    world.post(.opened(run, coordinator, priority: priority, answer: answer))
  }

  private mutating func close(_ run: ServedRun, _ outcome: Outcome?) {
    let unwritten = run.writer.finish()
    let isComplete = outcome == .complete && unwritten == 0
    do {
      try run.store.setState(isComplete ? .complete : outcome == .cancelled ? .cancelled : .stopped, at: .now())
      if isComplete { try world.finish(run.store) }
    } catch {
      world.say("`\(run.path)`: \(error)")
    }
    run.store.close()
    // A run that the coordinator itself left is gone on with at its next start.
    if outcome == .complete || outcome == .cancelled || outcome == .stopped && !isClosing {
      queue.removeAll { $0.path == run.path }
      writeQueue()
    }
    world.say("`\(RunName.of(run.path))` is over: \(outcome.map { "\($0)" } ?? "left open")")
    world.post(.reception(.closed(run.number)))
  }

  private func writeQueue() {
    let text = queue.map { "\($0.priority) \($0.path)\n" }.joined()
    do {
      try PrivateFile.write(text, to: world.queueFile)
    } catch {
      world.say("the list of runs cannot be kept: \(error.headline)")
    }
  }
}

/// The runs that a serving coordinator left, one a line: priority and path.
enum ServeQueue {
  static func read(_ path: String) -> [(path: String, priority: Int32)] {
    guard let bytes = try? FileBytes.read(path, limit: 1 << 20) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      guard let space = line.firstIndex(of: " "), let priority = Int32(line[..<space]) else { return nil }
      return (String(line[line.index(after: space)...]), priority)
    }
  }
}

/// The name by which a run is known: its file's, without the ending.
package enum RunName {
  package static func of(_ path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.hasSuffix(".sqlite") ? String(file.dropLast(7)) : file
  }
}
