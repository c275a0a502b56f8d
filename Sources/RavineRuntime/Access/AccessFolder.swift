import Glibc
import RavineZeroMQ

/// The keys of a coordinator, beside the run's file: who it is, whom it lets in, and the join files to hand out.
///
///     NAME.access/          0700
///       server.key          the coordinator's secret key
///       allowed             the allow-list
///       worker.join …       one join file for each key that was made here
package struct AccessFolder: Sendable, Equatable {
  package let path: String

  static let suffix = ".access"
  /// The keys that every run has.
  static let standard: [(name: String, role: KeyRole)] = [("worker", .worker), ("admin", .admin)]

  /// The folder that belongs to a run's file.
  package init(runFile: String) {
    path = (runFile.hasSuffix(".sqlite") ? String(runFile.dropLast(7)) : runFile) + Self.suffix
  }

  package func joinFile(_ name: String) -> String { "\(path)/\(name).join" }
  package var allowListFile: String { path + "/allowed" }
  private var serverKeyFile: String { path + "/server.key" }

  /// Makes the folder with its keys, where they are missing.
  ///
  /// - Returns: the coordinator's keys.
  package func prepare(run: String) throws(RuntimeError) -> CurveKeyPair {
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw RuntimeError(.cannotCreate, "cannot create the folder `\(path)`: \(RuntimeError.words(for: errno))")
    }
    return try locked { () throws(RuntimeError) in
      let server = try serverKeys()
      var list = try allowList()
      for (name, role) in Self.standard where access(joinFile(name), F_OK) != 0 {
        list = AllowList(list.keys.filter { $0.name != name })
        list = try make(name, role, run: run, server: server, endpoints: [], list)
      }
      return server
    }
  }

  private func serverKeys() throws(RuntimeError) -> CurveKeyPair {
    if access(serverKeyFile, F_OK) == 0 {
      let text = try PrivateFile.read(serverKeyFile)
      guard let key = CurveKey(hexadecimal: text.filter { !$0.isWhitespace }) else {
        throw RuntimeError(
          .badData, "`\(serverKeyFile)` holds no key", help: "remove `\(path)` to make new keys for everybody")
      }
      return try AccessFolder.crypto { () throws(ZeroMQError) in try CurveKeyPair(secretKey: key) }
    }
    let made = try AccessFolder.crypto { () throws(ZeroMQError) in try CurveKeyPair.generate() }
    try PrivateFile.write(made.secretKey.hexadecimal + "\n", to: serverKeyFile)
    return made
  }

  package func allowList() throws(RuntimeError) -> AllowList {
    guard access(allowListFile, F_OK) == 0 else { return AllowList() }
    return try AllowList(text: PrivateFile.read(allowListFile), path: allowListFile)
  }

  /// Makes a key and its join file.
  ///
  /// - Returns: the path of the join file.
  package func add(_ name: String, _ role: KeyRole, run: String) throws(RuntimeError) -> String {
    _ = try prepare(run: run)
    return try locked { () throws(RuntimeError) in
      let list = try allowList()
      guard !list.keys.contains(where: { $0.name == name }) else {
        throw RuntimeError(
          .cannotCreate, "there is a key `\(name)` already", help: "ravine keys revoke \(name), or choose another name")
      }
      let known = (try? JoinFile.read(joinFile("worker")))?.endpoints ?? []
      _ = try make(name, role, run: run, server: serverKeys(), endpoints: known, list)
      return joinFile(name)
    }
  }

  /// Takes a key out of the allow-list, and its join file away. A running coordinator follows at once.
  package func revoke(_ name: String) throws(RuntimeError) {
    try locked { () throws(RuntimeError) in
      let list = try allowList()
      guard list.keys.contains(where: { $0.name == name }) else {
        let names = list.keys.map(\.name).joined(separator: ", ")
        throw RuntimeError(.inputMissing, "there is no key `\(name)` in `\(path)`", help: "the keys are: \(names)")
      }
      try PrivateFile.write(AllowList(list.keys.filter { $0.name != name }).text, to: allowListFile)
      unlink(joinFile(name))
    }
  }

  /// Writes into every join file where the coordinator is now.
  ///
  /// - Parameters:
  ///   - remote: endpoints for all.
  ///   - local: an endpoint of this machine, for those who operate the run; nil when there is none any more.
  ///   - isOver: whether the run is complete, so that who comes late leaves at once.
  package func publish(_ remote: [String], local: String?, isOver: Bool = false) throws(RuntimeError) {
    try locked { () throws(RuntimeError) in
      for key in try allowList().keys where access(joinFile(key.name), F_OK) == 0 {
        var file = try JoinFile.read(joinFile(key.name))
        file.endpoints = (key.role == .admin ? local.map { [$0] } ?? [] : []) + remote
        file.isOver = isOver
        try PrivateFile.write(file.text, to: joinFile(key.name))
      }
    }
  }

  /// Removes the folder, unless somebody was given a key.
  package func removeUnused() {
    guard let list = try? allowList(), list.keys.map(\.name) == Self.standard.map(\.name) else { return }
    for (name, _) in Self.standard { unlink(joinFile(name)) }
    unlink(allowListFile)
    unlink(serverKeyFile)
    rmdir(path)
  }

  package var exists: Bool { Glibc.access(path, F_OK) == 0 }

  private func make(
    _ name: String, _ role: KeyRole, run: String, server: CurveKeyPair, endpoints: [String], _ list: AllowList
  ) throws(RuntimeError) -> AllowList {
    let keys = try AccessFolder.crypto { () throws(ZeroMQError) in try CurveKeyPair.generate() }
    let file = JoinFile(
      run: run, role: role, name: name, serverKey: server.publicKey, keys: keys, endpoints: endpoints)
    let extended = AllowList(list.keys + [AllowedKey(role: role, name: name, publicKey: keys.publicKey)])
    try PrivateFile.write(file.text, to: joinFile(name))
    try PrivateFile.write(extended.text, to: allowListFile)
    return extended
  }

  /// One process at a time changes the folder.
  private func locked<R>(_ body: () throws(RuntimeError) -> R) throws(RuntimeError) -> R {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else {
      throw RuntimeError(.inputMissing, "cannot open the folder `\(path)`: \(RuntimeError.words(for: errno))")
    }
    defer { close(folder) }
    while flock(folder, LOCK_EX) != 0, errno == EINTR {}
    return try body()
  }

  private static func crypto<R>(_ body: () throws(ZeroMQError) -> R) throws(RuntimeError) -> R {
    do {
      return try body()
    } catch {
      throw RuntimeError(.nobodyThere, error.description)
    }
  }
}
