import RavineStore

/// Where results become durable: the part of a run's file that the coordinator writes. Calls may block for a disk sync;
/// a thrown error means that nothing of the call was kept.
package protocol ResultLedger: Sendable {
  func commit(_ results: [UnitCommit], at now: WallTime) throws(StoreError) -> [CommitOutcome]
  func recordFailures(_ failures: [UnitFailure], at now: WallTime) throws(StoreError)
  func append(_ events: [StoredEvent], at now: WallTime) throws(StoreError)
  func record(_ workers: [StoredWorker], at now: WallTime) throws(StoreError)
}

extension RunStore: ResultLedger {}
