import RavineDescent
import RavineStore

/// All trials of a run in trial order, schema `ravine-export 1`.
///
/// Columns: `trial`; one for each axis, named by its path; then ``TrialColumn/measurements``. `forecast_difference` is
/// measured minus forecast steps where both ended alike; `hit_1e-k` the first step with gap ≤ 10^−k; `rate_measured` =
/// gap^(1/(2 steps)). No time, host or worker: the bytes are a function of sweep file and binary alone.
package enum Export {
  package static let schema = "ravine-export 1"
  /// Bytes gathered before they are handed on.
  private static let chunk = 1 << 16

  package static func columns(_ axes: [StoredAxis]) -> [TrialColumn] {
    [.trial] + axes.indices.map { .axis($0) } + TrialColumn.measurements
  }

  /// Writes the trials that the store has; all of them once the run is complete. Returns how many.
  ///
  /// Memory is that of one unit and one chunk. Throws ``StoreError``, or what `sink` throws.
  @discardableResult
  package static func write(
    _ store: RunStore, axes: some TrialAxes, format: DataFormat, to sink: ([UInt8]) throws -> Void
  ) throws -> Int {
    let stored = axes.axes
    let columns = columns(stored)
    var writer = RowWriter(format: format, schema: schema, columns: columns.map { $0.name(stored) })
    var count = 0
    try store.forEachTrial(axes: axes) { row in
      for column in columns { writer.append(column.cell(row)) }
      writer.endRow()
      count += 1
      if writer.bytes.count >= chunk { try sink(writer.take()) }
    }
    writer.finish()
    try sink(writer.take())
    return count
  }
}
