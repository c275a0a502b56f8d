/// The command lines that start workers over ssh and mpirun.
package enum RemoteCommands {
  /// Bytes of a worker's name; one with a longer label is known by its host and process.
  private static let longestName = 64

  /// The worker on `host`. Its join file comes over its standard input, so nothing needs to be copied; when that input
  /// ends, as it does when the launcher dies, so does the worker.
  ///
  /// - Parameter extra: options of ssh that the user passes on.
  static func ssh(_ host: SSHHost, program: String, extra: [String]) -> [String] {
    var remote = [program, "worker", "--join", "-"]
    if host.label.utf8.count <= longestName { remote += ["--name", host.label] }
    if let slots = host.slots { remote += ["--threads", "\(slots)"] }
    // A connection that is cut is noticed within half a minute; a question for a password would wait for ever.
    var words = ["ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"]
    words += extra
    if let port = host.port { words += ["-p", "\(port)"] }
    return words + [host.name, "exec " + ShellWord.line(remote)]
  }

  /// Open MPI or another `mpirun` as a starter of processes. Without `--bind-to none` it would give each one core.
  static func mpirun(count: Int, program: String, joinFile: String, threads: Int?, extra: [String]) -> [String] {
    var worker = [program, "worker", "--join", joinFile]
    if let threads { worker += ["--threads", "\(threads)"] }
    return ["mpirun", "--bind-to", "none", "-n", "\(count)"] + extra + worker
  }
}
