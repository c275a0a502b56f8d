import Glibc

/// Which signals are blocked where.
enum SignalMask {
  /// Asked of the process by people and supervisors; taken by `Signals` alone.
  static let requests: [Int32] = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2]

  static func set(of signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }

  /// Blocks, in the calling thread, every signal but those that report a fault of the thread itself. A signal that
  /// interrupts libzmq in the wrong place loses a message (libzmq below 4.3.5).
  static func blockForThread() {
    var set = sigset_t()
    sigfillset(&set)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&set, fault) }
    pthread_sigmask(SIG_SETMASK, &set, nil)
  }
}
