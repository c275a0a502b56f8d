import RavineCluster

/// Workers on other machines that this process started, and starts again when they end.
package protocol Fleet: Sendable {
  /// Where the run stands: who is connected, how much is left. Does not block.
  func observe(_ progress: Progress)

  /// Ends all its workers. Returns when it has no process or thread left. Called once, last.
  func shutDown()
}

/// What a fleet tells its owner; on a thread of its own.
package enum FleetReport: Equatable, Sendable {
  /// A line for the person who waits.
  case note(String)
  /// No worker is left and none will be started.
  case nobodyLeft(RuntimeError)
}

extension Progress {
  /// Whether another worker would get something to do.
  var wantsWorkers: Bool {
    switch phase {
    case .running, .paused: true
    default: false
    }
  }
}
