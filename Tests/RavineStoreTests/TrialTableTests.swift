import RavineDescent
import Testing

@testable import RavineStore

@Suite struct TrialTableTests {
  let folder: Folder
  let run = SampleRun()

  init() throws { folder = try Folder() }

  /// The result of a query as text, columns by `|`, as any SQLite tool would show it.
  private func rows(_ store: RunStore, _ sql: String, columns: Int32) throws -> [String] {
    try store.connection.read { db in
      var rows: [String] = []
      let query = try BoundStatement(db, sql)
      while try query.next() {
        rows.append((0..<columns).map { query.text($0) ?? "" }.joined(separator: "|"))
      }
      return rows
    }
  }

  @Test func rowsStandInTrialOrderWithPlainColumns() throws {
    let store = try run.create(at: folder.file())
    try run.fill(store)
    #expect(try store.materialiseTrials(axes: run.grid, at: later) == 80)
    let sql = """
      SELECT trial, data_correlation, optimizer_kind, optimizer_momentum, seed, status, steps, gap, distance,
        forecast_kind, forecast_status, forecast_steps, forecast_difference, cross_check, problem, hit_1e_01, hit_1e_12
      FROM trial ORDER BY rowid
      """
    let rows = try rows(store, sql, columns: 17)
    #expect(rows.count == 80)
    #expect(rows[0] == "0|0.0|gradient-descent||0.0|converged|0|1.0e-07|0.5|exact|budget|0||agreed|0||")
    #expect(rows[1] == "1|0.0|gradient-descent||1.0|budget|7|Inf|0.5|exact|budget|8|-1|none|0|3|")
    #expect(rows[7] == "7|0.0|heavy-ball|0.9|2.0|floor|49||0.5|exact|floor|50||none|0|21|")
    #expect(rows[12] == "12|0.125|gradient-descent||2.0|converged|84||0.5|exact|budget|84||none|1|36|47")
    #expect(try self.rows(store, "SELECT count(DISTINCT trial) FROM trial", columns: 1) == ["80"])
  }

  @Test func anIncompleteTableIsBuiltAgain() throws {
    let store = try run.create(at: folder.file())
    _ = try store.commit([run.result(0), run.result(1)], at: later)
    #expect(try store.materialiseTrials(axes: run.grid, at: later) == 20)
    try store.recordFailures([UnitFailure(unit: 2, attempt: 3, worker: "w", evidence: "e")], at: later)
    #expect(try store.materialiseTrials(axes: run.grid, at: later) == 30)
    let failed = try rows(store, "SELECT status, gap, forecast_status FROM trial WHERE trial = 25", columns: 3)
    #expect(failed == ["failed||"])
    try store.setState(.cancelled, at: later)
    #expect(try store.materialiseTrials(axes: run.grid, at: later) == 80)
    #expect(try rows(store, "SELECT count(*) FROM trial WHERE status = 'cancelled'", columns: 1) == ["50"])
  }

  @Test func axisNamesNeverCollideWithMeasurements() {
    #expect(Schema.columnName(ofAxis: "optimizer.step") == "optimizer_step")
    #expect(Schema.columnName(ofAxis: "status") == "axis_status")
    #expect(Schema.columnName(ofAxis: "trial") == "axis_trial")
  }

  @Test func aBrokenOffTableLeavesTheLedgerAlone() throws {
    let store = try run.create(at: folder.file())
    try run.fill(store)
    #expect(throws: StoreError.self) { try store.materialiseTrials(axes: NoAxes(), at: later) }
    #expect(try store.tally().committedTrials == 80)
    #expect(try store.materialiseTrials(axes: run.grid, at: later) == 80)
  }

  private struct NoAxes: TrialAxes {
    let axes: [StoredAxis] = []
    func values(of trial: Int) -> [AxisCell] { [] }
    func problem(of trial: Int) -> Int { 0 }
  }
}
