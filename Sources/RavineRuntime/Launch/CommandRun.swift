import Glibc
import RavineScheduling

/// A short command of the system, run to its end.
package struct CommandRun: Equatable, Sendable {
  /// The exit status; 128 and more for a signal, as the shell says it.
  package var status: Int32
  /// What it wrote to standard output and standard error.
  package var lines: [String]

  private static let longestOutput = 8 << 20

  /// Finds `words[0]` on the PATH and waits for its end.
  /// - Throws: `nobodyThere` when there is no such program, `tryAgain` when it does not end in time.
  package static func run(_ words: [String], seconds: Double = 30) throws(RuntimeError) -> CommandRun {
    let process = try ChildProcess(executable: "/usr/bin/env", arguments: ["env"] + words)
    let deadline = MonotonicClock.now() + Duration.milliseconds(Int(seconds * 1000))
    var bytes: [UInt8] = []
    let isWhole = read(process, until: deadline, into: &bytes)
    var exit = process.reap()
    while exit == nil {
      if !isWhole || MonotonicClock.now() >= deadline { process.send(SIGKILL) }
      _ = poll(nil, 0, 2)
      exit = process.reap()
    }
    guard isWhole, let exit else {
      throw RuntimeError(.tryAgain, "`\(ShellWord.line(words))` did not end within \(Int(seconds)) s")
    }
    let status = exit.code ?? 128 + (exit.signal ?? 0)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    if status == 127 { throw RuntimeError(.nobodyThere, "`\(words[0])` is not on this machine's PATH") }
    return CommandRun(status: status, lines: lines)
  }

  /// Reads all output; false when the deadline came first.
  private static func read(_ process: ChildProcess, until deadline: Instant, into bytes: inout [UInt8]) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(process.output, &buffer, buffer.count)
      if count > 0 {
        if bytes.count < longestOutput { bytes += buffer[0..<count] }
      } else if count == 0 {
        return true
      } else if errno != EINTR {
        if MonotonicClock.now() >= deadline { return false }
        var item = pollfd(fd: process.output, events: Int16(POLLIN), revents: 0)
        _ = poll(&item, 1, min(MonotonicClock.milliseconds(until: deadline), 1000))
      }
    }
  }
}
