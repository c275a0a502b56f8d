import Glibc
import RavineScheduling

/// When something else will end this process: a batch system's time limit.
package struct TimeLimit: Equatable, Sendable {
  /// From the time of asking.
  package let secondsLeft: Double
  /// What knows it.
  package let source: String

  /// The limit that was given on the command line.
  package init(flag: Duration) {
    self.init(secondsLeft: Double(flag.nanosecondsClamped) / 1e9, source: "--walltime")
  }

  init(secondsLeft: Double, source: String) {
    self.secondsLeft = secondsLeft
    self.source = source
  }

  /// The earliest of: the flag, `SLURM_JOB_END_TIME`, and what `scontrol` says of the job we are in.
  package static func detect(flag: Duration?) -> TimeLimit? {
    detect(
      flag: flag, now: Double(time(nil)), variable: { getenv($0).map { String(cString: $0) } },
      job: { id in CommandOutput.of("scontrol", ["show", "job", id, "-o"]) })
  }

  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - job: what `scontrol show job ID -o` prints; asked only inside a job whose end is not in the environment.
  static func detect(
    flag: Duration?, now: Double, variable: (String) -> String?, job: (String) -> String?
  ) -> TimeLimit? {
    var limits: [TimeLimit] = []
    if let flag { limits.append(TimeLimit(flag: flag)) }
    if let text = variable("SLURM_JOB_END_TIME"), let end = Double(text), end > 0, end < 1e11 {
      limits.append(TimeLimit(secondsLeft: max(0, end - now), source: "SLURM_JOB_END_TIME"))
    } else if let id = variable("SLURM_JOB_ID"), !id.isEmpty, let text = job(id), let end = endTime(text) {
      limits.append(TimeLimit(secondsLeft: max(0, end - now), source: "scontrol"))
    }
    return limits.min { $0.secondsLeft < $1.secondsLeft }
  }

  /// `EndTime=2026-03-01T12:00:00` in the words of `scontrol`, local time, as seconds since 1970; nil for `Unknown`.
  static func endTime(_ text: String) -> Double? {
    let key = "EndTime="
    guard let word = text.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix(key) }) else { return nil }
    let parts = word.dropFirst(key.count).split { !$0.isNumber }.compactMap { Int32($0) }
    guard parts.count == 6, (1970...9999).contains(parts[0]) else { return nil }
    var broken = tm()
    (broken.tm_year, broken.tm_mon, broken.tm_mday) = (parts[0] - 1900, parts[1] - 1, parts[2])
    (broken.tm_hour, broken.tm_min, broken.tm_sec) = (parts[3], parts[4], parts[5])
    broken.tm_isdst = -1
    let seconds = mktime(&broken)
    return seconds < 0 ? nil : Double(seconds)
  }
}

/// The end that a time limit sets to this process and to the workers that it starts.
package struct ProcessEnd: Equatable, Sendable {
  /// On the monotonic clock.
  package let at: Instant
  /// When a coordinator stops by itself, a little before its workers leave: time enough for units in flight to end or
  /// to be given back, and for the store.
  package let leaves: Instant
  private static let most = 25.0

  package init(_ limit: TimeLimit, now: Instant = MonotonicClock.now()) {
    at = now + .clamped(seconds: limit.secondsLeft)
    leaves = now + .clamped(seconds: limit.secondsLeft - min(Self.most, limit.secondsLeft / 3))
  }

  /// What tells a worker that is started at `now` how long it may live.
  func workerArguments(now: Instant = MonotonicClock.now()) -> [String] {
    ["--walltime", "\(Int64(max(1, at.seconds(since: now))))s"]
  }
}

/// What a short command of the system prints.
package enum CommandOutput {
  private static let limit = 1 << 18

  /// - Returns: its output, or nil where it is not installed, fails, or takes more than five seconds.
  package static func of(_ name: String, _ arguments: [String], timeout: Duration = .seconds(5)) -> String? {
    guard let path = find(name), let child = try? ChildProcess(executable: path, arguments: [name] + arguments) else {
      return nil
    }
    let deadline = MonotonicClock.now() + timeout
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < limit, MonotonicClock.now() < deadline {
      var item = pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)
      _ = poll(&item, 1, MonotonicClock.milliseconds(until: deadline))
      let count = read(child.output, &buffer, buffer.count)
      if count > 0 { bytes += buffer[..<count] }
      if count == 0 { break }
    }
    while child.reap() == nil {
      if MonotonicClock.now() >= deadline { child.send(SIGKILL) }
      usleep(2000)
    }
    return child.exit?.isClean == true ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// The program of this name on the path.
  package static func find(_ name: String) -> String? {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    for folder in path.split(separator: ":") where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
    return nil
  }
}
