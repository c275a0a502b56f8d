import Glibc
import RavineDescent
import RavineReports
import RavineRuntime
import RavineStore
import RavineSweeps

/// The making of a run that begins with what another has measured.
struct RunExtension {
  /// The run that has measured trials, and the file of the new one; they may be the same.
  let source: String
  let target: String
  let input: SweepInput
  let threads: Int

  /// Makes the run and says what was taken over.
  func open() throws -> RunStore {
    let isInPlace = try checkPlaces()
    let old = try RunStore.open(at: source, readOnly: !isInPlace)
    do {
      let store = try extend(old, isInPlace: isInPlace)
      if !isInPlace { old.close() }
      return store
    } catch {
      if isInPlace { try? old.setState(old.stateAtOpening, at: .now()) }
      old.close()
      throw error
    }
  }

  /// - Returns: whether the source itself becomes the larger run.
  private func checkPlaces() throws -> Bool {
    guard access(source, F_OK) == 0 else { throw StoreError.missing(path: source) }
    guard access(target, F_OK) == 0 else { return false }
    if Self.real(source) == Self.real(target) { return true }
    throw RuntimeError(
      .cannotCreate, "there is a run in `\(target)` already",
      details: ["note: nothing was changed", "help: name the new one with `--name`, or extend that one"])
  }

  private func extend(_ old: RunStore, isInPlace: Bool) throws -> RunStore {
    let oldInput = try old.input()
    try checkKinship(old, oldInput)
    let inheritance = try Inheritance(
      of: old, oldInput.plan, for: input.plan, changedFiles: Self.changedFiles(oldInput, input))
    try check(inheritance, oldInput.plan, isInPlace: isInPlace)
    let provenance = RunOpening.provenance(input)
    let taken = inheritance.trialCount
    let text = "\(NumberText.count(taken, "trial")) taken over from the run of `\(old.provenance.sweepFile)`"
    let event = StoredEvent(
      at: provenance.createdAt, kind: "extended", text: text,
      fields: [
        .init("trials", "\(taken)"), .init("run", old.provenance.runID), .init("plan", old.provenance.planHash),
      ])
    let shape = try RunOpening.shape(input, threads: threads, known: inheritance.known)
    Terminal.say(
      "\(NumberText.grouped(taken)) of \(NumberText.count(input.plan.trialCount, "trial")) taken over from `\(source)`"
        + ", \(NumberText.grouped(input.plan.trialCount - taken)) to measure")
    return isInPlace
      ? try old.extended(provenance: provenance, shape: shape, inheriting: inheritance, event: event)
      : try RunStore.create(
        at: target, provenance: provenance, shape: shape, inheriting: inheritance, event: event)
  }

  private func checkKinship(_ old: RunStore, _ oldInput: SweepInput) throws {
    let nothing = "note: nothing was changed"
    guard old.provenance.kernel == Plan.kernelVersion else {
      throw RuntimeError(
        .versionMismatch,
        "`\(source)` was measured by kernel `\(old.provenance.kernel)`, this is `\(Plan.kernelVersion)`",
        details: [nothing, "help: run the larger sweep from its beginning: ravine run \(input.sweep.file)"])
    }
    guard old.provenance.planHash != input.plan.hash else {
      throw RuntimeError(
        .usage, "`\(source)` is a run of this very sweep",
        details: [nothing, "help: if it is not complete, go on with it: ravine run \(input.sweep.file)"])
    }
    let known = oldInput.sweep.metrics
    if let metric = input.sweep.metrics.first(where: { !known.contains($0) }) {
      throw RuntimeError(
        .usage, "`\(source)` has no metric `\(metric.name)`, so none of its trials is all that this sweep asks for",
        details: [nothing, "help: take it out of `metrics`, or run the sweep from its beginning"])
    }
  }

  private func check(_ inheritance: Inheritance, _ oldPlan: Plan, isInPlace: Bool) throws {
    let nothing = "note: nothing was changed"
    if inheritance.trialCount == 0 {
      throw RuntimeError(
        .usage, "`\(source)` has measured no trial of `\(input.sweep.file)`",
        details: [
          nothing, "note: a trial is the same where every setting is, the step limit apart",
          "help: run the sweep from its beginning: ravine run \(input.sweep.file)",
        ])
    }
    if isInPlace, let first = inheritance.missing.first {
      throw RuntimeError(
        .usage,
        "\(NumberText.count(inheritance.missing.count, "measured trial")) of `\(source)` "
          + "\(inheritance.missing.count == 1 ? "is" : "are") not in `\(input.sweep.file)` and would be lost",
        details: [
          "note: the first is trial \(first): \(Self.words(first, oldPlan))", nothing,
          "help: leave the run as it is and make another one with `--name`",
        ])
    }
  }

  private static func words(_ trial: Int, _ plan: Plan) -> String {
    zip(plan.axes, plan.axisText(of: trial)).compactMap { axis, text in text.map { "\(axis.path) \($0)" } }
      .joined(separator: ", ")
  }

  /// Data files that both sweeps read, with other contents or read otherwise.
  private static func changedFiles(_ old: SweepInput, _ new: SweepInput) -> Set<String> {
    var changed: Set<String> = []
    for file in new.files {
      guard let before = old.files.first(where: { $0.name == file.name }) else { continue }
      let (a, b) = (reading(of: file.name, old.sweep), reading(of: file.name, new.sweep))
      if before.sha256 != file.sha256 || a?.kind != b?.kind || a?.header != b?.header { changed.insert(file.name) }
    }
    return changed
  }

  private static func reading(of name: String, _ sweep: Sweep) -> DataFileReference? {
    sweep.dataFiles.first { $0.name == name }
  }

  private static func real(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
