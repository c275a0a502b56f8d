/// Where a matrix of activations, weights or data lies in memory: columns side by side in SIMD lanes, cut into panels
/// of at most ``NetKernelSet/panel`` lanes, every panel row after row. Element (i, j) of panel p, which begins at lane
/// s and is w lanes wide, lies at s · rows + i · w + (j − s). Lanes beyond the last column are zero.
package struct PanelShape: Hashable, Sendable {
  /// Stored rows.
  package let rows: Int
  /// Columns that count.
  package let columns: Int
  /// `columns` rounded up to whole vectors.
  package let lanes: Int

  package init(rows: Int, columns: Int, vector: Int) {
    self.rows = rows
    self.columns = columns
    lanes = (columns + vector - 1) / vector * vector
  }

  package var count: Int { rows * lanes }
}

/// One matrix product C = A B, A(i, k) at `a + i · aRows.one + (k / inner) · aJump + (k mod inner) · aDepth`; B and C
/// lie in panels. Every element is start + Σ_k A(i, k) B(k, j), k ascending, one fused multiply-add for each term; then
/// what `end` says is done to it, before it leaves its register.
package struct Product {
  /// What C starts from.
  package enum Start { case zero, bias, accumulate }

  /// What is done to each sum s at its end, with the element o of `operand`: relu s; s · act′ with the derivative
  /// written with the activation o = act(z), 1 − o² for tanh, o > 0 for ReLU; or o ← o − η s, the sum itself not kept.
  package enum End { case none, relu, reluDerivative, tanhDerivative, descend }

  /// Multiples of a stride, so that the innermost loops have nothing to calculate.
  package struct Multiples {
    package let one: Int
    package let two: Int
    package let three: Int
    package let four: Int
    package let five: Int
    package let six: Int

    package init(of stride: Int) {
      one = stride
      two = 2 * stride
      three = 3 * stride
      four = 4 * stride
      five = 5 * stride
      six = 6 * stride
    }
  }

  /// Rows of C that are computed, from stored row `firstRow` on.
  package var rows: Int
  package var firstRow = 0
  /// Lanes of B and C.
  package var lanes: Int
  /// Stored rows of C and of B.
  package var cRows: Int
  package var bRows: Int
  /// The stored row of B that the first term takes.
  package var bFirstRow = 0
  /// The depth is cut into `blocks` blocks of `inner` (the last one of `last`).
  package var blocks = 1
  package var inner: Int
  package var last: Int
  package var a: UnsafeRawPointer
  package let aRows: Multiples
  package var aDepth: Int
  package var aJump = 0
  package var b: UnsafeRawPointer
  package var c: UnsafeMutableRawPointer
  package var start: Start
  /// One entry for each lane; read where `start` is `bias`.
  package var bias: UnsafeRawPointer
  package var end = End.none
  /// Laid out as C; written where `end` is `descend`.
  package var operand: UnsafeMutableRawPointer?
  /// −η; rounded to the element type once.
  package var factor = 0.0
  /// A ``Gathering`` that goes on after every tile of four rows or more.
  package var gathering: UnsafeMutableRawPointer?

  package init(
    rows: Int, lanes: Int, cRows: Int, bRows: Int, depth: Int, a: UnsafeRawPointer, aRow: Int, aDepth: Int,
    b: UnsafeRawPointer, c: UnsafeMutableRawPointer, start: Start, bias: UnsafeRawPointer
  ) {
    self.rows = rows
    self.lanes = lanes
    self.cRows = cRows
    self.bRows = bRows
    inner = depth
    last = depth
    self.a = a
    aRows = Multiples(of: aRow)
    self.aDepth = aDepth
    self.b = b
    self.c = c
    self.start = start
    self.bias = bias
  }
}

/// Functions applied to the sums of a layer.
package enum Activation: Hashable, Sendable, CaseIterable {
  case identity
  case tanh
  /// max(z, 0); not a number stays not a number. Its derivative at 0 is 0.
  case relu
}

/// Element-wise updates of weights. Raw values are shared with the kernels.
package enum UpdateRule: Int, Hashable, Sendable, CaseIterable {
  /// w ← w − η g.
  case gradientDescent = 0
  /// v ← m v + g; w ← w − η v.
  case heavyBall = 1
  /// w′ ← u − η g; u ← w′ + m (w′ − w′₋₁); u in the place of w, w′ in the first memory.
  case nesterov = 2
  /// v ← m v + g; w ← w − η (g + m v): the point that look-ahead implementations store.
  case nesterovLookahead = 3
  /// s ← s + g²; w ← w − η g/(√s + ε).
  case adaGrad = 4
  /// s ← ρ s + (1 − ρ) g²; w ← w − η g/(√s + ε).
  case rmsProp = 5
  /// v ← β₁ v + (1 − β₁) g; s ← β₂ s + (1 − β₂) g²; w ← w − η (v c₁)/(√(s c₂) + ε), c_i = 1/(1 − β_iᵗ).
  case adam = 6
}

/// The numbers of an update; each rounded to the element type once.
package struct UpdateNumbers {
  /// η.
  package var step: Double
  /// m or β₁.
  package var momentum: Double
  /// ρ or β₂.
  package var decay: Double
  package var epsilon: Double
  /// c₁ and c₂.
  package var firstCorrection: Double
  package var secondCorrection: Double

  package init(
    step: Double, momentum: Double = 0, decay: Double = 0, epsilon: Double = 0, firstCorrection: Double = 1,
    secondCorrection: Double = 1
  ) {
    self.step = step
    self.momentum = momentum
    self.decay = decay
    self.epsilon = epsilon
    self.firstCorrection = firstCorrection
    self.secondCorrection = secondCorrection
  }
}

/// A ``Product`` by its address.
package typealias ProductKernel = @convention(c) (_ product: UnsafeRawPointer) -> Void

/// z ← tanh z in place; `count` scalars, whole vectors.
package typealias TanhKernel = @convention(c) (_ count: Int, _ z: UnsafeMutableRawPointer) -> Void

/// sums ← sums + Σ_i x(i, ·), i ascending, over `rows` rows of panels with `stored` stored rows.
package typealias ColumnSumKernel =
  @convention(c) (
    _ rows: Int, _ stored: Int, _ lanes: Int, _ x: UnsafeRawPointer, _ sums: UnsafeMutableRawPointer
  ) -> Void

/// sums ← sums + Σ_i x(i, ·)², i ascending, each term one fused multiply-add.
package typealias SquareSumKernel = ColumnSumKernel

/// r = z − y; sums ← sums + r² by columns, rows ascending; z ← r · factor. `target` has `targetRows` stored rows.
package typealias SquaredErrorKernel =
  @convention(c) (
    _ rows: Int, _ stored: Int, _ lanes: Int, _ z: UnsafeMutableRawPointer, _ target: UnsafeRawPointer,
    _ targetRows: Int, _ factor: Double, _ sums: UnsafeMutableRawPointer
  ) -> Void

/// x ← exp(max(x, low)) in place, low = −700 in float64, −87 in float32; for x ≤ 0.
package typealias ExponentialKernel = @convention(c) (_ count: Int, _ x: UnsafeMutableRawPointer) -> Void

/// One update of `count` weights by an ``UpdateRule``; `numbers` is the address of an ``UpdateNumbers``.
package typealias UpdateKernel =
  @convention(c) (
    _ rule: Int, _ numbers: UnsafeRawPointer, _ count: Int, _ w: UnsafeMutableRawPointer, _ g: UnsafeRawPointer,
    _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer
  ) -> Void

/// y ← y + factor · x.
package typealias AddKernel =
  @convention(c) (_ factor: Double, _ count: Int, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer) -> Void

/// to(j, i) ← from(i, j); `from` has `rows` × `columns` elements in panels of `fromLanes` lanes, `to` of `toLanes`,
/// whose lanes beyond the last row become zero.
package typealias TransposeKernel =
  @convention(c) (
    _ rows: Int, _ columns: Int, _ fromLanes: Int, _ toLanes: Int, _ from: UnsafeRawPointer,
    _ to: UnsafeMutableRawPointer
  ) -> Void

/// Moves all that a ``Gathering`` has left, by its address.
package typealias GatherKernel = @convention(c) (_ gathering: UnsafeMutableRawPointer) -> Void

/// The kernels of nets for one element type.
package struct NetKernelSet: Sendable {
  /// Lanes of one vector.
  package let vector: Int
  /// Most lanes of one panel: a power of two of vectors.
  package let panel: Int
  package let product: ProductKernel
  package let tanh: TanhKernel
  package let columnSums: ColumnSumKernel
  package let squareSums: SquareSumKernel
  package let squaredError: SquaredErrorKernel
  package let exponential: ExponentialKernel
  package let update: UpdateKernel
  package let add: AddKernel
  package let transpose: TransposeKernel
  package let gather: GatherKernel

  package init(
    vector: Int, panel: Int, product: ProductKernel, tanh: TanhKernel,
    columnSums: ColumnSumKernel, squareSums: SquareSumKernel, squaredError: SquaredErrorKernel,
    exponential: ExponentialKernel, update: UpdateKernel, add: AddKernel, transpose: TransposeKernel,
    gather: GatherKernel
  ) {
    self.vector = vector
    self.panel = panel
    self.product = product
    self.tanh = tanh
    self.columnSums = columnSums
    self.squareSums = squareSums
    self.squaredError = squaredError
    self.exponential = exponential
    self.update = update
    self.add = add
    self.transpose = transpose
    self.gather = gather
  }
}

/// The net kernels of one instruction set.
package struct NetKernelTable: Sendable {
  package let float64: NetKernelSet
  package let float32: NetKernelSet

  package init(float64: NetKernelSet, float32: NetKernelSet) {
    self.float64 = float64
    self.float32 = float32
  }
}
