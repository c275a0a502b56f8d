import ArgumentParser
import Glibc
import RavineRuntime

/// Whether, and where, workers of other machines may come.
struct ListenOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Also admit workers of other machines: tcp://HOST:PORT, HOST an address, a name, an interface or *, PORT a \
      number, LOW-HIGH or * (by default 7787-7886). Every connection is encrypted and needs a key.
      """,
      valueName: "endpoint"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "What to tell workers instead of this machine's own addresses: HOST or HOST:PORT or interfaces, with commas.",
      valueName: "list"))
  var advertise: String?

  func validate() throws {
    if let listen, ListenAddress(listen) == nil {
      throw ValidationError("--listen must be tcp://HOST:PORT or tcp://HOST:LOW-HIGH, such as tcp://*:7787-7886")
    }
  }

  func check(isListening: Bool) throws {
    if advertise != nil, !isListening { throw ValidationError("--advertise goes with --listen") }
  }

  /// - Parameter always: listen on all interfaces where nothing is said.
  func listening(always: Bool = false) -> Listening? {
    guard let address = (listen ?? (always ? "tcp://*" : nil)).flatMap({ ListenAddress($0) }) else { return nil }
    let hosts = (advertise ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
    return Listening(address: address, advertise: hosts)
  }

  /// The options again, for a command to type.
  var words: [String] {
    (listen.map { ["--listen", $0] } ?? []) + (advertise.map { ["--advertise", $0] } ?? [])
  }

  /// What to do with a join file.
  static func announcement(_ path: String) -> String {
    let whole = absolute(path)
    return "workers of other machines may join; where they see this file (otherwise copy it, it is a secret):\n"
      + "  ravine worker --join \(whole)"
  }

  private static func absolute(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
