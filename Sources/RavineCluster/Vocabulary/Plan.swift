/// A file of the sweep, as it is handed to workers.
package struct PlanFile: Hashable, Sendable {
  /// Its name as written in the sweep file.
  package var name: String
  package var bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// Everything a worker needs to compute any unit of the run.
package struct PlanOffer: Hashable, Sendable {
  /// The plan's content hash, 64 hexadecimal digits. A worker computes its own and must come to the same.
  package var hash: String
  package var sweepText: String
  /// The sweep file's name, for messages.
  package var sweepFile: String
  package var files: [PlanFile]

  package init(hash: String, sweepText: String, sweepFile: String, files: [PlanFile]) {
    self.hash = hash
    self.sweepText = sweepText
    self.sweepFile = sweepFile
    self.files = files
  }
}

/// One unit of work: the trials `first ..< first + count`.
package struct UnitSpec: Hashable, Sendable {
  package var first: Int
  package var count: Int
  /// Forecast cost, in any unit that all units share; ≥ 0.
  package var cost: Double

  package init(first: Int, count: Int, cost: Double) {
    self.first = first
    self.count = count
    self.cost = cost
  }
}

/// What a worker measured in one unit, checked against its digest.
package struct UnitResult: Hashable, Sendable {
  package var unit: Int
  /// Which delivery of the unit this answers; 1 is the first.
  package var attempt: Int
  /// Name of the worker that computed it.
  package var worker: String
  /// crc32c of `columns` followed by `cards`.
  package var digest: UInt32
  /// The trial records, column by column.
  package var columns: [UInt8]
  /// The cards of the problems that the unit's trials belong to.
  package var cards: [UInt8]
  /// Wall seconds the worker computed.
  package var seconds: Double
  /// Seconds from the hand-out of the unit to its result; nil where this worker's lease was over before.
  package var turnaround: Double?

  package init(
    unit: Int, attempt: Int, worker: String, digest: UInt32, columns: [UInt8], cards: [UInt8], seconds: Double,
    turnaround: Double?
  ) {
    self.unit = unit
    self.attempt = attempt
    self.worker = worker
    self.digest = digest
    self.columns = columns
    self.cards = cards
    self.seconds = seconds
    self.turnaround = turnaround
  }
}
