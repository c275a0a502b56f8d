extension Design {
  /// H = XᵀX/n + l2 · diag(1, …, 1, 0 for the bias), row-major d × d, exactly symmetric.
  func hessian(l2: Double) -> [Double] {
    let stored = inputs.columns
    let dimension = features + (hasBias ? 1 : 0)
    var products = [Double](repeating: 0, count: stored * stored)
    for a in 0..<stored {
      for b in a..<stored {
        let value = ColumnKernels.dot(inputs.column(a), inputs.column(b), blocks: inputs.blocks) / divisor
        products[a * stored + b] = value
        products[b * stored + a] = value
      }
    }
    switch layout {
    case .separate: break
    case .grouped(let groups): products = grouped(products, groups)
    case .diagonal(let variances):
      let bias = products.last
      products = [Double](repeating: 0, count: dimension * dimension)
      for (j, variance) in variances.enumerated() { products[j * dimension + j] = variance }
      if let bias { products[dimension * dimension - 1] = bias }
    }
    if l2 > 0 { for j in 0..<features { products[j * dimension + j] += l2 } }
    return products
  }

  private func grouped(_ products: [Double], _ groups: FeatureGroups) -> [Double] {
    let stored = inputs.columns
    let dimension = features + (hasBias ? 1 : 0)
    var place = [Int](repeating: stored - 1, count: dimension)
    for g in 0..<groups.count { for j in groups[g] { place[j] = g } }
    var entries = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension {
      for j in 0..<dimension {
        var value = products[place[i] * stored + place[j]]
        if place[i] == place[j], i < features {
          let share = 1 / Double(groups.size(place[i]))
          value += groups.residual[place[i]] * (i == j ? 1 - share : -share)
        }
        entries[i * dimension + j] = value
      }
    }
    return entries
  }

  /// Xᵀy/n.
  func linear() -> [Double] {
    let stored = (0..<inputs.columns).map {
      ColumnKernels.dot(inputs.column($0), targets.column(0), blocks: inputs.blocks) / divisor
    }
    var entries: [Double]
    switch layout {
    case .separate: return stored
    case .diagonal(let variances): entries = variances.indices.map { variances[$0] * weights[$0] }
    case .grouped(let groups):
      entries = [Double](repeating: 0, count: features)
      for g in 0..<groups.count {
        let mean = groupMean(weights, groups, g)
        for j in groups[g] {
          entries[j] = stored[g] + (groups.residual[g] > 0 ? groups.residual[g] * (weights[j] - mean) : 0)
        }
      }
    }
    if hasBias, let bias = stored.last { entries.append(bias) }
    return entries
  }

  private func groupMean(_ values: [Double], _ groups: FeatureGroups, _ g: Int) -> Double {
    guard groups.residual[g] > 0 else { return 0 }
    return groups[g].reduce(0) { $0 + values[$1] } / Double(groups.size(g))
  }

  /// f(w).
  func loss(at w: [Double], l2: Double) -> Double {
    let residual = targets.copy()
    let r = residual.column(0)
    var beyond = 0.0
    for index in 0..<inputs.columns {
      let weight = storedWeight(index, w)
      if weight != 0 { ColumnKernels.add(-weight, inputs.column(index), to: r, blocks: inputs.blocks) }
    }
    switch layout {
    case .separate: break
    case .diagonal(let variances):
      for j in 0..<features { beyond += variances[j] * (w[j] - weights[j]) * (w[j] - weights[j]) }
    case .grouped(let groups):
      for g in 0..<groups.count where groups.residual[g] > 0 {
        let mean = groupMean(w, groups, g) - groupMean(weights, groups, g)
        for j in groups[g] {
          let deviation = (w[j] - weights[j]) - mean
          beyond += groups.residual[g] * deviation * deviation
        }
      }
    }
    let squares = ColumnKernels.dot(r, r, blocks: residual.blocks) / divisor
    let penalty = l2 > 0 ? l2 * w.prefix(features).reduce(0) { $0 + $1 * $1 } : 0
    return 0.5 * (squares + beyond + penalty)
  }

  /// What multiplies stored column `index` in X w: the weight of its feature, or the sum over the group.
  private func storedWeight(_ index: Int, _ w: [Double]) -> Double {
    switch layout {
    case .separate: return w[index]
    case .diagonal: return w[features]
    case .grouped(let groups):
      return index < groups.count ? groups[index].reduce(0) { $0 + w[$1] } : w[features]
    }
  }
}
