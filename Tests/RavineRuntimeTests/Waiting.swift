import Testing

@testable import RavineRuntime

/// Collects what other threads report; waiting ends with the report, not with a clock (20 s only fail the test).
final class Collector<Message: Sendable>: Sendable {
  let mailbox: Mailbox<Message>

  init() throws { mailbox = try Mailbox<Message>() }

  var post: @Sendable (Message) -> Void {
    { [mailbox] in mailbox.post($0) }
  }

  /// All messages up to and including the first that satisfies `isLast`.
  func collect(until isLast: (Message) -> Bool) throws -> [Message] {
    var all: [Message] = []
    while true {
      mailbox.wait(milliseconds: 20_000)
      let new = mailbox.takeAll()
      try #require(!new.isEmpty, "nothing came; so far: \(all)")
      all += new
      if new.contains(where: isLast) { return all }
    }
  }

  /// The next `count` messages, or more if they came together.
  func collect(_ count: Int) throws -> [Message] {
    var seen = 0
    return try collect { _ in
      seen += 1
      return seen == count
    }
  }
}
