/// Rows of a matrix in panels on their way to the front of other panels, piece by piece: a piece is one row of one
/// panel. A product moves one after each of its larger tiles, and fetches another that is some pieces ahead into the
/// cache, so that no arithmetic waits for memory that is far away.
package struct Gathering {
  package struct Panel {
    /// Where the panel's first row lies, and where the first of the gathered rows is to lie.
    package var source: UnsafeRawPointer
    package var target: UnsafeMutableRawPointer
    /// Bytes of a row, in whole vectors.
    package var rowBytes: Int

    package init(source: UnsafeRawPointer, target: UnsafeMutableRawPointer, rowBytes: Int) {
      self.source = source
      self.target = target
      self.rowBytes = rowBytes
    }
  }

  /// A piece by its number among the gathered rows and its panel's.
  package struct Place {
    package var row = 0
    package var panel = 0
  }

  package var panels: UnsafePointer<Panel>
  package var panelCount: Int
  /// The numbers of the rows, each of a stored row.
  package var rows: UnsafePointer<Int>
  package var rowCount: Int
  /// The next piece to be fetched, and to be copied.
  package var ahead = Place()
  package var next = Place()
  /// Pieces that were fetched.
  package var fetched = 0

  package init(panels: UnsafePointer<Panel>, panelCount: Int, rows: UnsafePointer<Int>, rowCount: Int) {
    self.panels = panels
    self.panelCount = rowCount > 0 ? panelCount : 0
    self.rows = rows
    self.rowCount = rowCount
  }
}
