import Glibc
import Testing

@testable import RavineRuntime

@Suite struct HostTests {
  @Test func theLeastOfThreeDecides() {
    #expect(HostCores(flag: nil, affinity: 8, quota: nil) == HostCores(flag: 100, affinity: 8, quota: nil))
    #expect(HostCores(flag: nil, affinity: 8, quota: nil).count == 8)
    #expect(HostCores(flag: nil, affinity: 8, quota: nil).decidedBy == .affinity)
    #expect(HostCores(flag: 3, affinity: 8, quota: 6).count == 3)
    #expect(HostCores(flag: 3, affinity: 8, quota: 6).decidedBy == .flag)
    #expect(HostCores(flag: 7, affinity: 8, quota: 2.9).count == 2)
    #expect(HostCores(flag: 7, affinity: 8, quota: 2.9).decidedBy == .quota)
    #expect(HostCores(flag: nil, affinity: 2, quota: 64).decidedBy == .affinity)
  }

  @Test func thereIsAlwaysOneCore() {
    #expect(HostCores(flag: 0, affinity: 4, quota: nil).count == 1)
    #expect(HostCores(flag: -5, affinity: 4, quota: nil).count == 1)
    #expect(HostCores(flag: nil, affinity: 4, quota: 0.25).count == 1)
    #expect(HostCores(flag: nil, affinity: 0, quota: nil).count == 1)
    #expect(HostCores.detect().count >= 1)
  }

  @Test func affinityIsReadFromTheKernelsList() {
    #expect(HostCores.allowedCores(status: "Name:\tx\nCpus_allowed_list:\t0-3,8,10-11\nMems:\t0\n") == 7)
    #expect(HostCores.allowedCores(status: "Cpus_allowed_list:\t5\n") == 1)
    #expect(HostCores.allowedCores(status: "Cpus_allowed_list:\t\n") == nil)
    #expect(HostCores.allowedCores(status: "Cpus_allowed_list:\t0-99999999999999999999\n") == nil)
    #expect(HostCores.allowedCores(status: "Cpus_allowed_list:\tx-2\n") == nil)
    #expect(HostCores.allowedCores(status: "") == nil)
  }

  @Test func quotaIsTheLeastOnTheWayToTheRoot() {
    let files = [
      "/proc/self/cgroup": "0::/user/job\n",
      "/sys/fs/cgroup/user/job/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/user/cpu.max": "250000 100000\n",
      "/sys/fs/cgroup/cpu.max": "400000 100000\n",
    ]
    #expect(CPUQuota { files[$0] }.cores() == 2.5)
  }

  @Test func quotaOfTheOlderControlGroups() {
    let files = [
      "/proc/self/cgroup": "4:memory:/m\n3:cpu,cpuacct:/box\n",
      "/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "150000\n",
      "/sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ]
    #expect(CPUQuota { files[$0] }.cores() == 1.5)
    #expect(CPUQuota { _ in nil }.cores() == nil)
  }

  @Test func theFileLimitIsRaisedToItsHardBound() {
    let now = FileLimit.raise()
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #expect(now == Int(limit.rlim_cur))
    #expect(limit.rlim_cur >= min(limit.rlim_max, 65_536))
  }

  @Test func filesAreReadWholeOrRefused() throws {
    let directory = try TemporaryDirectory()
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let path = directory.path + "/data"
    try directory.write(bytes, to: "data")
    #expect(try FileBytes.read(path, limit: 3_000_000) == bytes)
    #expect(throws: RuntimeError(.badData, "`\(path)` is larger than 2999999 bytes")) {
      try FileBytes.read(path, limit: 2_999_999)
    }
    #expect(throws: RuntimeError(.inputMissing, "cannot open `/no/file`: No such file or directory")) {
      try FileBytes.read("/no/file", limit: 1)
    }
    #expect(throws: RuntimeError(.badData, "cannot read `/tmp`: Is a directory")) {
      try FileBytes.read("/tmp", limit: 1 << 20)
    }
    // A file of the kernel has no size and is read all the same.
    #expect(try FileBytes.read("/proc/self/status", limit: 1 << 16).isEmpty == false)
  }
}
