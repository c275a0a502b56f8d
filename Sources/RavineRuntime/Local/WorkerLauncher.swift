import RavineCluster

/// Whatever starts and ends the workers of a coordinator's slots. Every start is answered, at once or later, by a
/// `workerStarted` or `workerExited` event, every end of a started worker by `workerExited`.
package protocol WorkerLauncher: Sendable {
  /// Does not block.
  func startWorker(slot: Int)

  /// Asks the worker to end, or ends it by force. Does not block.
  func stopWorker(slot: Int, force: Bool)

  /// Ends all workers: asks, and after `grace` forces. Returns when all are gone. Called once, last.
  func shutDown(grace: Duration)
}
