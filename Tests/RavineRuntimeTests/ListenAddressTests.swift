import Testing

@testable import RavineRuntime

@Suite struct ListenAddressTests {
  private let addresses = HostAddress.all()

  @Test(arguments: [
    ("tcp://*", "*", 7787, 7886), ("tcp://eth0:7787-7790", "eth0", 7787, 7790),
    ("tcp://10.0.0.1:80", "10.0.0.1", 80, 80),
    ("tcp://[::1]:9", "::1", 9, 9), ("tcp://*:*", "*", 0, 0), ("tcp://node07:0", "node07", 0, 0),
  ])
  func whatIsWrittenIsRead(_ text: String, _ host: String, _ low: Int, _ high: Int) {
    #expect(ListenAddress(text)?.host == host)
    #expect(ListenAddress(text)?.ports == low...high)
  }

  @Test(arguments: [
    "", "tcp://", "ipc://x", "tcp://:1", "tcp://a:b", "tcp://a:9-8", "tcp://a:1-2-3", "tcp://a:70000", "tcp://a:-1",
    "tcp://[::1", "tcp://[]:1", "tcp://a/b:1", "tcp://a:1:2", "a:1",
  ])
  func whatMakesNoSenseIsRefused(_ text: String) {
    #expect(ListenAddress(text) == nil)
  }

  @Test func aRestartedCoordinatorTriesItsOldPortFirst() throws {
    let range = try #require(ListenAddress("tcp://127.0.0.1:7787-7789"))
    #expect(
      try range.candidates(addresses: [], before: 7789) == [
        "tcp://127.0.0.1:7789", "tcp://127.0.0.1:7787", "tcp://127.0.0.1:7788",
      ])
    #expect(try range.candidates(addresses: [], before: 9).first == "tcp://127.0.0.1:7787")
    let any = try #require(ListenAddress("tcp://*:*"))
    #expect(try any.candidates(addresses: [], before: 40_000) == ["tcp://*:40000", "tcp://*:*"])
  }

  @Test func interfacesAndNamesBecomeAddresses() throws {
    #expect(try ListenAddress("tcp://lo:5")?.candidates(addresses: addresses) == ["tcp://127.0.0.1:5"])
    #expect(try ListenAddress("tcp://localhost:5")?.candidates(addresses: addresses).count == 1)
    let error = #expect(throws: RuntimeError.self) {
      try ListenAddress("tcp://no-such-interface:5")?.candidates(addresses: addresses)
    }
    #expect(error?.details.first?.contains("lo") == true)
  }

  @Test func workersAreToldWhatTheyCanReach() throws {
    let two = [
      HostAddress(interface: "eth0", text: "10.1.0.4", isIPv6: false, isLoopback: false, isLinkLocal: false),
      HostAddress(interface: "ib0", text: "fd00::4", isIPv6: true, isLoopback: false, isLinkLocal: false),
      HostAddress(interface: "ib0", text: "fe80::4", isIPv6: true, isLoopback: false, isLinkLocal: true),
      HostAddress(interface: "lo", text: "127.0.0.1", isIPv6: false, isLoopback: true, isLinkLocal: false),
    ]
    func told(_ bound: String, _ advertise: String...) throws -> [String] {
      try ListenAddress.advertised(bound: bound, advertise: advertise, addresses: two)
    }
    #expect(try told("tcp://10.1.0.4:7787") == ["tcp://10.1.0.4:7787"])
    #expect(try told("tcp://*:7787") == ["tcp://10.1.0.4:7787", "tcp://[fd00::4]:7787"])
    #expect(try told("tcp://0.0.0.0:7787") == ["tcp://10.1.0.4:7787"])
    #expect(
      try told("tcp://*:7787", "gate.example", "ib0", "10.9.9.9:80") == [
        "tcp://gate.example:7787", "tcp://[fd00::4]:7787", "tcp://10.9.9.9:80",
      ])
    #expect(throws: RuntimeError.self) { try told("tcp://*:7787", "a:b:c") }
  }
}
