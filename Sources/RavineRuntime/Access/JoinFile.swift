import RavineZeroMQ

/// All that somebody needs to reach a coordinator and be let in: `ravine worker --join FILE`.
///
/// The file is secret: who has it has its role. Text, one word and its value on each line:
///
///     ravine-join 1
///     run 6f1c…              the run's id
///     role worker
///     name worker            the key's name in the allow-list
///     server 54fc…           the coordinator's public key, in hexadecimal
///     secret 8e0b…           the secret key of this file, in hexadecimal
///     state over             only once the run is complete: nobody need connect any more
///     endpoint tcp://10.1.0.4:7787     as many as there are ways to the coordinator, the likeliest first
package struct JoinFile: Equatable, Sendable {
  package var run: String
  package var role: KeyRole
  package var name: String
  package var serverKey: CurveKey
  package var keys: CurveKeyPair
  package var endpoints: [String]
  /// Whether the run is complete.
  package var isOver = false

  static let mostEndpoints = 64

  init(run: String, role: KeyRole, name: String, serverKey: CurveKey, keys: CurveKeyPair, endpoints: [String]) {
    self.run = run
    self.role = role
    self.name = name
    self.serverKey = serverKey
    self.keys = keys
    self.endpoints = endpoints
  }

  package static func read(_ path: String) throws(RuntimeError) -> JoinFile {
    try JoinFile(text: PrivateFile.read(path), path: path)
  }

  package init(text: String, path: String) throws(RuntimeError) {
    func wrong(_ line: Int, _ reason: String) -> RuntimeError {
      RuntimeError(
        .badData, "\(reason)\n  --> \(path):\(line):1",
        help: "copy the join file again from the folder of the run; it is written anew whenever a coordinator starts")
    }
    var fields: [String: String] = [:]
    var endpoints: [String] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.isEmpty { continue }
      guard words.count == 2 else { throw wrong(number + 1, "a line of a join file is a word and its value") }
      if number == 0, words[0] != "ravine-join" { throw wrong(1, "this is not a join file") }
      if number == 0, words[1] != "1" { throw wrong(1, "this join file is of version \(words[1]), not 1") }
      if words[0] == "endpoint" {
        endpoints.append(String(words[1]))
      } else if fields.updateValue(String(words[1]), forKey: String(words[0])) != nil {
        throw wrong(number + 1, "`\(words[0])` is given twice")
      }
    }
    guard fields["ravine-join"] != nil else { throw wrong(1, "this is not a join file") }
    guard let run = fields["run"], let name = fields["name"], AllowedKey.isName(name) else {
      throw wrong(1, "the join file lacks `run` or `name`")
    }
    guard let role = fields["role"].flatMap(KeyRole.init) else { throw wrong(1, "the join file lacks a known `role`") }
    guard let server = fields["server"].flatMap({ CurveKey(hexadecimal: $0) }),
      let secret = fields["secret"].flatMap({ CurveKey(hexadecimal: $0) })
    else { throw wrong(1, "the join file lacks a key: `server` and `secret` are 64 hexadecimal digits each") }
    guard endpoints.count <= Self.mostEndpoints else { throw wrong(1, "the join file has too many endpoints") }
    let keys: CurveKeyPair
    do {
      keys = try CurveKeyPair(secretKey: secret)
    } catch {
      throw wrong(1, error.description)
    }
    guard [nil, "over"].contains(fields["state"]) else { throw wrong(1, "the join file has an unknown `state`") }
    self.init(run: run, role: role, name: name, serverKey: server, keys: keys, endpoints: endpoints)
    isOver = fields["state"] != nil
  }

  var text: String {
    var lines = [
      "ravine-join 1", "run \(run)", "role \(role.rawValue)", "name \(name)", "server \(serverKey.hexadecimal)",
      "secret \(keys.secretKey.hexadecimal)",
    ]
    if isOver { lines.append("state over") }
    lines += endpoints.map { "endpoint \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }
}
