import Foundation
import RavineDescent
import RavineReports
import RavineStore
import Testing

@Suite struct ExportTests {
  private func text(_ run: FixtureRun, _ format: DataFormat) throws -> String {
    var bytes: [UInt8] = []
    try Export.write(run.store, axes: run.axes, format: format) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// ρ = gap^(1/(2 t)): a gap of 1/4 after one step is a rate of 1/2.
  private func smallRun() throws -> FixtureRun {
    try FixtureRun(FixtureAxes(steps: [0.5], kinds: ["a,\"b\"", "c"], replicates: 2)) { trial in
      switch trial {
      case 0:
        var record = converged(1, gap: 0.25, forecast: 3)
        record.hits.append(1)
        record.crossCheck = .agreed
        return record
      case 1: return ended(.diverged, 7, gap: .infinity)
      case 2: return TrialRecord(status: .floor, steps: 9, gap: .nan, distance: -0.0, gradientNorm: -.infinity)
      default: return TrialRecord(status: .failed)
      }
    }
  }

  @Test func csvIsThisToTheByte() throws {
    let run = try smallRun()
    try run.fill()
    let csv = try text(run, .csv)
    #expect(
      csv == """
        trial,optimizer.step,preprocessing,seed,status,steps,gap,distance,gradient_norm,forecast_kind,forecast_status,\
        forecast_steps,forecast_difference,cross_check,condition,lambda_max,lambda_min,null_dimension,stable_rank,\
        entropy_rank,loss,hit_1e-1,hit_1e-2,hit_1e-3,hit_1e-4,hit_1e-5,hit_1e-6,hit_1e-7,hit_1e-8,hit_1e-9,hit_1e-10,\
        hit_1e-11,hit_1e-12,rate_measured
        0,0.5,"a,""b\""",0,converged,1,0.25,0.5,0.25,exact,converged,3,-2,agreed,12,3,0.25,1,1.5,2,0.25,1,,,,,,,,,,,,0.5
        1,0.5,"a,""b\""",1,diverged,7,inf,1,1,exact,diverged,7,0,none,12,3,0.25,1,1.5,2,inf,,,,,,,,,,,,,
        2,0.5,c,0,floor,9,nan,-0,-inf,none,,,,none,12,3,0.25,1,1.5,2,nan,,,,,,,,,,,,,
        3,0.5,c,1,failed,0,nan,nan,nan,none,,,,none,12,3,0.25,1,1.5,2,nan,,,,,,,,,,,,,

        """)
  }

  @Test func jsonFormsHoldTheSameAndAreValid() throws {
    let run = try smallRun()
    try run.fill()
    let lines = try text(run, .jsonl).split(separator: "\n")
    let rows = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    #expect(rows.count == 4)
    #expect(rows[0]?["preprocessing"] as? String == "a,\"b\"")
    #expect(rows[0]?["hit_1e-1"] as? Int == 1 && rows[0]?["hit_1e-2"] is NSNull)
    #expect(rows[1]?["gap"] is NSNull && rows[2]?["gap"] is NSNull)
    #expect(lines[0].hasPrefix("{\"trial\":0,\"optimizer.step\":0.5,"))
    let whole = try JSONSerialization.jsonObject(with: Data(text(run, .json).utf8)) as? [String: Any]
    #expect(whole?["schema"] as? String == "ravine-export 1")
    #expect((whole?["columns"] as? [String])?.count == 34)
    #expect((whole?["rows"] as? [[String: Any]])?.count == 4)
  }

  @Test func anEmptyRunIsAValidTable() throws {
    let run = try smallRun()
    #expect(try text(run, .csv).split(separator: "\n").count == 1)
    #expect(try text(run, .jsonl).isEmpty)
    #expect(try JSONSerialization.jsonObject(with: Data(text(run, .json).utf8)) is [String: Any])
  }

  /// Neither the order of commits nor unit boundaries nor a reopening changes a byte; 10⁵ trials.
  @Test func bytesDependOnTheTrialsAlone() throws {
    let axes = FixtureAxes(steps: (0..<100).map { Double($0) / 7 }, kinds: ["none", "centre"], replicates: 500)
    let record = { (trial: Int) in
      trial % 11 == 0 ? ended(.budget, trial, gap: 1 / Double(trial + 1)) : converged(trial, gap: 1 / Double(trial + 3))
    }
    let first = try FixtureRun(axes, unitSize: 4096, record: record)
    try first.fill()
    let second = try FixtureRun(axes, unitSize: 1777, record: record)
    try second.fill((0..<57).reversed())
    #expect(try first.store.materialiseTrials(axes: axes, at: WallTime(milliseconds: 0)) == 100_000)
    let reader = try RunStore.open(at: second.path, readOnly: true)
    var exports: [[UInt8]] = [[], []]
    for (index, store) in [first.store, reader].enumerated() {
      #expect(try Export.write(store, axes: axes, format: .csv) { exports[index] += $0 } == 100_000)
    }
    #expect(exports[0] == exports[1])
    #expect(exports[0].count { $0 == 10 } == 100_001)
  }

  @Test func aSinkThatFailsEndsTheExportWithItsOwnError() throws {
    struct Closed: Error {}
    let run = try smallRun()
    try run.fill()
    #expect(throws: Closed.self) {
      try Export.write(run.store, axes: run.axes, format: .csv) { _ in throw Closed() }
    }
    #expect(try text(run, .csv).split(separator: "\n").count == 5)
  }
}
