import Foundation
import Glibc
import Testing

/// Coordinators that others talk to, as real processes.
@Suite(.serialized) struct ServingTests {
  /// About `seconds` of work for one thread, in many units.
  private func sweep(_ name: String, replicates: Int) -> String {
    SamenessTests.sweep.replacingOccurrences(of: "name: same", with: "name: \(name)")
      .replacingOccurrences(of: "replicates: 6", with: "replicates: \(replicates)")
  }

  @Test func workersOutliveACoordinatorThatIsKilled() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let path = try binary.write(sweep("same", replicates: 6), "same.yaml")
    #expect(try binary.run("run", path, "--workers", "1", "--runs", "local", "--quiet").status == 0)
    let arguments = ["run", path, "--workers", "0", "--listen", "tcp://127.0.0.1", "--runs", "kept", "--quiet"]
    let first = try binary.start(arguments)
    let join = binary.folder.path + "/kept/same.access/worker.join"
    _ = try JoiningTests.wait(for: join, while: first) { $0.contains("endpoint tcp://") }
    let worker = try binary.start(["worker", "--join", join, "--threads", "1"])
    while first.isRunning, worker.isRunning {
      let status = try binary.run("status", "kept/same.sqlite").output
      if status.contains("units:"), !status.contains("units:  0 of") { break }
    }
    kill(first.processIdentifier, SIGKILL)
    first.waitUntilExit()
    #expect(worker.isRunning)
    let second = try binary.start(arguments)
    second.waitUntilExit()
    worker.waitUntilExit()
    #expect(second.terminationStatus == 0 && worker.terminationStatus == 0)
    #expect(try binary.run("export", "kept/same.sqlite").output == binary.run("export", "local/same.sqlite").output)
  }

  @Test func aRevokedKeyIsOutAndAnOperatorsOrdersAreObeyed() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let path = try binary.write(sweep("same", replicates: 600), "same.yaml")
    let run = try binary.start(["run", path, "--workers", "0", "--listen", "tcp://127.0.0.1", "--quiet"])
    defer { run.terminate() }
    let folder = binary.folder.path + "/runs/same.access"
    _ = try JoiningTests.wait(for: folder + "/worker.join", while: run) { $0.contains("endpoint tcp://") }
    let added = try binary.run("keys", "add", "site-a", "--run", "same")
    #expect(added.status == 0 && added.output.hasSuffix("/same.access/site-a.join\n"))
    let worker = try binary.start(["worker", "--join", folder + "/site-a.join", "--threads", "1"])
    while worker.isRunning, run.isRunning {
      if try binary.run("status", "same").output.contains("1 thread") { break }
    }
    #expect(try binary.run("keys", "list", "--run", "same", "-o", "csv").output.contains("site-a,worker,"))
    #expect(try binary.run("keys", "revoke", "site-a", "--run", "same").status == 0)
    worker.waitUntilExit()
    #expect(worker.terminationStatus == 77)
    // A worker's key may not give orders, a viewer's may look.
    let denied = try binary.run("pause", "same", "--join", folder + "/worker.join")
    #expect(denied.status == 75 && denied.errors.contains("does not allow that"))
    let viewer = try binary.run("keys", "add", "looker", "--role", "viewer", "--run", "same")
    let viewerFile = viewer.output.replacingOccurrences(of: "\n", with: "")
    var seen = ""
    for _ in 0..<50 where !seen.contains("same: running") {
      seen = try binary.run("status", "--join", viewerFile).output
    }
    #expect(seen.contains("same: running"))
    #expect(try binary.run("pause", "same").status == 0)
    #expect(try binary.run("status", "same").output.contains("paused (by an operator)"))
    #expect(try binary.run("resume", "same").status == 0)
    #expect(try binary.run("cancel", "same", "--reason", "seen enough").status == 0)
    run.waitUntilExit()
    #expect(run.terminationStatus == 75)
    let status = try binary.run("status", "same").output
    #expect(status.hasPrefix("same: cancelled") && status.contains("by an operator: seen enough"))
    let nobody = try binary.run("pause", "same")
    #expect(nobody.status == 69)
  }

  @Test func severalSweepsShareTheWorkersOfOneCoordinator() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let paths = try [("same", 6), ("second", 4)].map { try binary.write(sweep($0.0, replicates: $0.1), "\($0.0).yaml") }
    for path in paths {
      #expect(try binary.run("run", path, "--workers", "1", "--runs", "local", "--quiet").status == 0)
    }
    let serve = try binary.start(["serve", "--workers", "2", "--threads", "1"])
    defer { serve.terminate() }
    let admin = binary.folder.path + "/runs/serve.access/admin.join"
    _ = try JoiningTests.wait(for: admin, while: serve) { $0.contains("endpoint ipc://") }
    for path in paths {
      let outcome = try binary.run("submit", path)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(try binary.run("submit", paths[0]).status != 0)
    for name in ["same", "second"] {
      while serve.isRunning, !(try binary.run("status", name).output.hasPrefix("\(name): complete")) {}
      #expect(try binary.run("export", name).output == binary.run("export", "local/\(name).sqlite").output)
    }
    serve.terminate()
    serve.waitUntilExit()
    #expect(serve.terminationStatus == 143)
  }

  @Test func theDoctorSaysWhatIsInTheWay() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let fine = try binary.run("doctor", "-o", "csv")
    #expect(fine.status == 0)
    for subject in ["libzmq,ok", "cores,ok", "local socket,ok", "slurm,"] { #expect(fine.output.contains(subject)) }
    let missing = try binary.run("doctor", "--join", "no-such.join", "-o", "csv")
    #expect(missing.status == 69 && missing.output.contains("join file,trouble"))
  }
}
