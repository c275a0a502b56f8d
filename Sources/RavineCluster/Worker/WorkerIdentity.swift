/// Who a worker is, as it tells the coordinator.
package struct WorkerIdentity: Hashable, Sendable {
  /// Must equal the coordinator's.
  package var build: String
  package var kernel: String
  package var instructionSet: String
  package var cores: Int
  package var memoryBytes: UInt64
  package var host: String
  package var pid: Int32
  /// The slot of the coordinator that started it, or nil.
  package var slot: Int?
  /// A number of this very process, drawn at its start; also seeds the jitter of its retries.
  package var instance: UInt64
  /// Seconds until something else ends this worker (a batch system's time limit), or nil.
  package var secondsLeft: Double?
  /// What its owner calls it; empty for host and process id.
  package var name: String

  package init(
    build: String, kernel: String, instructionSet: String, cores: Int, memoryBytes: UInt64, host: String, pid: Int32,
    slot: Int?, instance: UInt64, secondsLeft: Double? = nil, name: String = ""
  ) {
    self.build = build
    self.kernel = kernel
    self.instructionSet = instructionSet
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.host = host
    self.pid = pid
    self.slot = slot
    self.instance = instance
    self.secondsLeft = secondsLeft
    self.name = name
  }
}
