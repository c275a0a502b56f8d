import ArgumentParser
import RavineDescent
import RavineReports
import RavineRuntime
import RavineWire

/// `ravine doctor`: what is wrong with this installation.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract:
      "Look for what would keep Ravine from working here: library, cores, limits, clock, Slurm, endpoints, keys.",
    discussion: """
      With --join it also tries each endpoint of a join file from this machine and asks the coordinator: run it where \
      a worker is to run. The exit status is 0 when nothing is in the way, 69 otherwise.
      """)

  @Option(help: ArgumentHelp("A join file to try from here.", valueName: "file"))
  var join: String?

  @OptionGroup var output: OutputOption

  func run() throws {
    try Failure.reporting {
      Signals.prepare()
      var findings = [Finding("ravine", .ok, "build \(BuildIdentity.build)"), kernel()] + Checkup.host()
      if let join { findings += Checkup.join(join, ask: Self.ask) }
      let columns = ["subject", "verdict", "finding", "help"].map { ResultTable.Column(name: $0, isText: true) }
      let rows = findings.map { finding -> [Cell] in
        [.text(finding.subject), .text(finding.verdict.rawValue), .text(finding.text), .text(finding.help)]
      }
      try output.put(ResultTable(columns: columns, rows: rows))
      if findings.contains(where: { $0.verdict == .trouble }) { throw ExitCode(ExitStatus.nobodyThere.rawValue) }
    }
  }

  private func kernel() -> Finding {
    let table = InstructionSets.best
    return table.reproducible
      ? Finding("kernel", .ok, table.instructionSet)
      : Finding(
        "kernel", .warning, "\(table.instructionSet): no fused multiply-add",
        help: "results of this machine differ from others' in the last bits; keep it out of shared runs")
  }

  private static func ask(_ path: String) throws -> String {
    let request = UInt32.random(in: 1 ... .max)
    switch try OperatorClient(joinFile: path).ask(.status(request: request)) {
    case .answer(_, _, let text): throw RuntimeError(.notPermitted, text, details: [])
    case .status(_, let build, let runs):
      guard build == BuildIdentity.build else {
        throw RuntimeError(
          .versionMismatch, "the coordinator is of build `\(build)`, this is `\(BuildIdentity.build)`", details: [])
      }
      return "build \(build), \(NumberText.count(runs.count, "run")): \(runs.map(\.name).joined(separator: ", "))"
    }
  }
}
