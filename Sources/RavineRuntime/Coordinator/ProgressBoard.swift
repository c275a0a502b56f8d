import RavineCluster
import Synchronization

/// The latest snapshot of a run, written by the coordinator's thread and read by anybody: watching costs the run
/// nothing.
package final class ProgressBoard: Sendable {
  private let latest = Mutex(Progress())

  package init() {}

  package var progress: Progress { latest.withLock { $0 } }

  func publish(_ progress: Progress) { latest.withLock { $0 = progress } }
}
