import Foundation
import Testing

@testable import RavineZeroMQ

@Suite struct WakeUpTests {
  @Test func anotherThreadWakesThePoll() throws {
    let wakeUp = try WakeUp()
    Thread.detachNewThread { wakeUp.signal() }
    let poller = Poller()
    let place = poller.add(fileDescriptor: wakeUp.fileDescriptor)
    #expect(try poller.wait(milliseconds: 20_000))
    #expect(poller.isReadable(place))
    wakeUp.clear()
    #expect(try poller.wait(milliseconds: 0) == false)
    #expect(poller.isReadable(place) == false)
  }

  @Test func signalsMergeAndClearOnce() throws {
    let wakeUp = try WakeUp()
    let poller = Poller()
    poller.add(fileDescriptor: wakeUp.fileDescriptor)
    for _ in 0..<1000 { wakeUp.signal() }
    #expect(try poller.wait(milliseconds: 0))
    wakeUp.clear()
    #expect(try poller.wait(milliseconds: 0) == false)
    // Clearing what was never signalled does not block.
    wakeUp.clear()
  }

  @Test func socketsAndWakeUpsShareOnePoll() throws {
    let pair = try SocketPair(.ipc)
    let wakeUp = try WakeUp()
    let poller = Poller()
    let socket = poller.add(pair.router)
    let wake = poller.add(fileDescriptor: wakeUp.fileDescriptor)
    #expect(try pair.send([[5]], from: pair.dealer) == .sent)
    #expect(try poller.wait(milliseconds: 20_000))
    #expect(poller.isReadable(socket) && !poller.isReadable(wake))
    wakeUp.signal()
    #expect(try poller.wait(milliseconds: 20_000))
    #expect(poller.isReadable(socket) && poller.isReadable(wake))
  }

  @Test func placesThatDoNotExistAreNeverReady() throws {
    let poller = Poller()
    poller.watchWritable(true, at: 3)
    #expect(!poller.isReadable(0) && !poller.isWritable(-1))
  }
}
