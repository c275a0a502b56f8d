import RavineDescent
import Testing

@testable import RavineSweeps

struct PlanTests {
  @Test func theHashIsThatOfTheResults() throws {
    let base = try Fixture.correlated("axes:\n  optimizer.step: [0.1, 0.2]\n").hash
    func hash(_ text: String) throws -> String { try Fixture.plan(text).hash }
    let header = Fixture.header
    #expect(base.count == 64)
    #expect(try hash(header + "question: other words\naxes:\n  optimizer.step: [0.10, 2e-1]   # a remark\n") == base)
    #expect(try hash(header + "axes:\n  optimizer.step: {linear: [0.1, 0.2], count: 2}\n") != base)
    #expect(try hash(header + "axes:\n  optimizer.step: [0.2, 0.1]\n") != base)
    #expect(try hash(header + "seed: 1\naxes:\n  optimizer.step: [0.1, 0.2]\n") != base)
    #expect(try hash(header + "seed: 0\nstop: {gap: 1e-6}\naxes:\n  optimizer.step: [0.1, 0.2]\n") == base)
    #expect(try hash(header + "axes:\n  optimizer.step: [0.1, 0.2]\nconstraints: [optimizer.step < 1]\n") != base)
  }

  private static let table = Table(names: ["a", "b", "employed"], rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])

  private func check(_ data: String, extra: String = "") throws -> [Diagnostic] {
    let sweep = try Fixture.sweep("ravine: 1\nname: file\ndata: \(data)\n\(extra)")
    do {
      _ = try Plan(sweep: sweep, tables: ["x/t.csv": Self.table], fileHashes: [:])
      return []
    } catch {
      return error.diagnostics
    }
  }

  @Test func dataFilesAreNamedWithTheirPlace() throws {
    let sweep = try Fixture.sweep(
      """
      ravine: 1
      name: files
      data: {kind: csv, header: true}
      axes:
        data.file: [a.csv, data/b.csv]
      """)
    #expect(
      sweep.dataFiles == [
        DataFileReference(name: "a.csv", kind: .csv, header: .present, line: 5, column: 3),
        DataFileReference(name: "data/b.csv", kind: .csv, header: .present, line: 5, column: 3),
      ])
    let short = try Fixture.sweep("ravine: 1\nname: f\ndata: x.npy\n")
    #expect(short.dataFiles == [DataFileReference(name: "x.npy", kind: .npy, header: .detect, line: 3, column: 7)])
  }

  @Test func columnsAreCheckedAgainstTheData() throws {
    #expect(try check("x/t.csv").isEmpty)
    #expect(try check("{kind: csv, file: x/t.csv, target-column: employed}").isEmpty)
    #expect(try check("{kind: csv, file: x/t.csv, target-column: 0}").isEmpty)
    let missing = try check("{kind: csv, file: x/t.csv, target-column: employd}")
    #expect(missing.map(\.headline) == ["`x/t.csv` has no column `employd`"])
    #expect(missing.first?.helps == ["did you mean `employed`?"])
    #expect(missing.first?.column == 34)
    #expect(try check("{kind: csv, file: x/t.csv, target-column: 3}").map(\.code) == [.dataMismatch])
    #expect(try check("x/t.csv", extra: "start: [1, 2, 3]").map(\.code) == [.dataMismatch])
    #expect(try check("x/t.csv", extra: "start: [1, 2]").isEmpty)
    #expect(try check("other.csv").map(\.headline) == ["the data file `other.csv` was not read"])
  }

  @Test func componentsAreCheckedAgainstTheData() throws {
    let three = try check("x/t.csv", extra: "preprocessing: pca\naxes: {components: {integers: [1, 3]}}")
    #expect(three.map(\.headline) == ["`components` is 3, `x/t.csv` has 2 input columns"])
    #expect(three.map { [$0.line, $0.column] } == [[5, 8]])
    #expect(try check("x/t.csv", extra: "preprocessing: pca\ncomponents: 9").map { [$0.line, $0.column] } == [[5, 1]])
    #expect(try check("x/t.csv", extra: "preprocessing: pca\ncomponents: 2").isEmpty)
    #expect(try check("x/t.csv", extra: "preprocessing: pca\ncomponents: all\nstart: [1, 2]").isEmpty)
    #expect(try check("x/t.csv", extra: "preprocessing: pca\ncomponents: 1\nstart: [1]").isEmpty)
    let axis = "preprocessing: pca\naxes: {components: [1, 3]}\nconstraints: [components < 3]"
    #expect(try check("x/t.csv", extra: axis).isEmpty)
    // A number for each file is checked against its own file.
    for (components, count) in [("[2, 5]", 0), ("[3, 5]", 1)] {
      let zipped = """
        ravine: 1
        name: file
        data: {kind: csv}
        preprocessing: whiten-pca
        axes: {zip: [{data.file: [x/t.csv, wide.csv], components: \(components)}]}
        """
      let wide = Table(names: nil, rows: 1, columns: 6, values: [1, 2, 3, 4, 5, 6])
      let tables = ["x/t.csv": Self.table, "wide.csv": wide]
      if count == 0 {
        #expect(try Fixture.plan(zipped, tables: tables).trialCount == 2)
      } else {
        #expect(throws: SweepErrors.self) { try Fixture.plan(zipped, tables: tables) }
      }
    }
  }

  @Test func componentsReachTheProblem() throws {
    let plan = try Fixture.plan(
      """
      ravine: 1
      name: test
      data: {kind: equicorrelated, features: 4, correlation: 0.5}
      axes:
        preprocessing: [none, pca, whiten-zca]
        components: {values: [2, all], when: {preprocessing: [pca, whiten-zca]}}
      """)
    #expect(
      (0..<5).map { plan.axisText(of: $0) }
        == [["none", nil], ["pca", "2"], ["pca", "all"], ["whiten-zca", "2"], ["whiten-zca", "all"]])
    #expect((0..<5).map { plan.settings(of: $0).problem.components } == [nil, 2, nil, 2, nil])
    #expect(plan.settings(of: 1).problem.preprocessing == .pca)
    let short = Fixture.errors(
      Fixture.header + "preprocessing: whiten-pca\ncomponents: 2\nstart: [1, 2, 3]\n")
    #expect(short.map(\.headline) == ["`start` has 3 weights, `components` leaves 2"])
  }

  @Test func aFileReachesTheProblem() throws {
    let plan = try Fixture.plan(
      "ravine: 1\nname: f\ndata: {file: x/t.csv, target-column: a, shift: 2}\n", tables: ["x/t.csv": Self.table])
    #expect(plan.problemSettings(0).data == .file(name: "x/t.csv", targetColumn: "a", header: .detect))
    #expect(plan.problemSettings(0).shift == 2)
  }

  @Test func rowsReachTheProblem() throws {
    let plan = try Fixture.plan(
      "ravine: 1\nname: f\ndata: {kind: rows, inputs: [[101, 101], [101, 99]], targets: [2, 0]}\n")
    #expect(plan.problemSettings(0).data == .rows(inputs: [[101, 101], [101, 99]], targets: [2, 0]))
  }

  @Test func theSummaryIsRead() throws {
    let sweep = try Fixture.sweep(
      Fixture.header + """
        axes:
          data.correlation: [0.1, 0.9]
          optimizer.kind: [gradient-descent, nesterov]
        summary: {rows: data.correlation, columns: optimizer.kind, value: condition, where: {data.correlation: 0.90}}
        """)
    #expect(
      sweep.summaries
        == [
          SummaryRequest(
            rows: "data.correlation", columns: "optimizer.kind", value: "condition",
            filters: [SummaryRequest.Filter(path: "data.correlation", values: ["0.9"])])
        ])
    let two = try Fixture.sweep(
      Fixture.header + """
        axes: {data.correlation: [0.1, 0.9]}
        summary: [{rows: data.correlation}, {rows: data.correlation, value: condition}]
        """)
    #expect(two.summaries.map(\.value) == ["steps", "condition"])
  }

  @Test func hiddenLayersMayBeListed() throws {
    let text = """
      ravine: 1
      name: test
      data: {kind: equicorrelated, features: 4, correlation: 0.5, samples: 10}

      """
    let plan = try Fixture.plan(text + "model: {kind: two-layer}\naxes: {model.hidden: [8, [6, 5], [3]]}")
    let hidden = (0..<3).map { trial -> [Int] in
      guard case .net(let net) = plan.settings(of: trial).problem.model else { return [] }
      return net.hidden
    }
    #expect(hidden == [[8], [6, 5], [3]])
    #expect((0..<3).map { plan.axisText(of: $0) } == [["8"], ["[6, 5]"], ["[3]"]])
    let deep = try Fixture.plan(text + "model: {kind: deep-linear, hidden: [7, 2], depth: 3}")
    #expect(deep.settings(of: 0).problem.model == .net(NetSettings(hidden: [7, 2], activation: .identity)))
    let errors = Fixture.errors(text + "model: {kind: deep-linear, hidden: [7, 2], depth: 2}")
    #expect(errors.map(\.headline) == ["`model.hidden` lists 2 hidden layers, that is `model.depth` 3, not 2"])
  }

  /// Settings in which entries of a union differ are columns; defaults that come with an entry's kind, and data that
  /// are written out, are not.
  @Test func columnsOfAUnionTellSomething() throws {
    let plan = try Fixture.plan(
      """
      ravine: 1
      name: test
      union:
        - {data: {kind: rows, inputs: [[1, 1], [1, -1]], targets: [2, 0]}, axes: {data.shift: [0, 1]}}
        - {data: {kind: csv, file: a.csv}, bias: true}
      """, tables: ["a.csv": try CSV.parse(Array("x,y\n1,2\n3,4\n".utf8), name: "a.csv", header: .detect)])
    #expect(plan.axes.map(\.path) == ["data.shift", "data.kind", "data.file", "bias"])
  }

  @Test func keysOfTheFileAreNoAxes() {
    let errors = Fixture.errors(Fixture.header + "axes: {metrics: [flops], data.correlation: [0.1]}")
    #expect(errors.count == 1)
    #expect(errors.first?.helps == ["`metrics` is a key of the file itself: write it at the left margin"])
    #expect(errors.first?.notes == [])
  }

  /// 1, 2, … 10 and then eight for each power of ten, to the largest step limit of any trial.
  @Test func aCurveIsTheGapAtLogSpacedSteps() throws {
    let sweep = try Fixture.sweep(
      Fixture.header + """
        metrics: [flops, curve]
        union:
          - {stop: {steps: 20}, axes: {data.correlation: [0.1]}}
          - axes: {stop.steps: [3, 132], data.correlation: [0.5]}
        """)
    let steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 18, 24, 32, 42, 56, 75, 100, 130]
    #expect(sweep.metrics.map(\.name) == ["flops"] + steps.map { "gap-at-\($0)" })
  }
}
