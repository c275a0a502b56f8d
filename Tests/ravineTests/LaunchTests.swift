import Foundation
import Testing

/// `run --on`: what would be launched, and what is refused before anything is.
@Suite struct LaunchTests {
  @Test func aDryRunPrintsScriptAndCommandAndLeavesNothing() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let outcome = try binary.run(
      "run", Binary.sweep("longley"), "--on", "slurm", "--workers", "3", "--threads", "8", "--dry-run", "--program",
      "/opt/ravine", "--", "--partition=short", "--comment=two words")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let runs = binary.folder.resolvingSymlinksInPath().path + "/runs/longley"
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.contains("#SBATCH --cpus-per-task=8"))
    #expect(lines.contains(#"exec /opt/ravine worker --join \#(runs).access/worker.join --name "$name" "$@""#))
    #expect(
      lines.last
        == "sbatch --parsable --array=0-2 --output=\(runs).slurm/%A_%a.log --partition=short '--comment=two words' "
        + "\(runs).slurm/workers.sh")
    #expect(!FileManager.default.fileExists(atPath: binary.folder.appendingPathComponent("runs").path))
  }

  @Test func everyHostGetsItsCommand() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let hosts = try binary.write("node01 slots=4\nnode02:2222\n", "hosts")
    let outcome = try binary.run(
      "run", Binary.sweep("longley"), "--on", "ssh", "--hosts", hosts, "--dry-run", "--program", "/opt/ravine")
    let commands = outcome.output.split(separator: "\n").filter { $0.hasPrefix("ssh ") }
    #expect(commands.count == 2)
    #expect(commands.first?.hasSuffix(" node01 'exec /opt/ravine worker --join - --name node01 --threads 4'") == true)
    #expect(
      commands.last?.hasSuffix(" -p 2222 node02 'exec /opt/ravine worker --join - --name node02:2222'") == true)
  }

  @Test(arguments: [
    (["--on", "slurm"], 64, "--on slurm and --on mpirun need --workers N"),
    (["--on", "ssh"], 64, "--on ssh needs --hosts FILE"),
    (["--on", "ssh", "--hosts", "none"], 66, "cannot open `none`"),
    (["--on", "ssh", "--hosts", "none", "--threads", "2"], 64, "the hosts file says how many"),
    (["--on", "cloud"], 64, "Please provide one of 'slurm', 'ssh' or 'mpirun'"),
    (["--dry-run"], 64, "--dry-run goes with --on"),
    (["--", "--partition=short"], 64, "goes with --on"),
    (["--advertise", "ib0"], 64, "--advertise goes with --listen"),
  ])
  func whatDoesNotFitIsRefused(_ options: [String], _ status: Int32, _ words: String) throws {
    let binary = try Binary()
    defer { binary.remove() }
    let outcome = try binary.run(["run", Binary.sweep("longley")] + options)
    #expect(outcome.status == status)
    let errors = outcome.errors.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(errors.contains(words), "\(outcome.errors)")
  }

  /// A worker whose input ends before a join file came says so, and does not wait.
  @Test func aWorkerWithoutAJoinFileOnItsInputLeaves() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let outcome = try binary.run("worker", "--join", "-")
    #expect(outcome.status == 66)
    #expect(outcome.errors.contains("no join file came over standard input"), "\(outcome.errors)")
  }
}
