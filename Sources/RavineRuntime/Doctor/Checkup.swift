import Glibc
import RavineZeroMQ

/// One thing that was looked at, and what it means.
package struct Finding: Equatable, Sendable {
  package enum Verdict: String, Sendable {
    case ok
    /// Works, but not as well as it could.
    case warning
    /// Something will not work.
    case trouble
  }

  package var subject: String
  package var verdict: Verdict
  package var text: String
  /// What to do about it; empty where all is well.
  package var help: String

  package init(_ subject: String, _ verdict: Verdict, _ text: String, help: String = "") {
    self.subject = subject
    self.verdict = verdict
    self.text = text
    self.help = help
  }
}

/// What is wrong with this machine, as far as Ravine is concerned: `ravine doctor`.
package enum Checkup {
  /// Connections of so many workers should fit under the limit on open files.
  static let wantedFiles = 2048

  /// The machine itself.
  package static func host() -> [Finding] {
    [library(), cores(), files(FileLimit.raise()), localSocket(), clock()] + slurm()
  }

  /// The way to a coordinator, endpoint by endpoint, and whether it accepts the key.
  package static func join(_ path: String, ask: (String) throws -> String) -> [Finding] {
    let file: JoinFile
    do throws(RuntimeError) {
      file = try JoinFile.read(path)
    } catch {
      let help = error.details.first.map { String($0.drop { $0 != " " }.dropFirst()) } ?? ""
      return [Finding("join file", .trouble, error.headline, help: help)]
    }
    var findings = [Finding("join file", .ok, "`\(path)`: role \(file.role.rawValue), key `\(file.name)`")]
    if file.endpoints.isEmpty {
      let help = "start `ravine run --listen` or `ravine serve --listen`, and copy the file again"
      findings.append(Finding("endpoints", .trouble, "the file names none: no coordinator was started yet", help: help))
    }
    var isReachable = false
    for endpoint in file.endpoints {
      let reason = EndpointProbe.failure(endpoint, timeout: .seconds(3))
      isReachable = isReachable || reason == nil
      findings.append(Finding("endpoint", reason == nil ? .ok : .warning, "\(endpoint): \(reason ?? "answers")"))
    }
    guard isReachable else {
      if !file.endpoints.isEmpty {
        let help = "start the coordinator, or give it an address that this machine can reach with --advertise"
        findings.append(Finding("coordinator", .trouble, "no endpoint can be reached from here", help: help))
      }
      return findings
    }
    return findings + [coordinator(path, file, ask)]
  }

  private static func coordinator(_ path: String, _ file: JoinFile, _ ask: (String) throws -> String) -> Finding {
    do {
      return Finding("coordinator", .ok, try ask(path))
    } catch let error as RuntimeError {
      // A worker's key may not ask anything, but that it is told so is an answer.
      if error.status == .notPermitted, file.role == .worker, error.headline.contains("does not allow") {
        return Finding("coordinator", .ok, "accepts the key")
      }
      return Finding("coordinator", .trouble, error.headline, help: "ask for a new join file")
    } catch {
      return Finding("coordinator", .trouble, "\(error)")
    }
  }

  static func library() -> Finding {
    let version = LibraryVersion.linked
    guard version >= LibraryVersion.floor else {
      return Finding("libzmq", .trouble, "\(version)", help: "install libzmq \(LibraryVersion.floor) or newer")
    }
    return LibraryVersion.hasCurve
      ? Finding("libzmq", .ok, "\(version), with CURVE")
      : Finding("libzmq", .trouble, "\(version), without CURVE", help: "install a libzmq that was built with libsodium")
  }

  static func cores() -> Finding {
    let cores = HostCores.detect()
    return Finding("cores", .ok, "\(cores.count), set by \(cores.decidedBy.rawValue)")
  }

  static func files(_ limit: Int) -> Finding {
    limit >= wantedFiles
      ? Finding("open files", .ok, "\(limit) at most")
      : Finding(
        "open files", .warning, "\(limit) at most: a coordinator here takes \(max(1, limit - 256)) workers",
        help: "raise the hard limit: ulimit -Hn \(wantedFiles), or LimitNOFILE= of the service")
  }

  static func localSocket() -> Finding {
    do throws(RuntimeError) {
      let directory = try SocketDirectory()
      return Finding("local socket", .ok, "\(directory.path)")
    } catch {
      return Finding("local socket", .trouble, error.headline, help: "set XDG_RUNTIME_DIR to a directory of your own")
    }
  }

  /// Leases need a clock that runs evenly; dates in a run's history need one that is right.
  static func clock() -> Finding {
    var date = timespec()
    clock_gettime(CLOCK_REALTIME, &date)
    // Ravine did not exist before 2025.
    guard date.tv_sec > 1_735_689_600 else {
      return Finding(
        "clock", .warning, "the date is before 2025", help: "set the clock; only dates in histories depend on it")
    }
    return Finding("clock", .ok, "monotonic for leases; the date is used in histories only")
  }

  static func slurm() -> [Finding] {
    guard CommandOutput.find("sinfo") != nil else { return [Finding("slurm", .ok, "not installed here")] }
    guard let version = CommandOutput.of("sinfo", ["--version"]) else {
      return [Finding("slurm", .warning, "`sinfo --version` fails", help: "see SLURM_CONF and the module of the site")]
    }
    let name = version.filter { $0 != "\n" }
    guard let nodes = CommandOutput.of("sinfo", ["-h", "-o", "%D %T"]) else {
      return [Finding("slurm", .warning, "\(name); its controller does not answer", help: "scontrol ping")]
    }
    let states = nodes.split(separator: "\n").joined(separator: ", ")
    var findings = [Finding("slurm", .ok, "\(name); nodes: \(states)")]
    if let limit = TimeLimit.detect(flag: nil) {
      findings.append(Finding("time limit", .ok, "\(Int(limit.secondsLeft)) s to go, says \(limit.source)"))
    }
    return findings
  }
}
