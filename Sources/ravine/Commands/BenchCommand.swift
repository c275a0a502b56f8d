import ArgumentParser

/// `ravine bench`: what this machine reaches.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the kernel and the dispatch on this machine.",
    subcommands: [KernelBenchCommand.self, DispatchBenchCommand.self, SessionBenchCommand.self])
}

struct KernelBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel",
    abstract: "Rates of the kernels and the forecast, beside the peak of the machine.",
    discussion: """
      W1: 4,096 heavy-ball trials of 1,000 steps on one data set, d = 64. W2: 4,096 gradient-descent trials on 256 \
      data sets, n = 256, d = 32, each to its own tolerance. W3: a tanh net 64-64-10 on 1,024 rows, full batches. \
      W4: a ReLU net of 1,024 units on 256 inputs through 0, 16 or 64 linear units, batches of 128. models: logistic, \
      softmax, deep linear, ReLU. The check is a hash of all results: it is the same on \
      every host.
      """)

  @Option(parsing: .upToNextOption, help: "Which workloads to run: w1 w2 w3 w4 models (default: all).")
  var workloads: [KernelBench.Workload] = KernelBench.Workload.allCases

  @Option(help: "Timed repetitions; the median is shown.")
  var repetitions = 5

  @Option(help: "Threads.")
  var threads = 1

  @Option(help: "A folder with the arrays w1/d64, w2, w3, w4 (.npy) to use instead of the built-in data.")
  var data: String?

  @Option(
    help: ArgumentHelp(
      """
      A folder for what every trial ended with, to compare with another program: steps and status of W2 (w2.txt); \
      with --data, the losses of the whole jobs W3 and W4 (w3.txt, w4-0.txt, …) and W4's order of rows (order.txt).
      """, valueName: "folder"))
  var dump: String?

  @OptionGroup var output: OutputOption

  func validate() throws {
    if repetitions < 1 || repetitions > 1000 { throw ValidationError("--repetitions must be in 1 … 1000") }
    if threads < 1 || threads > 4096 { throw ValidationError("--threads must be in 1 … 4096") }
  }

  func run() throws {
    try Failure.reporting {
      let bench = KernelBench(
        workloads: workloads, repetitions: repetitions, threads: threads, data: data, dump: dump)
      try output.put(bench.table())
    }
  }
}

struct DispatchBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dispatch",
    abstract: "Trials through a coordinator and local workers, stored: throughput, latency, start, memory.",
    discussion: """
      D1: trivial trials, from the start of the command to all results stored. D2: units of one trial, one at a time: \
      median time from the hand-out of a unit to its result. D3: W2 as a sweep.
      """)

  @Option(help: "Trials of D1.")
  var trials = 1_000_000

  @Option(help: "Trials of D2.")
  var roundTrips = 2000

  @Option(help: "Worker processes.")
  var workers = 2

  @Option(help: "How the workers of D1 reach the coordinator: ipc, as on one machine, or tcp, with keys.")
  var over = Way.ipc

  enum Way: String, ExpressibleByArgument, CaseIterable { case ipc, tcp }

  @OptionGroup var output: OutputOption

  func validate() throws {
    if trials < 1 || trials > 100_000_000 { throw ValidationError("--trials must be in 1 … 100,000,000") }
    if roundTrips < 1 || roundTrips > 1_000_000 { throw ValidationError("--round-trips must be in 1 … 1,000,000") }
    if workers < 1 || workers > 64 { throw ValidationError("--workers must be in 1 … 64") }
  }

  func run() throws {
    try Failure.reporting {
      let bench = DispatchBench(trials: trials, roundTrips: roundTrips, workers: workers, overTCP: over == .tcp)
      try output.put(bench.table())
    }
  }
}

struct SessionBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions",
    abstract: "Many connected workers at one coordinator: joining, idle cost, return after a restart.",
    discussion: """
      The workers are light: each has its connection, keys and session, but all live in this process and compute \
      nothing. The coordinator is a process of its own, reached over TCP on the loopback. Then a coordinator is killed \
      in the middle of 1,000,000 trials and started again; with --trials two real workers do that many trivial ones \
      while the light workers are connected.
      """)

  @Option(help: "Light workers.")
  var workers = 1000

  @Option(help: "Seconds over which the idle cost is taken.")
  var seconds = 10

  @Option(help: "Trivial trials that are done beside the light workers, such as 10000000; 0 for none.")
  var trials = 0

  @OptionGroup var output: OutputOption

  func validate() throws {
    if workers < 1 || workers > 1024 { throw ValidationError("--workers must be in 1 … 1024") }
    if seconds < 1 || seconds > 3600 { throw ValidationError("--seconds must be in 1 … 3600") }
    if trials < 0 || trials > 100_000_000 { throw ValidationError("--trials must be in 0 … 100,000,000") }
  }

  func run() throws {
    try Failure.reporting { try output.put(SessionBench(workers: workers, seconds: seconds, trials: trials).table()) }
  }
}
