import Testing

@testable import RavineScheduling

@Suite struct InstantTests {
  @Test func arithmeticSaturates() {
    let late = Instant(nanoseconds: .max - 5)
    #expect(late + .seconds(1) == .distantFuture)
    #expect(late + .seconds(-1) == late)
    #expect(Instant(nanoseconds: 3).nanoseconds(since: late) == 0)
    #expect((Instant(nanoseconds: 0) + .milliseconds(1500)).nanoseconds == 1_500_000_000)
    #expect(Instant(nanoseconds: 2_500_000_000).seconds(since: Instant(nanoseconds: 500_000_000)) == 2)
    #expect(Duration.seconds(Int64.max).nanosecondsClamped == .max)
  }

  @Test(arguments: [(1.5, 1_500_000_000), (-1, 0), (.nan, 0), (.infinity, 3_150_000_000_000_000_000)])
  func secondsAreClamped(seconds: Double, nanoseconds: UInt64) {
    #expect(Duration.clamped(seconds: seconds).nanosecondsClamped == nanoseconds)
  }
}
