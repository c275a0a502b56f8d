import RavineCluster
import RavineStore

/// Turns the coordinator's notes into lines of the run's history: an event for each, and a row for each worker session.
struct RunHistory {
  private let epoch: UInt64
  private let build: String
  /// Sessions seen so far, for their keys.
  private var sessions = 0
  /// The session of each connected worker, by name.
  private var connected: [String: StoredWorker] = [:]
  /// Process ids of local workers, by slot.
  private var pids: [Int: Int32] = [:]

  init(epoch: UInt64, build: String) {
    self.epoch = epoch
    self.build = build
  }

  mutating func workerStarted(slot: Int, pid: Int32) { pids[slot] = pid }

  func event(of note: ClusterNote, at now: WallTime) -> StoredEvent {
    var fields: [StoredEvent.Field] = []
    if let worker = note.worker { fields.append(StoredEvent.Field("worker", worker)) }
    if let unit = note.unit { fields.append(StoredEvent.Field("unit", "\(unit)")) }
    return StoredEvent(at: now, kind: note.kind.rawValue, text: note.text, fields: fields)
  }

  /// The worker session that `note` begins or ends, if it does either.
  /// - Parameter line: the worker as the coordinator describes it, asked for only when it joins.
  mutating func session(of note: ClusterNote, line: (String) -> WorkerLine?, at now: WallTime) -> StoredWorker? {
    guard let name = note.worker else { return nil }
    switch note.kind {
    case .joined:
      guard let line = line(name) else { return nil }
      let session = begin(line, at: now)
      connected[name] = session
      return session
    case .left, .expired, .died:
      guard var session = connected.removeValue(forKey: name) else { return nil }
      session.leftAt = now
      session.ending = note.text.isEmpty ? note.kind.rawValue : "\(note.kind.rawValue): \(note.text)"
      return session
    default:
      return nil
    }
  }

  /// The sessions that are still open when the run is over, ended.
  mutating func endAll(at now: WallTime) -> [StoredWorker] {
    let open = connected.values.sorted { $0.session < $1.session }
    connected.removeAll()
    return open.map { session in
      var ended = session
      ended.leftAt = now
      ended.ending = "the run ended"
      return ended
    }
  }

  private mutating func begin(_ line: WorkerLine, at now: WallTime) -> StoredWorker {
    sessions += 1
    let host = line.name.prefix { $0 != "/" && $0 != ":" }
    let pid = line.slot.flatMap { pids[$0] }.map(Int.init) ?? Int(line.name.dropFirst(host.count + 1)) ?? 0
    return StoredWorker(
      session: "\(epoch).\(sessions)", name: line.name, host: String(host), pid: pid, build: build,
      instructions: line.instructionSet, threads: line.cores, joinedAt: now)
  }
}
