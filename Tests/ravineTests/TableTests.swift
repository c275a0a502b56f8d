import Foundation
import Testing

/// The whole path, from a sweep file through worker processes to the export, against tables made elsewhere.
@Suite struct TableTests {
  static func expected(_ name: String) throws -> [String: Any] {
    let url = Binary.root.appendingPathComponent("Tests/Expected/\(name).json")
    return try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }

  /// Preprocessings by their names in the table and in a sweep file.
  static let preprocessings = [
    ("none", "none"), ("center", "centre"), ("standardize", "standardise"), ("whiten", "whiten-pca"),
  ]
  static let methods = ["gd_1_over_L", "gd_optimal", "heavy_ball_optimal", "nesterov_1_over_L"]
  static let rungs = ["1e-3": "hit_1e-3", "1e-6": "hit_1e-6", "1e-10": "hit_1e-10"]
  static let budget = 1_200_000

  @Test(arguments: ["longley", "diabetes", "mendota", "digits500", "hinton_shift", "hinton_scale"])
  func leastSquaresCountsAreThoseOfTheTable(_ name: String) throws {
    let binary = try Binary()
    defer { binary.remove() }
    let table = try #require(try Self.expected("expected_least_squares")[name] as? [String: Any])
    let data = Binary.root.appendingPathComponent("sweeps/data/\(name).csv")
    try FileManager.default.copyItem(at: data, to: binary.folder.appendingPathComponent("\(name).csv"))
    let sweep = try binary.write(
      """
      ravine: 1
      name: table
      data: \(name).csv
      bias: \(table["bias_column_last"] as? Bool ?? false)
      stop: {gap: 1e-10, steps: \(Self.budget)}
      axes:
        preprocessing: [\(Self.preprocessings.map(\.1).joined(separator: ", "))]
        optimizer.kind: [\(Self.methods.joined(separator: ", "))]
      """, "table.yaml")
    #expect(try binary.run("run", sweep, "--workers", "2", "--quiet").status == 0)
    let export = Export(try binary.run("export", "table").output)
    #expect(export.rows.count == 16)
    let preprocessing = try #require(table["preprocessing"] as? [String: Any])
    var compared = 0
    for row in export.rows {
      let word = Self.preprocessings.first { $0.1 == row["preprocessing"] }?.0 ?? ""
      guard let entry = preprocessing[word] as? [String: Any] else { continue }
      compared += try compare(row, entry)
    }
    #expect(compared >= 4, "\(compared) counts compared")
  }

  /// Compares the condition number and every count that the budget can reach; returns how many counts.
  private func compare(_ row: [String: String], _ entry: [String: Any]) throws -> Int {
    let kappa = try #require(entry["kappa"] as? Double)
    let measured = try #require(row["condition"].flatMap(Double.init))
    let tolerance = max(1e-10, 100 * 2.2e-16 * kappa.squareRoot())
    #expect(abs(measured - kappa) <= tolerance * kappa, "condition \(measured), table \(kappa)")
    if let nulls = entry["null_dimension"] as? Int { #expect(row["null_dimension"] == "\(nulls)") }
    let methods = entry["methods"] as? [String: Any] ?? [:]
    guard let method = methods[row["optimizer.kind"] ?? ""] as? [String: Any],
      let counts = method["iters"] as? [String: Any]
    else { return 0 }
    var compared = 0
    for (tolerance, column) in Self.rungs {
      guard let count = counts[tolerance] as? Int, count <= Self.budget else { continue }
      let hit = Int(row[column] ?? "") ?? -1
      #expect(abs(hit - count) <= 1, "\(row["preprocessing"] ?? "") \(row["optimizer.kind"] ?? "") to \(tolerance)")
      compared += 1
    }
    return compared
  }

  @Test func quadraticsTakeTheStepsOfTheTable() throws {
    let binary = try Binary()
    defer { binary.remove() }
    let quadratics = try #require(try Self.expected("expected_generators")["quadratics"] as? [[String: Any]])
    let methods = Self.methods + ["nesterov_quadratic_optimal"]
    let entries = try quadratics.map { try "  - data: \(Self.data($0))" }.joined(separator: "\n")
    let sweep = try binary.write(
      """
      ravine: 1
      name: quadratics
      stop: {gap: 1e-10, steps: 6000000}
      axes:
        optimizer.kind: [\(methods.joined(separator: ", "))]
      union:
      \(entries)
      """, "quadratics.yaml")
    let outcome = try binary.run("run", sweep, "--workers", "2", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let export = Export(try binary.run("export", "quadratics").output)
    #expect(export.rows.count == quadratics.count * methods.count)
    for (index, quadratic) in quadratics.enumerated() {
      let table = try #require(quadratic["methods"] as? [String: Any])
      for (offset, method) in methods.enumerated() {
        let row = export.rows[index * methods.count + offset]
        #expect(row["optimizer.kind"] == method)
        let counts = (table[method] as? [String: Any])?["iters"] as? [String: Int] ?? [:]
        #expect(counts.count == 3)
        for (tolerance, column) in Self.rungs {
          let hit = Int(row[column] ?? "") ?? -1
          #expect(abs(hit - (counts[tolerance] ?? -9)) <= 1, "\(quadratic["spectrum"] ?? "") \(method) to \(tolerance)")
        }
      }
    }
  }

  /// A quadratic of the table as `data` of a sweep file.
  private static func data(_ quadratic: [String: Any]) throws -> String {
    let spectrum = try #require(quadratic["spectrum"] as? [String: Any])
    let names = [
      "d": "features", "n": "features", "rho": "correlation", "rho_in": "within", "rho_out": "between", "a": "from",
      "b": "to", "mu": "mean", "kappa": "condition", "alpha": "exponent", "sizes": "sizes", "copies": "copies",
    ]
    var parts = ["kind: \(try #require(spectrum["kind"] as? String))", "samples: exact"]
    parts.append("target: \(try #require(quadratic["w_star"] as? String))")
    for key in spectrum.keys.sorted() where key != "kind" {
      parts.append("\(try #require(names[key])): \(try #require(spectrum[key]))")
    }
    return "{\(parts.joined(separator: ", "))}"
  }

  /// What a singular value decomposition of the centred columns by another program says of the kept components: κ with
  /// the bias, the smallest t with Σ λ c² (1 − λ/L)^2t ≤ 1e-6 Σ λ c², and f*. Whitened: f* in one step.
  @Test func droppedComponentsCostWhatTheyWereWorth() throws {
    let binary = try Binary()
    defer { binary.remove() }
    #expect(try binary.run("run", Binary.sweep("dropped-components"), "--workers", "1", "--quiet").status == 0)
    let rows = Export(try binary.run("export", "dropped-components").output).rows
    #expect(rows.count == 44)
    let expected: [(file: String, kept: Int, condition: Double, steps: Int, loss: Double)] = [
      ("digits500", 1, 177.890, 1226, 4.070207), ("digits500", 16, 177.890, 1206, 1.666853),
      ("digits500", 48, 299.481, 1205, 1.239083), ("digits500", 50, 1494.78, 3457, 1.226994),
      ("digits500", 52, 3197.32, 9535, 1.214251), ("digits500", 54, 75168.8, 202_036, 1.211486),
      ("digits500", 56, 116_894, 389_363, 1.192105), ("digits500", 64, 116_894, 389_363, 1.192105),
      ("diabetes", 1, 2051.44, 14_155, 2815.249), ("diabetes", 7, 2051.44, 14_049, 1544.596),
      ("diabetes", 8, 9850.45, 37_429, 1518.591), ("diabetes", 9, 11626.4, 45_356, 1493.044),
      ("diabetes", 10, 76279.0, 323_452, 1429.848),
    ]
    for figure in expected {
      for rule in ["pca", "whiten-pca"] {
        let row = try #require(
          rows.first {
            $0["data.file"] == "data/\(figure.file).csv" && $0["components"] == "\(figure.kept)"
              && $0["preprocessing"] == rule
          })
        let condition = try #require(row["condition"].flatMap(Double.init))
        let loss = try #require(row["loss"].flatMap(Double.init))
        let steps = try #require(row["steps"].flatMap(Int.init))
        #expect(abs(condition / (rule == "pca" ? figure.condition : 1) - 1) <= 1e-5, "\(figure) \(rule)")
        #expect(abs(steps - (rule == "pca" ? figure.steps : 1)) <= (rule == "pca" ? 1 : 0), "\(figure) \(rule)")
        // A trial that ends at gap 1e-6 is that share of its descent above f*.
        #expect(abs(loss / figure.loss - 1) <= (rule == "pca" ? 2e-5 : 5e-7), "\(figure) \(rule)")
      }
    }
  }

  /// The handout's printed lines b0, b1, MSE: MSE = 2 f, its step η is 2 η here, b0 is the bias, which stands last.
  @Test func mendotaPrintsTheHandout() throws {
    let binary = try Binary()
    defer { binary.remove() }
    #expect(try binary.run("run", Binary.sweep("mendota"), "--workers", "1", "--quiet").status == 0)
    let rows = Export(try binary.run("export", "mendota").output).rows
    let published = try Self.expected("published_mendota")
    let steps = [
      ("raw_x", ["1e-9": "2e-09", "1e-8": "2e-08", "1e-7": "2e-07", "1e-6 (diverges)": "2e-06"]),
      ("normalised_x", ["0.01": "0.02", "0.1": "0.2", "1": "2.0"]),
    ]
    var compared = 0
    for (part, names) in steps {
      let transcripts = try #require(published[part] as? [String: [[Double]]])
      for (printed, step) in names {
        for (index, line) in try #require(transcripts[printed]).enumerated() {
          let row = try #require(
            rows.first {
              Double($0["optimizer.step"] ?? "") == Double(step) && $0["stop.steps"] == "\(index + 1)"
                && ($0["data.file"] == "data/mendota.csv") == (part == "raw_x")
            })
          let loss = try #require(row["loss"].flatMap(Double.init))
          // Two printed decimals.
          #expect(abs(2 * loss - line[2]) <= 0.005 + 1e-12 * line[2], "\(part) \(printed) step \(index + 1)")
          for (column, value) in [("weight_2", line[0]), ("weight_1", line[1])] {
            let weight = try #require(row[column].flatMap(Double.init))
            #expect(abs(weight - value) <= 0.005 + 1e-12 * abs(value), "\(part) \(printed) step \(index + 1) \(column)")
          }
          compared += 1
        }
      }
    }
    #expect(compared == 35)
  }
}
