import RavineStore
import Testing

@Suite struct WallTimeTests {
  /// Figures of `date -u -d @N`.
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (1_700_000_000_123, "2023-11-14T22:13:20.123Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func text(milliseconds: Int64, text: String) {
    #expect(WallTime(milliseconds: milliseconds).description == text)
    #expect(WallTime(text) == WallTime(milliseconds: milliseconds))
  }

  @Test(arguments: ["", "yesterday", "2023-11-14T22:13:20Z", "2023-13-14T22:13:20.123Z", "2023-11-1422:13:20.12345Z"])
  func otherTextIsRefused(text: String) { #expect(WallTime(text) == nil) }
}
