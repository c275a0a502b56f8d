/// The process's exit status: sysexits numbers where one fits. Part of the command line's stable interface.
package enum ExitStatus: Int32, Sendable {
  /// All trials measured; a diverged trial is a measurement.
  case success = 0
  /// Finished, but at least one trial failed.
  case someFailed = 1
  case usage = 64
  case badData = 65
  case inputMissing = 66
  /// No coordinator, or no workers.
  case nobodyThere = 69
  /// An invariant of the program broke.
  case bug = 70
  /// The operating system refused a process, thread or file descriptor.
  case osRefused = 71
  case cannotCreate = 73
  case storeIO = 74
  /// Locked, paused or partial: try again, nothing is lost.
  case tryAgain = 75
  case versionMismatch = 76
  case notPermitted = 77
  case badSweep = 78
  case interrupted = 130
  case terminated = 143
}
