/// Words of a POSIX shell's command line.
package enum ShellWord {
  /// `word` as the shell reads it back: bare where no character of it means anything to a shell, else in single
  /// quotes.
  package static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: plainMarks.contains(byte)
        }
      }
    if isPlain { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }

  /// A whole command line.
  package static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  private static let plainMarks = Set("%+,-./:=@_".utf8)
}
