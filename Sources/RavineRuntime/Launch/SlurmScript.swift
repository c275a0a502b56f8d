/// The batch script of workers on a Slurm cluster: one element of a job array is one worker on one node.
///
/// An array of one-node jobs, because a node that is lost then takes one worker with it and Slurm requeues that one
/// alone; a job of several nodes is lost as a whole. What differs between sites (partition, account, time limit) is
/// given to `sbatch` beside the script.
package struct SlurmScript: Equatable, Sendable {
  /// The run's name.
  package var run: String
  /// The program on the nodes.
  package var program: String
  /// The workers' join file, on a file system that the nodes share.
  package var joinFile: String
  /// Cores of each worker; nil leaves it to Slurm's default.
  package var threads: Int?

  package init(run: String, program: String, joinFile: String, threads: Int?) {
    self.run = run
    self.program = program
    self.joinFile = joinFile
    self.threads = threads
  }

  /// What names a worker of this array in the coordinator's lists, for the element `4711_3`: `slurm-4711_3`, and
  /// `slurm-4711_3-r1` when Slurm has started it a second time.
  static let workerPrefix = "slurm-"

  /// Seconds before the time limit at which Slurm is asked to warn the worker. Slurm counts in minutes and may be half
  /// a minute late.
  private static let warningSeconds = 60

  package var text: String {
    let cores = threads.map { "#SBATCH --cpus-per-task=\($0)\n" } ?? ""
    return """
      #!/bin/bash
      #SBATCH --job-name=\(jobName)
      #SBATCH --nodes=1
      #SBATCH --ntasks=1
      \(cores)#SBATCH --requeue
      #SBATCH --open-mode=append
      #SBATCH --signal=B:USR1@\(Self.warningSeconds)
      # One element of the array is one worker on one node: lost or preempted, it is requeued alone.
      set -u
      element=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
      name=\(Self.workerPrefix)$element${SLURM_RESTART_COUNT:+-r$SLURM_RESTART_COUNT}
      # The warning before the time limit may come late, so the worker is told how long it has.
      if end=$(squeue -h -j "$element" -o %e) && end=$(date -d "$end" +%s) && [ "$end" -gt "$(date +%s)" ]; then
        set -- --walltime "$((end - $(date +%s)))s"
      fi
      exec \(ShellWord.quoted(program)) worker --join \(ShellWord.quoted(joinFile)) --name "$name" "$@"

      """
  }

  /// The run's name with what a job's name must not hold replaced.
  private var jobName: String {
    "ravine-" + String(run.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" })
  }
}
