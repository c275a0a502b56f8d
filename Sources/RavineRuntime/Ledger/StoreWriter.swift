import RavineCluster
import RavineStore
import RavineZeroMQ
import Synchronization

/// The store thread: gathers what the coordinator wants durable, writes it in groups, and reports what is on the disk.
///
/// A group is committed at once when the disk is idle, and otherwise at the latest 20 ms after the one before, so a
/// lone result waits for nothing and a flood pays one sync per group. While the store fails, everything is kept and
/// tried again every 5 s; how much can be waiting is bounded by the coordinator, which hands out no more work then.
package final class StoreWriter: Sendable {
  package enum Report: Equatable, Sendable {
    /// These units' results or failures are on the disk.
    case committed(units: [Int])
    /// The store does not take results for now; why.
    case failed(StoreError)
    case recovered
    /// The store will never take anything again from this process.
    case broken(StoreError)
  }

  package struct Settings: Sendable {
    /// The least time from one group to the next.
    package var interval: Duration = .milliseconds(20)
    /// How long to wait before a store that failed is tried again.
    package var retry: Duration = .seconds(5)
    /// Most results of one transaction.
    package var groupLimit = 256
    /// Most bytes of one transaction, unless a single result has more.
    package var groupBytes = 32 << 20

    package init() {}
  }

  private let inbox: Mailbox<StoreOrder>
  private let bell: WakeUp
  private let groupLimit: Int
  private let thread: WorkThread
  private let remaining: Remaining

  /// - Parameter report: called on the store thread.
  package init(
    ledger: any ResultLedger, settings: Settings = Settings(), report: @escaping @Sendable (Report) -> Void
  ) throws(RuntimeError) {
    let inbox = try Mailbox<StoreOrder>()
    let bell: WakeUp
    do {
      bell = try WakeUp()
    } catch {
      throw RuntimeError(.osRefused, error.description)
    }
    let remaining = Remaining()
    self.inbox = inbox
    self.bell = bell
    groupLimit = settings.groupLimit
    self.remaining = remaining
    thread = try WorkThread(name: "store") {
      let loop = StoreLoop(ledger: ledger, settings: settings, inbox: inbox, bell: bell, report: report)
      remaining.count.withLock { $0 = loop.run() }
    }
  }

  package func commit(_ result: UnitResult) {
    let waiting = inbox.post(
      .result(
        UnitCommit(
          unit: result.unit, attempt: result.attempt, worker: result.worker, digest: result.digest,
          columns: result.columns, cards: result.cards, seconds: result.seconds,
          turnaround: result.turnaround)))
    if waiting == groupLimit { bell.signal() }
  }

  package func commitFailure(unit: Int, evidence: String) {
    inbox.post(.failure(UnitFailure(unit: unit, attempt: 0, worker: "", evidence: evidence)))
  }

  package func append(_ event: StoredEvent) { inbox.post(.event(event)) }

  package func record(_ worker: StoredWorker) { inbox.post(.worker(worker)) }

  /// Tries again at once if the store is failing: somebody says that there is space again.
  package func retryNow() {
    inbox.post(.retry)
    bell.signal()
  }

  /// Writes what is waiting, trying once, and ends the thread. Call once, last.
  /// - Returns: how many results or failures could not be written.
  package func finish() -> Int {
    inbox.post(.finish)
    bell.signal()
    thread.join()
    return remaining.count.withLock { $0 }
  }
}

private final class Remaining: Sendable {
  let count = Mutex(0)
}

enum StoreOrder: Sendable {
  case result(UnitCommit)
  case failure(UnitFailure)
  case event(StoredEvent)
  case worker(StoredWorker)
  case retry
  case finish
}
