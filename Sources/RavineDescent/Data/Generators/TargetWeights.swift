extension Target {
  /// w* for `count` features.
  func weights(count: Int, seed: UInt64) -> [Double] {
    let stream = RandomStream(seed: seed, stream: DrawStream.weights.number)
    return (0..<count).map { i in
      switch self {
      case .ones: 1
      case .alternating: i % 2 == 0 ? 1 : -1
      case .first: i == 0 ? 1 : 0
      case .ramp: Double(i + 1) / Double(count)
      case .harmonic: 1 / Double(i + 1)
      case .cosine: Elementary.cos(Double(i + 1))
      case .random: stream.normal(at: UInt64(truncatingIfNeeded: i))
      }
    }
  }
}
