import ArgumentParser
import Glibc
import RavineReports
import RavineRuntime

/// Whether, and with what, a run starts workers on other machines.
struct LaunchOption: ParsableArguments {
  enum Engine: String, ExpressibleByArgument, CaseIterable {
    case slurm, ssh, mpirun
  }

  @Option(
    name: .customLong("on"),
    help: ArgumentHelp(
      "Also start the workers: slurm (job arrays), ssh (the machines of --hosts) or mpirun. "
        + "What follows -- is passed on to sbatch, ssh or mpirun.",
      valueName: "engine"))
  var engine: Engine?

  @Option(help: ArgumentHelp("For --on ssh: a line for each machine, host[:port] slots=N.", valueName: "file"))
  var hosts: String?

  @Option(help: ArgumentHelp("Where ravine is on the other machines; by default where it is here.", valueName: "path"))
  var program: String?

  @Flag(help: "With --on: print what would be launched, and launch nothing.")
  var dryRun = false

  @Argument(parsing: .postTerminator, help: ArgumentHelp("Passed on to sbatch, ssh or mpirun.", valueName: "options"))
  var passedOn: [String] = []

  func check(workers: Int?, threads: Int?) throws {
    switch engine {
    case nil:
      if hosts != nil { throw ValidationError("--hosts goes with --on ssh") }
      if program != nil { throw ValidationError("--program goes with --on") }
      if dryRun { throw ValidationError("--dry-run goes with --on; `ravine plan` shows a run beforehand") }
      if let first = passedOn.first { throw ValidationError("`\(first)` follows `--`, which goes with --on") }
    case .slurm, .mpirun:
      if hosts != nil { throw ValidationError("--hosts goes with --on ssh") }
      if workers ?? 0 < 1 { throw ValidationError("--on slurm and --on mpirun need --workers N: how many to start") }
    case .ssh:
      if hosts == nil { throw ValidationError("--on ssh needs --hosts FILE: a line for each machine, host slots=N") }
      if workers ?? 0 != 0 || threads != nil {
        throw ValidationError("with --on ssh the hosts file says how many: host slots=N (threads of its worker)")
      }
    }
  }

  /// The launch of this run, or nil where it starts no workers elsewhere.
  /// - Parameter runFile: the run's file, an absolute path.
  func launch(runFile: String, workers: Int?, threads: Int?) throws -> Launch? {
    guard let engine else { return nil }
    let program = try program ?? Self.ownPath()
    let joinFile = AccessFolder(runFile: runFile).joinFile("worker")
    switch engine {
    case .slurm:
      return .slurm(
        SlurmLaunch(
          runFile: runFile, program: program, joinFile: joinFile, count: workers ?? 1, threads: threads,
          extra: passedOn))
    case .ssh:
      let path = hosts ?? ""
      let text = String(decoding: try FileBytes.read(path, limit: HostsFile.longestFile), as: UTF8.self)
      return .processes(
        try HostsFile(text: text, path: path).hosts.map {
          .ssh($0, program: program, joinFile: joinFile, extra: passedOn)
        })
    case .mpirun:
      return .processes([
        .mpirun(count: workers ?? 1, program: program, joinFile: joinFile, threads: threads, extra: passedOn)
      ])
    }
  }

  /// The options again, for a command to type; what is passed on comes last.
  var words: [String] {
    (engine.map { ["--on", $0.rawValue] } ?? []) + (hosts.map { ["--hosts", $0] } ?? [])
      + (program.map { ["--program", $0] } ?? [])
  }

  var lastWords: [String] { passedOn.isEmpty ? [] : ["--"] + passedOn }

  /// The path of the running program.
  private static func ownPath() throws -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw RuntimeError(.bug, "the path of this program is not known", help: "name it with `--program`")
    }
    defer { free(path) }
    return String(cString: path)
  }
}
