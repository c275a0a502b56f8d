import Glibc
import RavineStore

/// An error of the shells, ready to be shown: a headline, what helps, and the process's exit status.
package struct RuntimeError: Error, Equatable, Sendable, CustomStringConvertible {
  package let status: ExitStatus
  /// The stable code of the message, where it has one.
  package let code: String?
  /// What happened and where; lower-case, no full stop.
  package let headline: String
  /// `note: …` and `help: …`: what was kept, what to type next.
  package let details: [String]

  package init(_ status: ExitStatus, code: String? = nil, _ headline: String, details: [String] = []) {
    self.status = status
    self.code = code
    self.headline = headline
    self.details = details
  }

  package init(_ status: ExitStatus, _ headline: String, help: String) {
    self.init(status, headline, details: ["help: \(help)"])
  }

  /// A store error with its own words and exit status.
  package init(_ error: StoreError) {
    let lines = error.description.split(separator: "\n").dropFirst()
    self.init(
      ExitStatus(rawValue: error.exitStatus) ?? .storeIO, code: error.code, error.headline,
      details: lines.map { String($0.drop { $0 == " " || $0 == "=" }) })
  }

  /// The whole message, several lines.
  package var description: String {
    let first = "error\(code.map { "[\($0)]" } ?? ""): \(headline)"
    return ([first] + details.map { "   = \($0)" }).joined(separator: "\n")
  }

  /// The operating system's words for an errno value.
  package static func words(for code: Int32) -> String {
    String(cString: strerror(code))
  }
}
