extension Design {
  /// X ← X Qᵀ with a random orthogonal Q: the product of d reflections along standard normal directions, keyed by the
  /// seed, which is uniform over all of them but for their order (Stewart 1980). Targets stay. Before the bias column.
  mutating func rotate(seed: UInt64) {
    expand()
    for order in 0..<features {
      let random = RandomStream(seed: seed, stream: 23 << 32 | UInt64(order))
      // The first `order` entries rest, as in a QR factorisation.
      let v = (0..<features).map { $0 < order ? 0 : random.normal(at: UInt64($0)) }
      var square = 0.0
      for entry in v { square += entry * entry }
      let product = ColumnMatrix(rows: inputs.rows, columns: 1)
      for j in order..<features {
        ColumnKernels.add(v[j], inputs.column(j), to: product.column(0), blocks: inputs.blocks)
      }
      for j in order..<features {
        ColumnKernels.add(-2 * v[j] / square, product.column(0), to: inputs.column(j), blocks: inputs.blocks)
      }
    }
    weights = []
  }
}
