import RavineDescent

/// How the points of a sweep are chosen.
package enum Search: Hashable, Sendable {
  case grid
  case sampled(SamplingMethod, points: Int, seed: UInt64)

  /// As in the file.
  var canonicalText: String {
    switch self {
    case .grid: "grid"
    case .sampled(let method, let points, let seed): "\(method.rawValue) points \(points) seed \(seed)"
    }
  }
}

package enum SamplingMethod: String, Hashable, Sendable, CaseIterable {
  /// Independent uniform draws.
  case random
  /// Joe–Kuo Sobol points in Gray-code order, shifted by a seeded digital shift (exclusive or) in each dimension.
  case sobol
  /// In each dimension every one of `points` equal intervals holds exactly one point.
  case latinHypercube = "latin-hypercube"

  /// The most axes it can sample.
  var dimensionLimit: Int { self == .sobol ? SobolTable.dimensions : 1_024 }
}

/// Points of the unit cube, each coordinate found by its numbers.
struct Sampler: Sendable {
  let method: SamplingMethod
  let points: Int
  private let streams: [RandomStream]
  private let permutations: [Permutation]

  /// Streams of the search are kept apart from those of the data by the upper half of their number.
  private static let streamBase: UInt64 = 0x5357_4550 << 32

  init(_ method: SamplingMethod, points: Int, seed: UInt64, dimensions: Int) {
    self.method = method
    self.points = points
    streams = (0..<dimensions).map { RandomStream(seed: seed, stream: Self.streamBase + 2 * UInt64($0)) }
    permutations =
      method == .latinHypercube
      ? (0..<dimensions).map {
        Permutation(
          count: points, stream: RandomStream(seed: seed, stream: Self.streamBase + 2 * UInt64($0) + 1))
      } : []
  }

  /// Coordinate in [0, 1).
  func coordinate(_ dimension: Int, of point: Int) -> Double {
    switch method {
    case .random: return streams[dimension].uniform(at: UInt64(point))
    case .sobol:
      let shift = streams[dimension].bits(at: 0)
      let fraction = SobolTable.fraction(of: UInt64(point), dimension: dimension) ^ shift
      return Double(fraction >> 11) * 0x1p-53
    case .latinHypercube:
      let stratum = Double(permutations[dimension](point))
      let count = Double(points)
      let value = (stratum + streams[dimension].uniform(at: UInt64(point))) / count
      return max(stratum / count, min(value, ((stratum + 1) / count).nextDown))
    }
  }
}
