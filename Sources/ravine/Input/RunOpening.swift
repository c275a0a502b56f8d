import Glibc
import RavineDescent
import RavineReports
import RavineRuntime
import RavineStore
import RavineSweeps

/// Opens the run of a sweep, or makes it.
enum RunOpening {
  /// - `threads`: for the forecast of a new run. `mostTrials`: in one unit of a new run.
  static func open(
    _ input: SweepInput, at path: String, threads: Int, mostTrials: Int = UnitTable.mostTrials
  ) throws -> RunStore {
    if access(path, F_OK) == 0 {
      return try RunStore.open(at: path, readOnly: false, planHash: input.plan.hash)
    }
    let shape = try shape(input, threads: threads, mostTrials: mostTrials)
    return try RunStore.create(at: path, provenance: provenance(input), shape: shape)
  }

  /// The shape of a new run; `known`: trials that need not be measured.
  static func shape(
    _ input: SweepInput, threads: Int, mostTrials: Int = UnitTable.mostTrials, known: [Range<Int>] = []
  ) throws -> RunShape {
    // Units need the work of each stretch of ids roughly, and soon: the workers prepare the same data sets again.
    var limits = ForecastSurvey.Limits()
    limits.problems = 64
    let survey = ForecastSurvey(input.plan, tables: input.tables, threads: threads, limits: limits)
    if let failure = survey.failures.first, survey.failures.count == survey.surveyedProblems {
      throw failure.error
    }
    let units = UnitTable.partition(survey.profile, mostTrials: mostTrials, known: known) {
      input.plan.problemTrials(containing: $0)
    }
    return RunShape(
      trialCount: input.plan.trialCount, problemCount: input.plan.problemCount, axes: PlanAxes(input.plan).axes,
      files: input.files.map { StoredFile(name: $0.name, sha256: $0.sha256, bytes: $0.bytes) },
      units: (0..<units.count).map { unit in
        let range = units.range(of: unit)
        return StoredUnit(first: range.lowerBound, count: range.count, cost: units.costs[unit])
      })
  }

  /// Where a new run of `input` comes from: here and now.
  static func provenance(_ input: SweepInput) -> Provenance {
    var generator = SystemRandomNumberGenerator()
    let halves = [generator.next(), generator.next()] as [UInt64]
    let id = halves.map { half in
      let digits = String(half, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
    return Provenance(
      runID: id, name: input.sweep.name, question: input.sweep.question, planHash: input.plan.hash,
      sweepText: input.sweep.text, sweepFile: input.sweep.file, kernel: Plan.kernelVersion, build: BuildIdentity.build,
      host: HostFacts.name, cpu: HostFacts.processor, createdAt: .now())
  }
}
