import RavineZeroMQ

/// What it takes to admit workers of other machines: where to listen and what to tell them.
package struct Listening: Sendable {
  package var address: ListenAddress
  /// Hosts or addresses to tell workers, with or without ports, in place of this machine's own.
  package var advertise: [String]

  package init(address: ListenAddress, advertise: [String] = []) {
    self.address = address
    self.advertise = advertise
  }

  /// The door for those whose keys are in `access`, with the coordinator's own `keys`.
  func door(_ access: AccessFolder, _ keys: CurveKeyPair) throws(RuntimeError) -> RemoteDoor {
    let before = (try? JoinFile.read(access.joinFile("worker")))?.endpoints.compactMap { endpoint in
      ListenAddress.split(endpoint)?.port.flatMap { Int($0) }
    }
    return RemoteDoor(
      candidates: try address.candidates(addresses: HostAddress.all(), before: before?.first), keys: keys,
      allowed: try access.allowList())
  }

  /// What to write into join files for a coordinator that listens at `endpoint`.
  func endpoints(bound endpoint: String) throws(RuntimeError) -> [String] {
    let all = try ListenAddress.advertised(bound: endpoint, advertise: advertise, addresses: HostAddress.all())
    return Array(all.prefix(JoinFile.mostEndpoints - 1))
  }
}
