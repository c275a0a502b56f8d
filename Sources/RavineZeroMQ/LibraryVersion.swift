import CZeroMQ
import Glibc

/// A libzmq version. Versions below `floor` have remotely exploitable holes (CVE-2020-15166 and earlier) and are
/// refused.
package struct LibraryVersion: Comparable, Sendable, CustomStringConvertible {
  package let major: Int32
  package let minor: Int32
  package let patch: Int32

  package init(_ major: Int32, _ minor: Int32, _ patch: Int32) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  package static let floor = LibraryVersion(4, 3, 3)

  /// The version of the library linked into this process.
  package static var linked: LibraryVersion {
    var major: Int32 = 0
    var minor: Int32 = 0
    var patch: Int32 = 0
    zmq_version(&major, &minor, &patch)
    return LibraryVersion(major, minor, patch)
  }

  /// Whether the linked library can protect connections.
  package static var hasCurve: Bool { zmq_has("curve") == 1 }

  package static func < (a: LibraryVersion, b: LibraryVersion) -> Bool {
    (a.major, a.minor, a.patch) < (b.major, b.minor, b.patch)
  }

  package var description: String { "\(major).\(minor).\(patch)" }

  /// Throws when this version must not be used.
  package func requireFloor() throws(ZeroMQError) {
    guard self >= Self.floor else {
      throw ZeroMQError(
        operation: "use libzmq \(self)", code: ENOTSUP,
        reason: "versions below \(Self.floor) have known security holes; install libzmq \(Self.floor) or newer")
    }
  }
}
