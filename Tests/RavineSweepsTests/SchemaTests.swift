import Testing

@testable import RavineSweeps

/// What `ravine schema` prints is what the reader accepts.
@Suite struct SchemaTests {
  @Test(arguments: SettingPath.allCases)
  func theExampleOfEverySettingIsValid(_ path: SettingPath) {
    let text = SchemaEntry.exampleValue(path)
    let sweep = "ravine: 1\nname: a\n\(path.key): \(text)\n"
    var issues = Issues(file: "a.yaml")
    let root = YAMLReader.read(SourceText(sweep), &issues)
    let element = root?.value(path.key)
    #expect(element.flatMap { ValueReader(path).read($0, &issues) } != nil, "\(path.name): \(text)")
    #expect(issues.errors.isEmpty)
  }

  @Test func everyKeyIsThere() {
    let keys = SchemaEntry.all.map(\.key)
    #expect(Set(keys).count == keys.count)
    for path in SettingPath.allCases { #expect(keys.contains(path.name)) }
    for key in SweepReader.keys where !["data", "model", "optimizer", "stop", "metrics"].contains(key) {
      #expect(keys.contains(key), "\(key)")
    }
  }
}
