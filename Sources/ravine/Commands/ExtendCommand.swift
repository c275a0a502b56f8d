import ArgumentParser
import RavineReports
import RavineRuntime
import RavineStore

/// `ravine extend RUN SWEEP`: a larger sweep that begins with what a run has measured.
struct ExtendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extend",
    abstract: "Run a larger sweep and measure only what a run does not have yet.",
    discussion: """
      Trials of the sweep that RUN has measured are taken over from it, wherever they stand now: more replicates, \
      longer axes, more values, new axes beside old values, a higher step limit (trials that ended below the old one). \
      The results are those of running the sweep from its beginning. Where the sweep's name is that of RUN, RUN \
      becomes the larger run, and then nothing that it has measured may be missing from the sweep; otherwise RUN stays \
      as it is.
      """)

  @Argument(help: ArgumentHelp("The name or file of the run that has measured trials.", valueName: "run"))
  var runName: String

  @OptionGroup var running: RunCommand

  @Flag(help: "Only make the run; `ravine run` or `ravine submit` with the same sweep measures what is missing.")
  var prepareOnly = false

  func run() throws {
    try running.run { input, path, threads in
      let source = RunLocator.path(runName, folder: running.location.runs)
      let larger = RunExtension(source: source, target: path, input: input, threads: threads)
      let store = try larger.open()
      if prepareOnly {
        store.close()
        throw ExitCode.success
      }
      return store
    }
  }
}
