/// What is wrong with a data set: every problem that was found, each message complete (what, where, what to do), some
/// of several lines. The first line of a message is its headline.
package struct DataError: Error, Equatable, Sendable {
  package var messages: [String]

  package init(messages: [String]) { self.messages = messages }

  /// One problem: headline, then ` --> place`, then `= note:`/`= help:` lines.
  init(_ headline: String, at place: String? = nil, notes: [String] = [], help: String? = nil) {
    messages = [Self.message(headline, at: place, notes: notes, help: help)]
  }

  static func message(_ headline: String, at place: String? = nil, notes: [String] = [], help: String? = nil) -> String
  {
    var lines = [headline]
    if let place { lines.append("  --> \(place)") }
    lines += notes.map { "   = note: \($0)" }
    if let help { lines.append("   = help: \(help)") }
    return lines.joined(separator: "\n")
  }
}
