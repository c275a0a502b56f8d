import RavineZeroMQ

/// What it takes to admit workers of other machines: where to listen, what to tell them, and whose keys to accept.
package struct Listening: Sendable {
  package var address: ListenAddress
  /// Hosts or addresses to tell workers, with or without ports, in place of this machine's own.
  package var advertise: [String]
  package var access: AccessFolder

  package init(address: ListenAddress, advertise: [String] = [], access: AccessFolder) {
    self.address = address
    self.advertise = advertise
    self.access = access
  }

  /// Makes the keys where they are missing and reads them.
  func door(run: String) throws(RuntimeError) -> RemoteDoor {
    let keys = try access.prepare(run: run)
    let before = (try? JoinFile.read(access.joinFile("worker")))?.endpoints.compactMap { endpoint in
      ListenAddress.split(endpoint)?.port.flatMap { Int($0) }
    }
    return RemoteDoor(
      candidates: try address.candidates(addresses: HostAddress.all(), before: before?.first), keys: keys,
      allowed: try access.allowList())
  }

  /// Writes the join files for a coordinator that listens at `endpoint`.
  ///
  /// - Returns: the path of the workers' join file.
  func publish(_ endpoint: String, local: String) throws(RuntimeError) -> String {
    let all = try ListenAddress.advertised(bound: endpoint, advertise: advertise, addresses: HostAddress.all())
    try access.publish(Array(all.prefix(JoinFile.mostEndpoints - 1)), local: local)
    return access.joinFile("worker")
  }
}
