import RavineScheduling

/// The monotonic clock reading that both machines are driven by.
package typealias Instant = RavineScheduling.Instant
