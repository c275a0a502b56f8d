import RavineLanes
import RavineLanesBaseline
import RavineLanesV3
import RavineLanesV4

extension KernelTable {
  /// The net kernels of this table's instruction set.
  var nets: NetKernelTable {
    switch instructionSet {
    case "x86-64-v4": RavineLanesV4.netKernelTable()
    case "x86-64-v3": RavineLanesV3.netKernelTable()
    default: RavineLanesBaseline.netKernelTable()
    }
  }
}

/// An element type in which nets can step.
protocol NetScalar: LaneScalar {
  static func netKernels(of table: KernelTable) -> NetKernelSet
  /// tanh z by the operations of the kernels.
  static func hyperbolicTangent(_ z: Self) -> Self
  /// exp(max(x, low)) by the operations of the kernels.
  static func exponential(_ x: Self) -> Self
}

extension Double: NetScalar {
  static func netKernels(of table: KernelTable) -> NetKernelSet { table.nets.float64 }
}

extension Float: NetScalar {
  static func netKernels(of table: KernelTable) -> NetKernelSet { table.nets.float32 }
}

extension NetKernelSet {
  /// Lanes of the panel that begins with `left` lanes to go.
  func panelWidth(_ left: Int) -> Int {
    var width = panel
    while width > max(left, vector) { width /= 2 }
    return width
  }

  func shape(rows: Int, columns: Int) -> PanelShape { PanelShape(rows: rows, columns: columns, vector: vector) }
}

extension PanelShape {
  /// Calls `body` with every panel's first lane, its width and its columns that count.
  @inline(__always)
  func forEachPanel(_ kernels: NetKernelSet, _ body: (_ start: Int, _ width: Int, _ used: Int) -> Void) {
    var start = 0
    while start < lanes {
      let width = kernels.panelWidth(lanes - start)
      body(start, width, min(width, columns - start))
      start += width
    }
  }

  /// Where column `j` stands: its panel's first lane and width.
  func place(_ j: Int, _ kernels: NetKernelSet) -> (start: Int, width: Int) {
    var start = 0
    while true {
      let width = kernels.panelWidth(lanes - start)
      if j < start + width { return (start, width) }
      start += width
    }
  }

  /// Copies a row-major matrix of `rows` × `columns` numbers into panels; padding is left as it is.
  func write<Scalar: LaneScalar>(
    _ kernels: NetKernelSet, to memory: UnsafeMutablePointer<Scalar>, _ value: (_ row: Int, _ column: Int) -> Scalar
  ) {
    forEachPanel(kernels) { start, width, used in
      let base = memory + start * rows
      for i in 0..<rows { for j in 0..<used { base[i * width + j] = value(i, start + j) } }
    }
  }

  /// Calls `body` with every element that counts, in no order that a result may depend on.
  func read<Scalar: LaneScalar>(
    _ kernels: NetKernelSet, from memory: UnsafePointer<Scalar>, _ body: (_ row: Int, _ column: Int, Scalar) -> Void
  ) {
    forEachPanel(kernels) { start, width, used in
      let base = memory + start * rows
      for i in 0..<rows { for j in 0..<used { body(i, start + j, base[i * width + j]) } }
    }
  }
}
