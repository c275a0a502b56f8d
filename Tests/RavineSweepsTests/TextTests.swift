import RavineDescent
import Testing

@testable import RavineSweeps

struct TextTests {
  @Test(arguments: [
    ("0", 0.0), ("-0", -0.0), ("1", 1), ("-12", -12), ("0.5", 0.5), ("1e-3", 1e-3), ("1E+3", 1_000), ("12.25e2", 1_225),
    ("0.1", 0.1), ("1.7976931348623157e308", .greatestFiniteMagnitude), ("5e-324", .leastNonzeroMagnitude),
  ])
  func numbers(_ text: String, _ value: Double) {
    #expect((try? StrictNumber.parse(text).get())?.value == value)
  }

  @Test(arguments: [
    ("010", "a leading zero: YAML 1.1 would read this as octal"), ("1:30", "YAML 1.1 would read this as base 60"),
    ("1_000", "underscores are not part of a number"), ("0x1F", "only decimal numbers are read"),
    (".nan", "not finite"), ("-.inf", "not finite"), ("no", "a truth value in YAML, not a number"),
    ("On", "a truth value in YAML, not a number"), ("1e999", "too large for a 64-bit float"),
    ("1e-999", "too small for a 64-bit float: it would become 0"), ("1,5", "a decimal comma"),
    ("", "nothing is written here"), ("~", "nothing is written here"), ("1e", "not a number"), ("--1", "not a number"),
    ("1 2", "not a number"), ("²", "not a number"), ("１", "not a number"),
  ])
  func refusals(_ text: String, _ reason: String) {
    guard case .failure(let refusal) = StrictNumber.parse(text) else {
      Issue.record("accepted \(text)")
      return
    }
    #expect(refusal.reason == reason)
  }

  @Test(arguments: [
    ("18446744073709551615", UInt64.max), ("1e6", 1_000_000), ("1.5e1", 15), ("1000.0", 1_000), ("0.0", 0),
    ("100e-2", 1),
  ])
  func exactIntegers(_ text: String, _ value: UInt64) {
    #expect((try? StrictNumber.parse(text).get())?.magnitude == value)
  }

  @Test(arguments: ["18446744073709551616", "1.5", "1e20", "1e-1", "1e2147483647000"])
  func notExactIntegers(_ text: String) {
    #expect((try? StrictNumber.parse(text).get())?.magnitude == nil)
  }

  @Test(arguments: [
    ("corelation", "correlation", 1), ("momnetum", "momentum", 1), ("stpe", "step", 1), ("abc", "abc", 0),
    ("", "ab", 2), ("kitten", "sitting", 3),
  ])
  func editDistance(_ left: String, _ right: String, _ distance: Int) {
    #expect(Spelling.distance(left, right) == distance)
    #expect(Spelling.distance(right, left) == distance)
  }

  @Test(arguments: [
    ("lr", "optimizer.step"), ("learning_rate", "optimizer.step"), ("rho", "data.correlation"), ("n", "data.samples"),
    ("d", "data.features"), ("beta", "optimizer.momentum"), ("tol", "stop.gap"), ("max_iter", "stop.steps"),
    ("learning_rte", "optimizer.step"),
  ])
  func aliases(_ word: String, _ meaning: String) {
    #expect(Spelling.alias(for: word) == meaning)
  }

  @Test func theCatalogueIsInTheOrderOfItsPaths() {
    #expect(SettingCatalogue.settings.count == SettingPath.allCases.count)
    for setting in SettingCatalogue.settings {
      #expect(SettingPath(name: setting.name) == setting.path)
      #expect(setting.path.setting == setting)
      #expect(!setting.doc.isEmpty)
    }
  }

  @Test func defaultsReadBack() {
    var issues = Issues(file: "x")
    for setting in SettingCatalogue.settings {
      guard let text = setting.defaultText, setting.path != .targetColumn else { continue }
      let element = Element(span: .file, content: .scalar(text, isPlain: true))
      let value = ValueReader(setting.path).read(element, &issues)
      let given = SettingValues().effective(setting.path)
      #expect(value != nil)
      if given != nil { #expect(given == value) }
    }
    #expect(issues.errors.isEmpty)
  }

  @Test func noEscapeCodesReachTheTerminal() {
    let errors = Fixture.errors(Fixture.header + "\"\\e[31mred\\u202e\": 1\n")
    let text = SweepErrors(errors).render(source: "")
    #expect(text.contains("unknown key `\\u{1b}[31mred\\u{202e}`"))
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test func atMostTwentyErrorsAndTheRestCounted() {
    let keys = (0..<30).map { "zzzz\($0): 1" }.joined(separator: "\n")
    guard case .failure(let errors) = Sweep.parse(text: Fixture.header + keys, file: "x") else {
      Issue.record("accepted")
      return
    }
    #expect(errors.diagnostics.count == 20)
    #expect(errors.omitted == 10)
    #expect(errors.diagnostics.map(\.line) == (4..<24).map { $0 })
  }

  @Test func textWithPunctuationIsNotYAMLTrouble() throws {
    let sweep = try Fixture.sweep(
      Fixture.header + """
        question: why is it slow, "really" slow; isn't it! *yes* & [so] on # a remark
        expect: |
          !steps grow * like \t kappa
            'and so on
        """)
    #expect(sweep.question == "why is it slow, \"really\" slow; isn't it! *yes* & [so] on")
    #expect(sweep.expectation?.hasPrefix("!steps grow") == true)
  }
}
