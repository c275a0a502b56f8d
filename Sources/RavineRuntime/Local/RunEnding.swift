import RavineCluster
import RavineStore

/// How a run of a coordinator ended. Whatever it says, every committed result is in the run's file.
package struct RunEnding: Equatable, Sendable {
  /// The last snapshot.
  package var progress: Progress
  /// How the coordinator ended, or nil where it did not come to an end by itself.
  package var outcome: Outcome?
  /// The last request to stop, if there was one.
  package var stop: StopRequest?
  /// Whether it stopped because its time was almost up.
  package var isOutOfTime = false
  /// Why the run could not go on, if it could not.
  package var error: RuntimeError?
  /// Results that came too late to be stored, because the store failed; they are computed again by the next run.
  package var unwritten = 0
  package var seconds = 0.0

  /// The exit status of the command that ran it.
  package var exitStatus: ExitStatus {
    if let error { return error.status }
    switch outcome {
    case .complete where unwritten > 0: return .storeIO
    case .complete: return progress.failedUnits > 0 ? .someFailed : .success
    case .noWorkers: return .nobodyThere
    case .cancelled: return .tryAgain
    case .stopped, nil: return stop?.exitStatus ?? .tryAgain
    }
  }

  /// What the run's file says from now on.
  var runState: RunState {
    switch outcome {
    case .complete where unwritten == 0: .complete
    case .cancelled: .cancelled
    case .complete, .stopped, .noWorkers, nil: .stopped
    }
  }
}
