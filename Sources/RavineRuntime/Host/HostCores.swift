import Glibc

/// How many cores this process may keep busy, and what decided it.
package struct HostCores: Equatable, Sendable {
  package enum DecidedBy: String, Sendable {
    case flag = "the command line"
    case environment = "SLURM_CPUS_PER_TASK"
    case affinity = "the cores this process may run on"
    case quota = "the CPU quota of its control group"
  }

  /// At least 1.
  package let count: Int
  package let decidedBy: DecidedBy

  /// The least of the four; a quota counts its whole cores, because a thread too many is throttled, heartbeats
  /// included.
  /// - Parameters:
  ///   - flag: what the user asked for, if anything.
  ///   - environment: what a batch system granted, if anything; it may have forgotten to bind the process.
  ///   - affinity: cores of the process's affinity mask.
  ///   - quota: cores' worth of CPU time, if limited.
  package init(flag: Int?, environment: Int? = nil, affinity: Int, quota: Double?) {
    var count = max(affinity, 1)
    var decidedBy = DecidedBy.affinity
    if let quota, quota < Double(count) {
      count = max(Int(quota.rounded(.down)), 1)
      decidedBy = .quota
    }
    if let environment, environment < count {
      count = max(environment, 1)
      decidedBy = .environment
    }
    if let flag, flag <= count {
      count = max(flag, 1)
      decidedBy = .flag
    }
    self.count = count
    self.decidedBy = decidedBy
  }

  /// Asks the kernel.
  package static func detect(flag: Int? = nil) -> HostCores {
    let status = FileBytes.kernelText("/proc/self/status") ?? ""
    let affinity = allowedCores(status: status) ?? max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    let granted = getenv(DecidedBy.environment.rawValue).flatMap { Int(String(cString: $0)) }
    return HostCores(
      flag: flag, environment: granted, affinity: affinity, quota: CPUQuota(read: FileBytes.kernelText).cores())
  }

  /// The number of cores in `Cpus_allowed_list` of `/proc/self/status` ("0-3,8"), or nil when it is not there.
  static func allowedCores(status: String) -> Int? {
    let key = "Cpus_allowed_list:"
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
    var count = 0
    for range in line.dropFirst(key.count).split(separator: ",") {
      let ends = range.split(separator: "-").map { Int($0.filter { !$0.isWhitespace }) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 0, last < 1 << 20 else { return nil }
      count += max(last - first + 1, 0)
    }
    return count > 0 ? count : nil
  }
}
