/// A reading of a monotonic clock, in nanoseconds since a start that only its owner knows.
///
/// The machines never read a clock: whoever drives them passes the time in. Arithmetic saturates instead of trapping.
package struct Instant: Comparable, Hashable, Sendable {
  package var nanoseconds: UInt64

  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// Later than every reading.
  package static let distantFuture = Instant(nanoseconds: .max)

  package static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  /// `duration` after this instant; a negative duration gives this instant.
  package static func + (instant: Instant, duration: Duration) -> Instant {
    instant.advanced(nanoseconds: duration.nanosecondsClamped)
  }

  /// This instant moved forward, at most to the distant future.
  package func advanced(nanoseconds count: UInt64) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(count)
    return overflow ? .distantFuture : Instant(nanoseconds: sum)
  }

  /// Nanoseconds from `earlier` to this instant, 0 where `earlier` is the later one.
  package func nanoseconds(since earlier: Instant) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }

  /// Seconds from `earlier` to this instant, 0 where `earlier` is the later one.
  package func seconds(since earlier: Instant) -> Double { Double(nanoseconds(since: earlier)) / 1e9 }
}

extension Duration {
  /// Whole nanoseconds, clamped to 0 … `UInt64.max`.
  package var nanosecondsClamped: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
    return overflow || carry ? .max : sum
  }

  /// A duration of `seconds`; NaN and negative numbers give zero, more than a century gives a century.
  package static func clamped(seconds: Double) -> Duration {
    guard seconds > 0 else { return .zero }
    return .nanoseconds(Int64(min(seconds, 3.15e9) * 1e9))
  }
}
