import ArgumentParser
import RavineReports
import RavineRuntime
import RavineSweeps

/// `ravine plan SWEEP`: what a sweep would be, without running it.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Forecast a sweep without running it: trials, data sets, work, time, disk.")

  @Argument(help: "The sweep file (YAML); `-` reads standard input.")
  var sweep: String

  func run() throws {
    try Failure.reporting {
      let input = try SweepLoader.load(sweep)
      let threads = HostCores.detect().count
      var limits = ForecastSurvey.Limits()
      if input.plan.trialCount > SweepLoader.freely {
        // Surely not meant to be run as it is: a small sample answers at once.
        limits.problems = 32
        limits.trials = 2048
      }
      let survey = ForecastSurvey(input.plan, tables: input.tables, threads: threads, limits: limits)
      let failure = survey.failures.first
      if let failure, survey.surveyedTrials == 0 { throw failure.error }
      try Terminal.put(PlanText.text(input, survey, cores: threads))
      if let failure { throw failure.error }
    }
  }
}

/// The lines of `ravine plan`.
enum PlanText {
  /// Mode-steps that one core makes in a second with full lanes, about: the plan's times are orders of magnitude.
  static let modeStepsPerSecond = 5e9

  static func text(_ input: SweepInput, _ survey: ForecastSurvey, cores: Int) -> String {
    let plan = input.plan
    var lines = ["\(input.sweep.name): " + NumberText.count(plan.trialCount, "trial")]
    for axis in plan.axes { lines.append("  \(axis.path): \(NumberText.grouped(axis.count))") }
    lines.append("data sets: \(NumberText.grouped(plan.problemCount))")
    let basis =
      survey.isComplete
      ? "every trial looked at"
      : "scaled up from \(NumberText.grouped(survey.surveyedTrials)) trials of "
        + "\(NumberText.grouped(survey.surveyedProblems)) data sets"
    lines.append("forecast (\(basis)):")
    lines.append("  converging within the budget: \(count(survey.converged))")
    lines.append("  over the budget:              \(count(survey.overBudget))")
    lines.append("  diverging:                    \(count(survey.diverging))")
    if survey.unknown > 0 {
      lines.append("  not to be forecast:           \(count(survey.unknown)); their work is a guess")
    }
    if survey.converged + survey.overBudget + survey.diverging > 0 {
      let whose = survey.unknown > 0 ? ", of those forecast" : ""
      lines.append("  steps in all:                 \(NumberText.significant(survey.totalSteps, digits: 4))\(whose)")
      lines.append("  longest trial:                \(NumberText.grouped(Int(clamping: survey.longest))) steps\(whose)")
    }
    let seconds = survey.profile.total / modeStepsPerSecond / Double(cores)
    lines.append(
      "work: \(NumberText.significant(survey.profile.total, digits: 3)) mode-steps, about "
        + "\(NumberText.duration(seconds)) on \(NumberText.count(cores, "core"))")
    lines.append("disk: about \(NumberText.bytes(Int(Double(plan.trialCount) * TrialBudget.bytesPerTrial)))")
    if plan.trialCount > SweepLoader.freely { lines.append("to run it: --yes-run \(plan.trialCount)") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func count(_ trials: Double) -> String { NumberText.grouped(Int(trials.rounded())) }
}
