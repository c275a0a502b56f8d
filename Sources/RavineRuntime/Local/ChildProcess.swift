import Glibc

/// A child process in its own process group, so that a Ctrl-C at the terminal does not reach it.
///
/// Its standard input is a pipe whose other end only this process holds: when this process ends, however it ends, the
/// child reads an end of file and leaves. What it writes comes back through `output`.
final class ChildProcess {
  let pid: Int32
  /// The read end of its standard output and error; does not block.
  let output: Int32
  private var input: Int32
  private(set) var exit: ProcessExit?

  /// Starts `executable` with `arguments` (the first is its name) in this process's environment.
  init(executable: String, arguments: [String]) throws(RuntimeError) {
    let input = try Self.pipe()
    let output: (read: Int32, write: Int32)
    do {
      output = try Self.pipe()
    } catch {
      close(input.read)
      close(input.write)
      throw error
    }
    let spawned = Self.spawn(executable, arguments, input: input.read, output: output.write)
    close(input.read)
    close(output.write)
    guard spawned.code == 0 else {
      close(input.write)
      close(output.read)
      throw RuntimeError(.osRefused, "cannot start `\(executable)`: \(RuntimeError.words(for: spawned.code))")
    }
    _ = fcntl(output.read, F_SETFL, O_NONBLOCK)
    pid = spawned.pid
    self.input = input.write
    self.output = output.read
  }

  deinit {
    closeInput()
    close(output)
  }

  /// Sends a signal, unless the process was already reaped (its number may belong to another by now).
  func send(_ signal: Int32) {
    if exit == nil { kill(pid, signal) }
  }

  /// Puts `text` into its standard input; less than a pipe holds (64 KiB), so that it does not block.
  func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
  }

  /// Lets it read the end of its standard input.
  func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Looks, without waiting, whether the process has ended, and reaps it.
  func reap() -> ProcessExit? {
    guard exit == nil else { return exit }
    var status: Int32 = 0
    var usage = rusage()
    if wait4(pid, &status, WNOHANG, &usage) == pid {
      exit = ProcessExit(status: status, peakKiB: usage.ru_maxrss)
    }
    return exit
  }

  /// Both ends close when this process starts another program.
  private static func pipe() throws(RuntimeError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else {
      throw RuntimeError(
        .osRefused, "cannot create a pipe: \(RuntimeError.words(for: errno))",
        help: "the limit on open files may be reached (`ulimit -n`)")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func spawn(
    _ executable: String, _ arguments: [String], input: Int32, output: Int32
  ) -> (code: Int32, pid: Int32) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = SignalMask.set(of: [])
    var ignored = SignalMask.set(of: [SIGPIPE, SIGXFSZ])
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &ignored)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    var pid: Int32 = 0
    let code = withCStrings(arguments) { arguments in
      withCStrings(environment()) { posix_spawn(&pid, executable, &actions, &attributes, arguments, $0) }
    }
    return (code, pid)
  }

  /// This process's environment as it was at its start.
  private static func environment() -> [String] {
    let bytes = (try? FileBytes.read("/proc/self/environ", limit: 8 << 20)) ?? []
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// `strings` as a null-terminated array of C strings.
  private static func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    var pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return body(pointers)
  }
}
