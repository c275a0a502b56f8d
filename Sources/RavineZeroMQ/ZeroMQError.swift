import CZeroMQ
import Glibc

/// A refusal by libzmq or by the operating system below it.
package struct ZeroMQError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was tried, with its object: "bind ipc:///run/user/1000/…".
  package let operation: String
  /// The errno value, or one of libzmq's own codes.
  package let code: Int32
  /// libzmq's words for `code`.
  package let reason: String

  package init(operation: String, code: Int32) {
    self.operation = operation
    self.code = code
    self.reason = String(cString: zmq_strerror(code))
  }

  package init(operation: String, code: Int32, reason: String) {
    self.operation = operation
    self.code = code
    self.reason = reason
  }

  /// The error of the libzmq call just made on this thread.
  static func last(_ operation: String) -> ZeroMQError {
    ZeroMQError(operation: operation, code: zmq_errno())
  }

  package var description: String { "cannot \(operation): \(reason)" }
}
