import CZeroMQ

/// A Curve25519 key of CURVE connections (ZeroMQ RFC 26), public or secret.
///
/// Written as 64 hexadecimal digits: libzmq's own Z85 has characters that shells and YAML read as theirs.
package struct CurveKey: Hashable, Sendable {
  /// 32 bytes.
  let bytes: [UInt8]

  /// - Returns: nil unless `text` is 64 hexadecimal digits.
  package init?(hexadecimal text: some StringProtocol) {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: 64, by: 2) {
      guard let high = digits[place], let low = digits[place + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    self.bytes = bytes
  }

  /// - Returns: nil unless there are 32 bytes.
  init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// - Parameter z85: 40 characters as libzmq makes them.
  fileprivate init?(z85: [CChar]) {
    var bytes = [UInt8](repeating: 0, count: 32)
    guard zmq_z85_decode(&bytes, z85) != nil else { return nil }
    self.bytes = bytes
  }

  package var hexadecimal: String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// Whether the key stands in libzmq's manual, and so is everybody's.
  package var isPublished: Bool { Self.published.contains(hexadecimal) }

  /// The four keys of zmq_curve(7), section "Test key values".
  private static let published: Set<String> = [
    "bb88471d65e2659b30c55a5321cebb5aab2b70a398645c26dca2b2fcb43fc518",
    "7bb864b489afa3671fbe69101f94b38972f24816dfb01b51656b3fec8dfd0888",
    "54fcba24e93249969316fb617c872bb0c1d1ff14800427c594cbfacf1bc2d652",
    "8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7",
  ]
}

/// A public key and its secret, which no description shows.
package struct CurveKeyPair: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
  package let publicKey: CurveKey
  package let secretKey: CurveKey

  /// A new pair from the operating system's randomness.
  package static func generate() throws(ZeroMQError) -> CurveKeyPair {
    var publicText = [CChar](repeating: 0, count: 41)
    var secretText = [CChar](repeating: 0, count: 41)
    guard zmq_curve_keypair(&publicText, &secretText) == 0 else {
      throw ZeroMQError.last("make a key pair (this libzmq may have been built without CURVE)")
    }
    guard let publicKey = CurveKey(z85: publicText), let secretKey = CurveKey(z85: secretText) else {
      throw ZeroMQError(operation: "make a key pair", code: 0, reason: "libzmq made no key")
    }
    return CurveKeyPair(publicKey: publicKey, secretKey: secretKey)
  }

  private init(publicKey: CurveKey, secretKey: CurveKey) {
    self.publicKey = publicKey
    self.secretKey = secretKey
  }

  /// The pair of a secret key.
  package init(secretKey: CurveKey) throws(ZeroMQError) {
    var secretText = [CChar](repeating: 0, count: 41)
    var publicText = [CChar](repeating: 0, count: 41)
    guard zmq_z85_encode(&secretText, secretKey.bytes, 32) != nil,
      zmq_curve_public(&publicText, secretText) == 0, let publicKey = CurveKey(z85: publicText)
    else { throw ZeroMQError.last("derive a public key") }
    self.init(publicKey: publicKey, secretKey: secretKey)
  }

  package var description: String { "key pair of \(publicKey.hexadecimal)" }
  package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey.hexadecimal]) }
}
