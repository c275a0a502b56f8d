import Foundation
import Testing

/// Wrong input: a clear error, the right exit status, nothing lost.
@Suite struct RefusalTests {
  @Test(arguments: [
    ("ravine: 1\nname: x\ndata: {kind: equicorrelated, featurs: 3}\n", 78, "did you mean `features`?"),
    ("ravine: 1\nname: x\ndata: none.csv\n", 66, "cannot open"),
    ("ravine: 1\nname: x\ndata: ragged.csv\n", 65, "line 3 (row 2): found 2, expected 3"),
    ("ravine: 1\nname: x\ndata: nan.csv\n", 65, "column `b`: `nan` is a missing value"),
    (
      """
      ravine: 1
      name: x
      data: {kind: equicorrelated, features: 3, correlation: 0.5}
      axes:
        optimizer.step: {linear: [0.1, 1], count: 1000000}
        stop.gap: {log: [1e-9, 0.1], count: 1000000}
      """, 64, "this sweep has 1,000,000,000,000 trials"
    ),
  ])
  func wrongInputIsRefused(_ sweep: String, _ status: Int32, _ words: String) throws {
    let binary = try Binary()
    defer { binary.remove() }
    _ = try binary.write("a,b,y\n1,2,3\n4,5\n", "ragged.csv")
    _ = try binary.write("a,b,y\n1,2,3\n4,nan,6\n", "nan.csv")
    let outcome = try binary.run("run", try binary.write(sweep, "x.yaml"))
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: binary.folder.appendingPathComponent("runs/x.sqlite").path))
  }

  @Test func bytesThatAreNoTextAreRefusedWithTheirPlace() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let url = binary.folder.appendingPathComponent("latin.yaml")
    try Data(Array("ravine: 1\nname: caf".utf8) + [0xe9, 0x0a]).write(to: url)
    let outcome = try binary.run("run", url.path)
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains("RV-1102"))
    #expect(outcome.errors.contains("latin.yaml:2:10"), "\(outcome.errors)")
  }

  @Test func aRunOfAnotherSweepIsNotTouched() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let text = "ravine: 1\nname: x\ndata: {kind: geometric, features: 4, condition: 10}\n"
    #expect(try binary.run("run", try binary.write(text, "x.yaml"), "--quiet").status == 0)
    let before = try binary.run("export", "x").output
    let other = text.replacingOccurrences(of: "10}", with: "11}")
    let outcome = try binary.run("run", try binary.write(other, "x.yaml"))
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("belongs to another sweep"))
    #expect(try binary.run("export", "x").output == before)
    #expect(before.split(separator: "\n").count == 2)
  }

  @Test func aFinishedRunIsNotRunAgain() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let sweep = try binary.write("ravine: 1\nname: x\ndata: {kind: hilbert, features: 3}\n", "x.yaml")
    #expect(try binary.run("run", sweep).status == 0)
    let again = try binary.run("run", sweep)
    #expect(again.status == 0)
    #expect(again.errors.contains("measured already"))
  }
}
