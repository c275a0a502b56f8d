import Testing

@testable import RavineScheduling

/// A scheduler driven by lines of text, one event each; the answer is one line of text.
///
///     add 1                      a session
///     next 1 [horizon 3]         -> "unit 2 attempt 1" | "not this session" | "nothing"
///     start 1 2                  session 1 computes unit 2
///     accept 2                   -> the sessions whose lease ended
///     measured 2 0.5             a result took 0.5 s
///     commit 2
///     release 1 2 / lose 1 2     given back before / after it was started
///     fail 1 2 text              -> "retry" | "failed: …"
///     end 1 / die 1 text         -> the units that failed for good
///     adopt 1 2 3                session 1 says that it computes attempt 3 of unit 2 -> "yes" | "no"
///     wait 2.5                   seconds pass
///     phase 2, due, counts
struct SchedulerScenario {
  var scheduler: Scheduler
  var now = Instant(nanoseconds: 0)

  init(costs: [Double], committed: [Bool]? = nil) {
    scheduler = Scheduler(costs: costs, committed: committed ?? costs.map { _ in false })
  }

  mutating func play(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for line in script.split(separator: "\n") {
      let parts = line.split(separator: "->", maxSplits: 1).map { $0.trimmingPrefix(while: \.isWhitespace) }
      let words = parts[0].split(separator: " ").map(String.init)
      let answer = try perform(words)
      let expected = parts.count > 1 ? String(parts[1]) : ""
      #expect(answer == expected, "\(line)", sourceLocation: sourceLocation)
    }
    let sum = UnitPhase.allCases.map { scheduler.count($0) }.reduce(0, +)
    #expect(sum == scheduler.unitCount, sourceLocation: sourceLocation)
  }

  private mutating func perform(_ words: [String]) throws -> String {
    func number(_ place: Int) throws -> Int { try #require(Int(words[place])) }
    func session(_ place: Int) throws -> SessionNumber { try #require(SessionNumber(words[place])) }
    func seconds(_ place: Int) throws -> Double { try #require(Double(words[place])) }
    let text = words.dropFirst(3).joined(separator: " ")
    switch words[0] {
    case "add": scheduler.add(session: try session(1))
    case "next": return next(try session(1), words.count > 3 ? try seconds(3) : .infinity)
    case "start": scheduler.started(try number(2), by: try session(1), now: now)
    case "accept": return scheduler.accept(try number(1)).map { "\($0.session)" }.joined(separator: " ")
    case "measured": scheduler.measured(try number(1), seconds: try seconds(2))
    case "commit": scheduler.commit(try number(1))
    case "release", "lose":
      scheduler.release(try number(2), by: try session(1), started: words[0] == "lose")
    case "fail":
      switch scheduler.fail(try number(2), by: try session(1), evidence: text) {
      case .retry: return "retry"
      case .failed(let evidence): return "failed: \(evidence)"
      }
    case "end": return failures(scheduler.end(try session(1), .lost))
    case "die": return failures(scheduler.end(try session(1), .died(words.dropFirst(2).joined(separator: " "))))
    case "adopt":
      let attempt = UInt32(try number(3))
      let isKept = scheduler.adopt(try number(2), attempt: attempt, started: true, by: try session(1), now: now)
      return isKept ? "yes" : "no"
    case "wait": now = now + .clamped(seconds: try seconds(1))
    case "phase": return "\(scheduler.phase(of: try number(1)))"
    case "due": return scheduler.nextDue.map { "\($0.seconds(since: Instant(nanoseconds: 0)))" } ?? "never"
    case "story": return scheduler.story(of: try number(1))
    default: Issue.record("unknown word \(words[0])")
    }
    return ""
  }

  private mutating func next(_ session: SessionNumber, _ horizon: Double) -> String {
    switch scheduler.next(for: session, horizon: horizon, now: now) {
    case .lease(let unit, let attempt, _): "unit \(unit) attempt \(attempt)"
    case .notThisSession: "not this session"
    case .nothing: "nothing"
    }
  }

  private func failures(_ units: [(unit: Int, evidence: String)]) -> String {
    units.map { "\($0.unit): \($0.evidence)" }.joined(separator: ", ")
  }
}
