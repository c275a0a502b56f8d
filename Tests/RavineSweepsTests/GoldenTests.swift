import Foundation
import Testing

@testable import RavineSweeps

/// Every `Golden/NAME.yaml` is a sweep file with mistakes, every `Golden/NAME.txt` what the user must read about it.
/// With RAVINE_RECORD_GOLDEN=1 the texts are written anew; read the difference before keeping it.
struct GoldenTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test(arguments: names)
  func message(_ name: String) throws {
    let input = try [UInt8](Data(contentsOf: Self.folder.appendingPathComponent(name + ".yaml")))
    let file = "sweeps/\(name).yaml"
    let source = String(decoding: input, as: UTF8.self)
    let actual: String =
      switch Sweep.parse(bytes: input, file: file) {
      case .failure(let errors): errors.render(source: source) + "\n"
      case .success(let sweep): sweep.warnings.map { $0.render(source: source) + "\n" }.joined()
      }
    let golden = Self.folder.appendingPathComponent(name + ".txt")
    if ProcessInfo.processInfo.environment["RAVINE_RECORD_GOLDEN"] != nil {
      try actual.write(to: golden, atomically: true, encoding: .utf8)
    }
    let expected = try String(contentsOf: golden, encoding: .utf8)
    #expect(actual == expected)
    #expect(!actual.isEmpty)
  }

  @Test func enoughOfThem() {
    #expect(Self.names.count >= 25)
  }
}
