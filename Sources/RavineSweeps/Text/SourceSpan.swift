/// A place in the sweep file: line and column count from 1, column and length in Unicode scalars.
package struct SourceSpan: Hashable, Sendable {
  package var line: Int
  package var column: Int
  package var length: Int

  package init(line: Int, column: Int, length: Int = 1) {
    self.line = line
    self.column = column
    self.length = length
  }

  /// The file as a whole: shown without a line.
  package static let file = SourceSpan(line: 0, column: 0, length: 0)
}
