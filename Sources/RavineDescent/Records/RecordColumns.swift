/// Trial records of consecutive trials as one column frame: what a worker sends is what the store keeps.
///
/// After the header of ``ColumnFrame``, for n trials with h hits in all: steps u64 · gap f64 · distance f64 ·
/// gradient norm f64 · forecast steps u64 (n entries each) · hits u64 (h entries, trial after trial, rung after rung) ·
/// status u8 · forecast status u8 · cross-check u8 · hit count u8 · forecast kind u8 (n entries each) ·
/// metrics f64 (n rows of as many as the header says). Equal records
/// give equal bytes, and floating-point numbers keep every bit.
package enum RecordColumns {
  private static let wideColumns = 5
  private static let narrowColumns = 5
  private static let bytesPerTrial = wideColumns * 8 + narrowColumns

  /// The frame of the trials `firstTrial`, `firstTrial` + 1, …
  ///
  /// - Parameter metrics: A row for each record, or none; at most 65,535 columns.
  package static func encode(
    _ records: [TrialRecord], firstTrial: UInt64, metrics: MetricTable = .none
  ) -> [UInt8] {
    let count = records.count
    let hits = records.reduce(0) { $0 + $1.hits.count }
    let metricBytes = metrics.values.count * 8
    let length = ColumnFrame.headerLength + count * bytesPerTrial + hits * 8 + metricBytes
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[0..<length]))
      let layout = Layout(count: count, hits: hits)
      var hit = layout.hits
      for row in 0..<count {
        let record = records[row]
        bytes.put(record.steps, layout.wide(0, row))
        bytes.put(record.gap, layout.wide(1, row))
        bytes.put(record.distance, layout.wide(2, row))
        bytes.put(record.gradientNorm, layout.wide(3, row))
        bytes.put(record.forecast.steps, layout.wide(4, row))
        for rung in 0..<record.hits.count {
          bytes.put(record.hits[rung], hit)
          hit += 8
        }
        bytes[layout.narrow(0, row)] = record.status.rawValue
        bytes[layout.narrow(1, row)] = record.forecast.status.rawValue
        bytes[layout.narrow(2, row)] = record.crossCheck.rawValue
        bytes[layout.narrow(3, row)] = UInt8(truncatingIfNeeded: record.hits.count)
        bytes[layout.narrow(4, row)] = record.forecast.kind.rawValue
      }
      for (place, value) in metrics.values.enumerated() { bytes.put(value, length - metricBytes + place * 8) }
      ColumnFrame(first: firstTrial, count: count, extra: hits, metrics: metrics.columns).seal(bytes, kind: .records)
      initialized = length
    }
  }

  /// The records of a frame. Never traps, whatever the bytes.
  package static func decode(_ bytes: [UInt8]) throws(ColumnsError) -> (firstTrial: UInt64, records: [TrialRecord]) {
    let frame = try check(bytes)
    let result = bytes.withUnsafeBytes { rows($0, frame) }
    return (frame.first, try result.get())
  }

  /// The metrics of a frame.
  package static func metrics(_ bytes: [UInt8]) throws(ColumnsError) -> MetricTable {
    let frame = try check(bytes)
    let count = frame.count * frame.metrics
    let values = bytes.withUnsafeBytes { buffer in
      (0..<count).map { buffer.loadDouble(buffer.count - (count - $0) * 8) }
    }
    return MetricTable(columns: frame.metrics, values: values)
  }

  /// Header, length and checksum of a frame, without decoding its rows.
  package static func check(_ bytes: [UInt8]) throws(ColumnsError) -> ColumnFrame {
    let result = bytes.withUnsafeBytes { (buffer) -> Result<ColumnFrame, ColumnsError> in
      Result { () throws(ColumnsError) in
        let frame = try ColumnFrame.header(buffer, kind: .records)
        let perTrial = bytesPerTrial + frame.metrics * 8
        let expected = ColumnFrame.headerLength + frame.count * perTrial + frame.extra * 8
        guard buffer.count == expected else { throw .wrongLength(expected: expected, found: buffer.count) }
        guard !frame.first.addingReportingOverflow(UInt64(frame.count)).overflow else {
          throw .invalidValue(column: "first trial", row: 0)
        }
        try ColumnFrame.verify(buffer)
        return frame
      }
    }
    return try result.get()
  }

  private static func rows(
    _ bytes: UnsafeRawBufferPointer, _ frame: ColumnFrame
  ) -> Result<[TrialRecord], ColumnsError> {
    let layout = Layout(count: frame.count, hits: frame.extra)
    let end = layout.narrow(0, 0)
    var hit = layout.hits
    var records: [TrialRecord] = []
    records.reserveCapacity(frame.count)
    for row in 0..<frame.count {
      guard let status = TrialStatus(rawValue: bytes[layout.narrow(0, row)]) else { return invalid("status", row) }
      guard let forecast = TrialStatus(rawValue: bytes[layout.narrow(1, row)]) else {
        return invalid("forecast status", row)
      }
      guard let crossCheck = CrossCheck(rawValue: bytes[layout.narrow(2, row)]) else {
        return invalid("cross-check", row)
      }
      guard let kind = ForecastKind(rawValue: bytes[layout.narrow(4, row)]) else {
        return invalid("forecast kind", row)
      }
      let reached = Int(bytes[layout.narrow(3, row)])
      guard reached <= Ladder.rungs.count, reached <= (end - hit) / 8 else { return invalid("hit count", row) }
      var hits = Hits()
      for _ in 0..<reached {
        hits.append(bytes.load64(hit))
        hit += 8
      }
      records.append(
        TrialRecord(
          status: status, steps: bytes.load64(layout.wide(0, row)), gap: bytes.loadDouble(layout.wide(1, row)),
          distance: bytes.loadDouble(layout.wide(2, row)), gradientNorm: bytes.loadDouble(layout.wide(3, row)),
          forecast: Forecast(status: forecast, steps: bytes.load64(layout.wide(4, row)), kind: kind),
          crossCheck: crossCheck,
          hits: hits))
    }
    return hit == end ? .success(records) : invalid("hit count", frame.count)
  }

  private static func invalid(_ column: String, _ row: Int) -> Result<[TrialRecord], ColumnsError> {
    .failure(.invalidValue(column: column, row: row))
  }

  /// Byte offsets of the columns.
  private struct Layout {
    var count: Int
    var hits: Int
    private var bytes: Int

    init(count: Int, hits: Int) {
      self.count = count
      self.hits = ColumnFrame.headerLength + count * wideColumns * 8
      bytes = self.hits + hits * 8
    }

    func wide(_ column: Int, _ row: Int) -> Int { ColumnFrame.headerLength + (column * count + row) * 8 }
    func narrow(_ column: Int, _ row: Int) -> Int { bytes + column * count + row }
  }
}
