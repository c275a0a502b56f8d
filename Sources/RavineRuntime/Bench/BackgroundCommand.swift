import Glibc

/// This program, started again in the background, and what it costs.
package final class BackgroundCommand {
  private let child: ChildProcess

  package init(_ arguments: [String]) throws(RuntimeError) {
    child = try ChildProcess(executable: "/proc/self/exe", arguments: arguments)
  }

  deinit { kill() }

  /// Processor time so far, of all threads.
  package var cpuSeconds: Double {
    let text = FileBytes.kernelText("/proc/\(child.pid)/stat") ?? ""
    // The name of the program ends with the last parenthesis; user and system time are the 12th and 13th fields after.
    let fields = (text.split(separator: ")").last ?? "").split(separator: " ")
    guard fields.count > 13, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
  }

  /// The most memory that it ever held.
  package var peakMiB: Double {
    for line in (FileBytes.kernelText("/proc/\(child.pid)/status") ?? "").split(separator: "\n")
    where line.hasPrefix("VmHWM:") {
      return (Double(line.filter(\.isNumber)) ?? 0) / 1024
    }
    return 0
  }

  package var isRunning: Bool { child.reap() == nil }

  /// Ends it by force, and waits for that.
  package func kill() {
    child.send(SIGKILL)
    while child.reap() == nil { usleep(1000) }
  }
}
