import Foundation
import RavineDescent
import Testing

@testable import RavineSweeps

/// Whatever stands in a file, the answer is a sweep or diagnostics inside the file, never a trap.
struct RobustnessTests {
  private static let seeds =
    EnumerationTests.everything.map { Fixture.header + $0 } + [
      """
      ravine: 1
      name: all
      question: "what, if: it's [so]?"
      expect: |
        text
      data: &d {kind: block, sizes: [2, 3], within: 0.5, between: 0.1, samples: 50, noise: 0.2}
      model: {kind: ridge, l2: 0.25}
      start: [1, 2, 3, 4, 5]
      union:
        - {optimizer: gd_optimal}
        - data: *d
          axes:
            zip: [{stop.gap: [1e-3, 1e-6], stop.steps: [10, 20], when: {bias: true}}]
            bias: [true, false]
      summary: {rows: bias, value: status, where: {bias: [true]}}
      """
    ]

  /// RAVINE_FUZZ_ROUNDS sets how many mutations of each file are tried.
  private static let rounds = ProcessInfo.processInfo.environment["RAVINE_FUZZ_ROUNDS"].flatMap(Int.init) ?? 120

  private static let pieces = [
    "[", "]", "{", "}", ":", ": ", ",", "\n", "\n  ", "\t", "'", "\"", "#", "&a ", "*a", "*d", "!!int ", "---\n", "? ",
    "- ", "| ", "> ", "0", "1e9", "-1", "1e308", "99999999999999999999", ".nan", "0.5", "seed", "zip", "when",
    "optimizer.kind", "data.kind", "heavy-ball", "count", "by", "%", "<<: ", "é", "\u{202E}", "\u{FEFF}", "\r", "~",
    "not ", "(", ")", "<", "==",
  ]

  private static func mutate(_ text: String, _ stream: RandomStream, _ round: UInt64) -> String {
    var scalars = Array(text.unicodeScalars)
    var draw = round << 8
    func next(_ bound: Int) -> Int {
      draw += 1
      return Int(stream.bits(at: draw) % UInt64(max(1, bound)))
    }
    for _ in 0...next(4) {
      let position = next(scalars.count + 1)
      switch next(4) {
      case 0: scalars.removeSubrange(position..<min(scalars.count, position + next(8)))
      case 1:
        let from = next(scalars.count)
        scalars.insert(contentsOf: scalars[from..<min(scalars.count, from + next(60))], at: position)
      default: scalars.insert(contentsOf: pieces[next(pieces.count)].unicodeScalars, at: position)
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }

  @Test(arguments: seeds.indices)
  func mutations(_ seed: Int) throws {
    let stream = RandomStream(seed: UInt64(seed), stream: 99)
    var accepted = 0
    for round in 0..<Self.rounds {
      // The first round is the file as it is, which is accepted.
      let text = round == 0 ? Self.seeds[seed] : Self.mutate(Self.seeds[seed], stream, UInt64(round))
      switch Sweep.parse(text: text, file: "m.yaml") {
      case .failure(let errors):
        #expect(!errors.diagnostics.isEmpty)
        #expect(!errors.render(source: text).isEmpty)
      case .success(let sweep):
        accepted += 1
        guard let plan = try? Plan(sweep: sweep, tables: [:], fileHashes: [:]) else { continue }
        for trial in [0, plan.trialCount / 2, plan.trialCount - 1] {
          #expect(plan.settings(of: trial).parameters == plan.resolvedParameters(of: trial))
          #expect(plan.problemTrials(containing: trial).contains(trial))
        }
      }
    }
    #expect(accepted > 0)
  }

  @Test func everyPrefixOfAFile() {
    let scalars = Array(Self.seeds[5].unicodeScalars)
    for length in scalars.indices {
      let text = String(String.UnicodeScalarView(scalars[..<length]))
      if case .failure(let errors) = Sweep.parse(text: text, file: "p.yaml") { #expect(!errors.diagnostics.isEmpty) }
    }
  }

  @Test func aliasBombsAreCheap() {
    var lines = ["ravine: 1", "name: bomb", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in 1...20 { lines.append("a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]") }
    let errors = Fixture.errors(lines.joined(separator: "\n"))
    #expect(errors.map(\.code).contains(.refusedFeature))
  }

  @Test func deepNestingIsRefused() {
    let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    #expect(Fixture.errors(Fixture.header + "start: \(deep)\n").map(\.code) == [.refusedFeature])
    let block = String(repeating: "- ", count: 400) + "1"
    #expect(Fixture.errors(Fixture.header + "start:\n  \(block)\n").map(\.code).contains(.refusedFeature))
  }

  @Test func tooLarge() {
    let text = Fixture.header + "# " + String(repeating: "x", count: 1 << 20)
    #expect(Fixture.errors(text).map(\.code) == [.encoding])
  }

  @Test func notUTF8() {
    guard case .failure(let errors) = Sweep.parse(bytes: [0x61, 0x0A, 0x62, 0xFF], file: "x") else {
      Issue.record("accepted")
      return
    }
    #expect(errors.diagnostics.map { [$0.line, $0.column] } == [[2, 2]])
  }
}
