import ArgumentParser
import RavineReports
import RavineSweeps

/// `ravine schema`: the language of sweep files.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print every key of a sweep file: its meaning, values, default and an example.")

  @Argument(help: "Only keys that begin so, such as `optimizer`.")
  var prefix: String = ""

  @OptionGroup var output: OutputOption

  func run() throws {
    try Failure.reporting {
      let entries = SchemaEntry.all.filter { $0.key.hasPrefix(prefix) }
      if case .table = output.output {
        try Terminal.put(entries.map { Self.lines($0) }.joined(separator: "\n"))
        return
      }
      let columns = ["key", "meaning", "allowed", "default", "kinds", "example"]
      let rows = entries.map { entry in
        [entry.key, entry.meaning, entry.allowed, entry.standard, entry.kinds.joined(separator: " "), entry.example]
          .map { Cell.text($0) }
      }
      try output.put(
        ResultTable(columns: columns.map { ResultTable.Column(name: $0, isText: true) }, rows: rows))
    }
  }

  private static func lines(_ entry: SchemaEntry) -> String {
    let standard = entry.standard.isEmpty ? "" : " (default \(entry.standard))"
    let kinds = entry.kinds.isEmpty ? "" : "\n  of: \(entry.kinds.joined(separator: ", "))"
    return "\(entry.key): \(entry.meaning)\(standard)\n  \(entry.allowed)\(kinds)\n  \(entry.example)\n"
  }
}
