/// What a worker computes with. One computer serves one thread; its calls never overlap.
package protocol UnitComputer: Sendable {
  /// Parses the sweep and prepares to compute any of its units.
  /// - Returns: the plan's content hash, as this binary computes it.
  func load(sweepText: String, sweepFile: String, files: [(name: String, bytes: [UInt8])]) throws -> String

  /// Computes the trials `first ..< first + count` of the loaded plan.
  /// - Parameters:
  ///   - progress: takes the steps done so far in this unit, which grow; cheap enough to call often.
  ///   - isCancelled: whether the answer is no longer wanted; then whatever is returned or thrown is dropped. May be
  ///     called from any thread.
  /// - Returns: the frames of `RecordColumns` and `CardColumns`.
  func compute(
    first: Int, count: Int, progress: @Sendable (UInt64) -> Void, isCancelled: @Sendable () -> Bool
  ) throws -> (columns: [UInt8], cards: [UInt8])
}
