import RavineSweeps

/// What this program is, for provenance and the handshake of workers.
enum BuildIdentity {
  static let version = "0.1.0"

  /// Coordinator and workers of one run must agree on this.
  static let build = "\(version)+\(Plan.kernelVersion)"
}
