import RavineSweeps

/// A plan's axes, and after them its metrics, as the store's and the reports' columns.
package struct PlanAxes: TrialAxes {
  package let plan: Plan
  package let axes: [StoredAxis]

  package init(_ plan: Plan) {
    self.plan = plan
    axes =
      plan.axes.map { StoredAxis(path: $0.path, kind: Self.kind($0.path)) }
      + plan.sweep.metrics.map { StoredAxis(path: $0.column, kind: .metric) }
  }

  /// Steps are text where they are multiples of 1/L, numbers otherwise; a column holds both.
  private static func kind(_ path: String) -> StoredAxis.Kind {
    switch SettingPath(name: path)?.setting.form {
    case .number, .integer, .seed, .numberOrWord, .integerOrWord, .integerOrIntegers: .number
    default: .text
    }
  }

  package func values(of trial: Int) -> [AxisCell] {
    plan.axisValues(of: trial).map { value in
      switch value {
      case .number(let number): .number(number)
      case .text(let text): .text(text)
      case nil: .absent
      }
    }
  }

  package func problem(of trial: Int) -> Int { plan.problem(of: trial) }
}
