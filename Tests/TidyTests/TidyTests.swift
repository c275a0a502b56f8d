import Foundation
import Testing

/// The rules of the house that a compiler does not check.
@Suite struct TidyTests {
  /// What each target may import besides the standard library (`Synchronization` included).
  static let imports: [String: Set<String>] = [
    "RavineLanes": [],
    "RavineLanesBaseline": ["CProcessor", "RavineLanes"],
    "RavineLanesV3": ["CProcessor", "RavineLanes"],
    "RavineLanesV4": ["CProcessor", "RavineLanes"],
    "RavineDescent": [
      "CProcessor", "Dispatch", "RavineLanes", "RavineLanesBaseline", "RavineLanesV3", "RavineLanesV4",
    ],
    "RavineSweeps": ["RavineDescent", "Yams"],
    "RavineScheduling": ["Collections", "HeapModule", "DequeModule"],
    "RavineWire": ["RavineDescent", "RavineSweeps", "RavineScheduling", "SwiftProtobuf"],
    "RavineCluster": ["RavineDescent", "RavineSweeps", "RavineScheduling", "RavineWire"],
    "RavineZeroMQ": ["CZeroMQ", "Glibc"],
    "RavineStore": ["RavineDescent", "RavineSweeps", "GRDB", "GRDBSQLite", "Glibc"],
    "RavineReports": ["RavineDescent", "RavineSweeps", "RavineStore"],
    "RavineRuntime": [
      "RavineDescent", "RavineSweeps", "RavineScheduling", "RavineWire", "RavineCluster", "RavineZeroMQ",
      "RavineStore", "RavineLanes", "Logging", "Glibc", "Dispatch", "FoundationEssentials",
    ],
    "ravine": [
      "RavineDescent", "RavineSweeps", "RavineScheduling", "RavineWire", "RavineCluster", "RavineZeroMQ", "RavineStore",
      "RavineReports", "RavineRuntime", "RavineLanes", "ArgumentParser", "Logging", "Glibc",
    ],
  ]

  /// Words that must not stand in the rooms whose code is pure: no clock, file, socket, thread or unseeded randomness.
  static let impureWords = [
    "Glibc", "Foundation", "ContinuousClock", "SuspendingClock", "clock_gettime", "fopen", "FileHandle", "pthread_",
    "SystemRandomNumberGenerator", ".random(", "getenv", "print(",
  ]
  static let pureTargets = ["RavineDescent", "RavineSweeps", "RavineScheduling", "RavineWire", "RavineCluster"]

  /// Files that may be longer than the rule, and why.
  static let longFiles: [String: String] = [
    "LaneKernels.swift": "everything generic of a kernel module must be one file, or debug builds do not specialise it",
    "NetKernels.swift": "as LaneKernels.swift",
    "ravine.pb.swift": "generated",
  ]

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  struct Source {
    var target: String
    var name: String
    var path: String
    var lines: [Substring]
  }

  static func sources(_ folder: String) throws -> [Source] {
    let base = root.appendingPathComponent(folder)
    guard let walker = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else { return [] }
    var result: [Source] = []
    for case let url as URL in walker where url.pathExtension == "swift" {
      let text = try String(contentsOf: url, encoding: .utf8)
      let relative = url.path.dropFirst(base.path.count + 1)
      result.append(
        Source(
          target: String(relative.prefix { $0 != "/" }), name: url.lastPathComponent,
          path: folder + "/" + relative, lines: text.split(separator: "\n", omittingEmptySubsequences: false)))
    }
    return result
  }

  @Test func everyTargetImportsOnlyWhatItMay() throws {
    let sources = try Self.sources("Sources")
    #expect(sources.count > 100)
    for source in sources {
      let allowed = try #require(Self.imports[source.target], "no import rule for \(source.target)")
      for line in source.lines {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "import"), at <= 1, at + 1 < words.count, !line.hasPrefix("//") else {
          continue
        }
        let module = String(words[words.count - 1])
        #expect(
          allowed.contains(module) || module == "Synchronization",
          "\(source.path): `\(source.target)` imports \(module)")
      }
    }
  }

  @Test func onlyOneFileOfDescentUsesDispatch() throws {
    let users = try Self.sources("Sources").filter {
      $0.target == "RavineDescent" && $0.lines.contains("import Dispatch")
    }
    #expect(users.map(\.name) == ["Parallel.swift"])
  }

  @Test func pureRoomsTouchNothingOutside() throws {
    for source in try Self.sources("Sources") where Self.pureTargets.contains(source.target) {
      for (number, line) in source.lines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("//") {
        for word in Self.impureWords where line.contains(word) {
          Issue.record("\(source.path):\(number + 1): `\(word)` in a pure room")
        }
      }
    }
  }

  @Test func filesFunctionsAndLinesAreShort() throws {
    for source in try Self.sources("Sources") + Self.sources("Tests") {
      guard Self.longFiles[source.name] == nil else { continue }
      #expect(source.lines.count <= 401, "\(source.path) has \(source.lines.count - 1) lines")
      for (number, line) in source.lines.enumerated() {
        #expect(line.count <= 120, "\(source.path):\(number + 1) is \(line.count) characters long")
      }
      for (name, length) in Self.functionLengths(source.lines) {
        #expect(length <= 70, "\(source.path): `\(name)` has \(length) lines")
      }
    }
  }

  @Test func nothingIsLeftUnfinished() throws {
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    for source in try Self.sources("Sources") + Self.sources("Tests") where Self.longFiles[source.name] == nil {
      for (number, line) in source.lines.enumerated() {
        // Templates of mkdtemp(3) end in six of these letters.
        for mark in marks where line.contains(mark) && !line.contains(mark + mark) {
          Issue.record("\(source.path):\(number + 1): `\(mark)`")
        }
      }
    }
  }

  /// The kernel source is one file; the other instruction sets link to it.
  @Test func laneTargetsShareOneSource() throws {
    for target in ["RavineLanesV3", "RavineLanesV4"] {
      for file in ["LaneKernels.swift", "NetKernels.swift"] {
        let path = Self.root.appendingPathComponent("Sources/\(target)/\(file)").path
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: path)
        #expect(link == "../RavineLanesBaseline/\(file)")
      }
    }
  }

  /// Lengths of functions by indentation: from `func` or `init` to the closing brace in the same column.
  static func functionLengths(_ lines: [Substring]) -> [(String, Int)] {
    var result: [(String, Int)] = []
    for (start, line) in lines.enumerated() {
      let text = line.drop { $0 == " " }
      let opens = text.contains("func ") || text.contains("init(")
      guard !text.hasPrefix("//"), opens, !text.hasSuffix("}") else { continue }
      let indent = line.prefix { $0 == " " }
      guard let end = lines[start...].firstIndex(of: indent + "}"), end > start else { continue }
      result.append((String(text.prefix(60)), end - start + 1))
    }
    return result
  }
}
