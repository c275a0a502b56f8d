import RavineDescent

/// What each digit of the trial axes of a rectangle does to the parameters, decoded in advance.
final class PatchTable: Sendable {
  private struct Column: Sendable {
    /// Trials between neighbouring digits.
    var divisor: Int
    var size: Int
    /// Its first patch.
    var offset: Int
  }

  /// In the order of the axes.
  private let columns: [Column]
  /// The first column of each axis, and their number at the end.
  private let starts: [Int]
  private let patches: [ParameterPatch]

  /// nil where an axis has no decoded patches.
  init?(_ axes: [BlockAxis]) {
    var columns: [Column] = []
    var patches: [ParameterPatch] = []
    var starts = [0]
    for (index, axis) in axes.enumerated() {
      let divisor = axes[(index + 1)...].reduce(1) { $0 &* $1.size }
      for column in axis.columns {
        guard column.patches.count == axis.size else { return nil }
        columns.append(Column(divisor: divisor, size: axis.size, offset: patches.count))
        patches += column.patches
      }
      starts.append(columns.count)
    }
    self.columns = columns
    self.starts = starts
    self.patches = patches
  }

  /// Applies one digit of one axis.
  func apply(_ digit: Int, of axis: Int, to parameters: inout TrialParameters) {
    for index in starts[axis]..<starts[axis + 1] {
      patches[columns[index].offset + digit].apply(to: &parameters)
    }
  }

  /// Applies all digits of a trial of a rectangle that nothing is left out of.
  @inline(__always)
  func apply(_ trial: Int, to parameters: inout TrialParameters) {
    columns.withUnsafeBufferPointer { columns in
      patches.withUnsafeBufferPointer { patches in
        for column in columns {
          patches[column.offset + trial / column.divisor % column.size].apply(to: &parameters)
        }
      }
    }
  }
}
