/// The last lines of a text that comes in pieces: evidence of what a process said before it died.
struct LineTail {
  /// Complete lines kept, oldest first; control characters are replaced by spaces.
  private(set) var lines: [String] = []
  private var unfinished: [UInt8] = []
  private let lineLimit: Int
  private let byteLimit: Int

  init(lineLimit: Int = 20, byteLimit: Int = 512) {
    self.lineLimit = lineLimit
    self.byteLimit = byteLimit
  }

  /// Takes the next piece; the answer is the lines it completed.
  mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
    var completed: [String] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        completed.append(finishLine())
      } else if unfinished.count < byteLimit {
        unfinished.append(byte)
      }
    }
    lines.append(contentsOf: completed)
    lines.removeFirst(max(lines.count - lineLimit, 0))
    return completed
  }

  /// The last line that is not blank, the unfinished one included.
  var last: String? {
    var all = self
    all.lines.append(all.finishLine())
    return all.lines.last { !$0.isEmpty }
  }

  private mutating func finishLine() -> String {
    defer { unfinished.removeAll(keepingCapacity: true) }
    let printable = unfinished.map { $0 < 32 || $0 == 127 ? UInt8(ascii: " ") : $0 }
    let text = String(decoding: printable, as: UTF8.self)
    guard let start = text.firstIndex(where: { $0 != " " }), let end = text.lastIndex(where: { $0 != " " }) else {
      return ""
    }
    return String(text[start...end])
  }
}
