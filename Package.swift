// swift-tools-version: 6.1
import PackageDescription

/// One kernel source, compiled once per instruction set. `-Ounchecked` also overrides `-Onone`, so debug builds and
/// tests run the kernel at full speed.
func lanes(_ name: String, _ define: String, march: String?) -> Target {
  let flags = ["-Ounchecked"] + (march.map { ["-Xcc", "-march=\($0)"] } ?? [])
  return .target(
    name: name, dependencies: ["CProcessor", "RavineLanes"],
    swiftSettings: [.define(define), .unsafeFlags(flags)])
}

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "ravine",
  products: [.executable(name: "ravine", targets: ["ravine"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .target(name: "CProcessor"),
    .target(name: "RavineLanes"),
    lanes("RavineLanesBaseline", "LANES_BASELINE", march: nil),
    lanes("RavineLanesV3", "LANES_V3", march: "x86-64-v3"),
    lanes("RavineLanesV4", "LANES_V4", march: "x86-64-v4"),
    .target(
      name: "RavineDescent",
      dependencies: ["CProcessor", "RavineLanes", "RavineLanesBaseline", "RavineLanesV3", "RavineLanesV4"],
      // Linear algebra without optimisation is a hundred times slower: tests need it too.
      swiftSettings: [.unsafeFlags(["-O"])]),
    .target(name: "RavineSweeps", dependencies: ["RavineDescent", yams]),
    .target(name: "RavineScheduling", dependencies: [collections]),
    .target(
      name: "RavineWire", dependencies: ["RavineDescent", "RavineSweeps", "RavineScheduling", protobuf],
      exclude: ["ravine.proto", "README.md"]),
    .target(
      name: "RavineCluster", dependencies: ["RavineDescent", "RavineSweeps", "RavineScheduling", "RavineWire"]),
    .target(name: "RavineZeroMQ", dependencies: ["CZeroMQ"]),
    .target(name: "RavineStore", dependencies: ["RavineDescent", "RavineSweeps", grdb, sqlite]),
    .target(name: "RavineReports", dependencies: ["RavineDescent", "RavineSweeps", "RavineStore"]),
    .target(
      name: "RavineRuntime",
      dependencies: [
        "RavineDescent", "RavineLanes", "RavineSweeps", "RavineScheduling", "RavineWire", "RavineCluster",
        "RavineZeroMQ", "RavineStore", log,
      ]),
    .executableTarget(
      name: "ravine",
      dependencies: [
        "RavineDescent", "RavineLanes", "RavineSweeps", "RavineScheduling", "RavineWire", "RavineCluster",
        "RavineZeroMQ", "RavineStore", "RavineReports", "RavineRuntime", argumentParser, log,
      ]),
    .testTarget(name: "RavineDescentTests", dependencies: ["RavineDescent"]),
    .testTarget(name: "RavineSweepsTests", dependencies: ["RavineSweeps", "RavineDescent"], exclude: ["Golden"]),
    .testTarget(name: "RavineSchedulingTests", dependencies: ["RavineScheduling"]),
    .testTarget(name: "RavineWireTests", dependencies: ["RavineWire"]),
    .testTarget(name: "RavineClusterTests", dependencies: ["RavineCluster"]),
    .testTarget(name: "RavineZeroMQTests", dependencies: ["RavineZeroMQ", "CZeroMQ"]),
    .testTarget(name: "RavineStoreTests", dependencies: ["RavineStore"]),
    .testTarget(name: "RavineReportsTests", dependencies: ["RavineReports"]),
    .testTarget(
      name: "RavineRuntimeTests",
      dependencies: [
        "RavineRuntime", "RavineCluster", "RavineScheduling", "RavineStore", "RavineDescent", "RavineZeroMQ", log,
      ]),
    .testTarget(name: "ravineTests", dependencies: ["ravine", "RavineRuntime", "RavineWire", "RavineZeroMQ"]),
    .testTarget(name: "TidyTests"),
  ],
  swiftLanguageModes: [.v6]
)
