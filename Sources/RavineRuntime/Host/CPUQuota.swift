/// The CPU time a Linux control group grants, version 1 or 2.
struct CPUQuota {
  /// The text of a file, nil where it does not exist.
  let read: (String) -> String?

  /// Cores' worth of CPU time: the least over this process's group and all groups above it; nil when unlimited.
  func cores() -> Double? {
    var least: Double?
    for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
      // hierarchy id : controllers : path
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isVersion2 = fields[1].isEmpty
      guard isVersion2 || fields[1].split(separator: ",").contains("cpu") else { continue }
      for folder in Self.withParents(fields[2]) {
        guard let cores = isVersion2 ? version2(folder) : version1(folder) else { continue }
        least = min(least ?? cores, cores)
      }
    }
    return least
  }

  private func version2(_ folder: String) -> Double? {
    let words = (read("/sys/fs/cgroup\(folder)/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
    return words.count == 2 ? Self.ratio(words[0], words[1]) : nil
  }

  private func version1(_ folder: String) -> Double? {
    guard let quota = read("/sys/fs/cgroup/cpu\(folder)/cpu.cfs_quota_us"),
      let period = read("/sys/fs/cgroup/cpu\(folder)/cpu.cfs_period_us")
    else { return nil }
    return Self.ratio(quota[...], period[...])
  }

  /// "/a/b" -> "/a/b", "/a", "".
  private static func withParents(_ path: Substring) -> [String] {
    let parts = path.split(separator: "/")
    return (0...parts.count).reversed().map { count in parts.prefix(count).map { "/" + $0 }.joined() }
  }

  /// quota / period; nil for "max", -1 and anything else that sets no limit.
  private static func ratio(_ quota: Substring, _ period: Substring) -> Double? {
    guard let quota = Double(quota.filter { !$0.isWhitespace }),
      let period = Double(period.filter { !$0.isWhitespace }), quota > 0, period > 0
    else { return nil }
    return quota / period
  }
}
