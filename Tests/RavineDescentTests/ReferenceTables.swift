import Foundation

@testable import RavineDescent

/// Reads the tables of expected figures (Tests/Expected) and the data sets of sweeps/data.
enum ReferenceTables {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func decode<Value: Decodable>(_ type: Value.Type, _ file: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: root.appending(path: "Tests/Expected/\(file)")))
  }

  /// The bytes of sweeps/data/`name`.
  static func dataFile(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: root.appending(path: "sweeps/data/\(name)")))
  }

  static func table(_ name: String) throws -> Table {
    try CSV.parse(dataFile(name), name: name, header: .detect)
  }
}

/// |a − b| ≤ tolerance · |b|.
func close(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance * abs(b) }
