import RavineDescent

@testable import RavineSweeps

/// The refusal of a sweep that was expected to be read, shown as a user would see it.
struct Refused: Error, CustomStringConvertible {
  var description: String
}

/// Sweeps for tests, without data files.
enum Fixture {
  static func sweep(_ text: String) throws -> Sweep {
    switch Sweep.parse(text: text, file: "test.yaml") {
    case .success(let sweep): return sweep
    case .failure(let errors): throw Refused(description: errors.render(source: text))
    }
  }

  static func plan(_ text: String, tables: [String: Table] = [:]) throws -> Plan {
    try Plan(sweep: try sweep(text), tables: tables, fileHashes: [:])
  }

  /// A sweep of equicorrelated data with the given further lines.
  static func correlated(_ lines: String) throws -> Plan {
    try plan(header + lines)
  }

  static let header = """
    ravine: 1
    name: test
    data: {kind: equicorrelated, features: 4, correlation: 0.5}

    """

  static func errors(_ text: String) -> [Diagnostic] {
    guard case .failure(let errors) = Sweep.parse(text: text, file: "test.yaml") else { return [] }
    return errors.diagnostics
  }
}

extension Plan {
  /// The parameters by way of all settings of a trial.
  func resolvedParameters(of trial: Int) -> TrialParameters {
    resolvedSettings(of: trial).parameters
  }
}
