/// The figures of the coordinator. A worker learns those that concern it from its welcome.
package struct ClusterSettings: Hashable, Sendable {
  /// Name of the run, for messages.
  package var run = ""
  /// The run's file, for those who ask from elsewhere.
  package var path = ""
  /// How often each side sends something, at least.
  package var heartbeat: Duration = .seconds(2)
  /// A session not heard from for this long is over.
  package var lease: Duration = .seconds(10)
  /// Units a worker holds beyond the one it computes.
  package var credits = 2
  /// Accepted results of one worker that may wait for their commit before it gets no more units.
  package var unacknowledgedLimit = 256
  /// Bytes of results that may wait for their commit before no more units are handed out; at twice as many, results
  /// are put off.
  package var commitBytesLimit = 64 << 20
  package var sessionLimit = 1024
  /// After a request to stop: units that take longer than this are given back.
  package var grace: Duration = .seconds(8)
  /// A unit whose step counter stood still for this long is hung.
  package var hangLimit: Duration = .seconds(60)
  /// Whether workers may join that the coordinator did not start; then it waits for them when no other is left.
  package var admitsOthers = false
  /// Whether the workers belong to several runs: at the end of this one they are sent back, not home.
  package var sharesWorkers = false
  /// Digest of each unit committed before, where known; late results are compared with it.
  package var digests: [UInt32?] = []

  package init() {}
}
