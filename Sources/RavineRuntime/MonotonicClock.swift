import Glibc
import RavineCluster
import RavineScheduling

/// The clock of leases and heartbeats: never set back, never jumps with the date.
package enum MonotonicClock {
  package static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
  }

  /// How long to poll so as to wake at `deadline` or just after it; never longer than a minute.
  package static func milliseconds(until deadline: Instant) -> Int32 {
    let left = deadline.nanoseconds(since: now())
    return Int32(clamping: min(left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1), 60_000))
  }
}
