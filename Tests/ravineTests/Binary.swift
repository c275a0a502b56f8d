import Foundation

/// The real program, as it was just built, in a folder of its own.
struct Binary {
  let folder: URL
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("ravine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  static var path: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("ravine")
  }

  static func sweep(_ name: String) -> String { root.appendingPathComponent("sweeps/\(name).yaml").path }

  /// Writes a file into the folder and returns its path.
  func write(_ text: String, _ name: String) throws -> String {
    let url = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  func start(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = Self.path
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  @discardableResult
  func run(_ arguments: String...) throws -> Outcome { try run(arguments) }

  /// Runs it to its end; its standard input is empty.
  @discardableResult
  func run(_ arguments: [String]) throws -> Outcome {
    let process = Process()
    process.executableURL = Self.path
    process.arguments = arguments
    process.currentDirectoryURL = folder
    // Files, not pipes: nothing can block on a full pipe.
    let output = folder.appendingPathComponent("out-\(UUID().uuidString)")
    let errors = folder.appendingPathComponent("err-\(UUID().uuidString)")
    for url in [output, errors] { try Data().write(to: url) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  /// Process ids of the children of `parent`.
  static func children(of parent: Int32) -> [Int32] {
    let task = "/proc/\(parent)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: task)) ?? []
    return threads.flatMap { thread in
      let text = (try? String(contentsOfFile: "\(task)/\(thread)/children", encoding: .utf8)) ?? ""
      return text.split(separator: " ").compactMap { Int32($0) }
    }
  }
}

/// The rows of a csv export by column name.
struct Export {
  var rows: [[String: String]] = []

  init(_ text: String) {
    let lines = text.split(separator: "\n").map(Self.cells)
    guard let header = lines.first else { return }
    for line in lines.dropFirst() {
      var row: [String: String] = [:]
      for (name, cell) in zip(header, line) { row[name] = cell }
      rows.append(row)
    }
  }

  /// Splits at commas outside quotes.
  private static func cells(_ line: Substring) -> [String] {
    var cells = [""]
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return cells
  }
}
