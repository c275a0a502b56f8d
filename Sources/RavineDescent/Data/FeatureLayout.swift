/// How the features of a data set lie on the stored columns of a ``Design``.
enum FeatureLayout {
  /// One stored column for each feature.
  case separate
  /// One stored column for each group of exchangeable features.
  case grouped(FeatureGroups)
  /// No stored columns: uncorrelated features of the given variances and mean zero (population-exact only).
  case diagonal([Double])
}

/// Groups of features that may be exchanged without changing H: bitwise equal columns, or equally correlated features.
///
/// Group g has s features and one stored column c, standing for each of them. Its part of H is c·c/n everywhere plus
/// `residual[g]` · (I − 11ᵀ/s): every contrast (a direction whose entries sum to zero over the group) is an eigenvector
/// with eigenvalue `residual[g]`; what is left is the one direction 1/√s with column √s · c. Residual 0 are duplicates.
struct FeatureGroups {
  /// Features of all groups, group after group.
  private(set) var members: [Int] = []
  private var starts: [Int] = [0]
  var residual: [Double] = []

  var count: Int { residual.count }

  mutating func append(_ features: some Sequence<Int>, residual value: Double) {
    members.append(contentsOf: features)
    starts.append(members.count)
    residual.append(value)
  }

  subscript(group: Int) -> ArraySlice<Int> { members[starts[group]..<starts[group + 1]] }

  func size(_ group: Int) -> Int { starts[group + 1] - starts[group] }
}
