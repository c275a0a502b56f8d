import Logging
import RavineCluster
import RavineStore

/// What `LocalRun` runs.
package struct LocalJob: Sendable {
  package var plan: PlanOffer
  package var units: [UnitSpec]
  /// By unit: whether its result is durable already.
  package var committed: [Bool]
  /// Worker processes.
  package var workers: Int
  /// Computing threads of each.
  package var threads: Int
  /// The build that workers must be of.
  package var build: String
  package var settings = ClusterSettings()
  /// The keys with which the run can be operated from elsewhere; nil for a run that nobody can reach.
  package var access: AccessFolder?
  /// How workers of other machines come in, if they may; needs `access`.
  package var listening: Listening?
  /// The program that is started as `worker`; by default this very binary.
  package var executable = "/proc/self/exe"
  package var logLevel = Logger.Level.error
  /// When a batch system ends this process, if one does.
  package var end: ProcessEnd?

  package init(
    plan: PlanOffer, units: [UnitSpec], committed: [Bool], workers: Int, threads: Int, build: String
  ) {
    self.plan = plan
    self.units = units
    self.committed = committed
    self.workers = workers
    self.threads = threads
    self.build = build
  }

  /// The rest of a stored run: everything comes out of its file. Units that failed before are tried again.
  package init(store: RunStore, workers: Int, threads: Int, build: String) throws(StoreError) {
    let origin = store.provenance
    var files: [PlanFile] = []
    for file in try store.files() { files.append(PlanFile(name: file.name, bytes: file.bytes)) }
    var units: [UnitSpec] = []
    for unit in try store.unitSpecs() { units.append(UnitSpec(first: unit.first, count: unit.count, cost: unit.cost)) }
    self.init(
      plan: PlanOffer(
        hash: origin.planHash, sweepText: origin.sweepText, sweepFile: origin.sweepFile, files: files),
      units: units, committed: try store.committedUnits(), workers: workers, threads: threads, build: build)
    settings.run = origin.name
  }

  /// The arguments of a slot's worker process.
  func arguments(endpoint: String) -> @Sendable (Int) -> [String] {
    let (threads, level, end) = (threads, logLevel, end)
    return { slot in
      [
        "ravine", "worker", "--connect", endpoint, "--slot", "\(slot)", "--threads", "\(threads)", "--log-level",
        level.rawValue,
      ] + (end?.workerArguments() ?? [])
    }
  }
}
