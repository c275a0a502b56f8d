import Foundation
import Testing

/// A run inside a batch job, whose end it knows.
@Suite struct WalltimeTests {
  @Test func aRunStopsBeforeItsTimeIsUpAndIsGoneOnWith() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let text = SamenessTests.sweep.replacingOccurrences(of: "replicates: 6", with: "replicates: 3000")
    let path = try binary.write(text, "same.yaml")
    let outcome = try binary.run("run", path, "--workers", "1", "--threads", "1", "--walltime", "6s", "--quiet")
    #expect(outcome.status == 75, "\(outcome.errors)")
    #expect(outcome.errors.contains("says --walltime: stopping cleanly before that"))
    #expect(outcome.errors.contains("the time limit is near: stopped"))
    #expect(outcome.errors.contains("nothing is lost; go on with: ravine run "))
    #expect(try binary.run("status", "same").output.hasPrefix("same: stopped"))
  }
}
