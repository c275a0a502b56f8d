import RavineScheduling
import RavineWire

@testable import RavineCluster

/// The network: every connection keeps its order, until the faults say otherwise.
extension World {
  mutating func sendToCoordinator(_ index: Int, _ frames: [[UInt8]]) {
    note(frames)
    let connection = processes[index].connection
    let epoch = epoch
    for delay in travelTimes(isMute: now < processes[index].mute) {
      let frames = damaged(frames)
      after(delay) { world in
        guard world.epoch == epoch, world.processes[index].connection == connection else { return }
        world.handle(.received(peer: World.peer(connection), frames: frames))
      }
    }
  }

  mutating func sendToWorker(_ peer: Peer, _ frames: [[UInt8]]) {
    note(frames)
    checkMessage(frames)
    guard let index = processes.firstIndex(where: { World.peer($0.connection) == peer }) else {
      violations.append("a message to nobody")
      return
    }
    let connection = processes[index].connection
    for delay in travelTimes(isMute: now < processes[index].deaf) {
      let frames = damaged(frames)
      after(delay) { world in
        guard world.processes[index].connection == connection else { return }
        world.handle(.received(frames: frames), of: index)
      }
    }
  }

  static func peer(_ connection: Int) -> Peer { Peer(routing: [0] + withUnsafeBytes(of: connection) { Array($0) }) }

  private mutating func note(_ frames: [[UInt8]]) {
    for frame in frames { trace = CRC32C.checksum(frame, continuing: trace) }
  }

  /// When the copies of a message arrive: usually one, in order.
  private mutating func travelTimes(isMute: Bool) -> [Duration] {
    let usual = Duration.microseconds(200)
    guard isFaulty else { return [usual] }
    if isMute || dice.chance(faults.loss) { return [] }
    let late = dice.chance(faults.reorder) ? dice.seconds(0, 2) : usual
    return dice.chance(faults.duplication) ? [late, dice.seconds(0, 4)] : [late]
  }

  private mutating func damaged(_ frames: [[UInt8]]) -> [[UInt8]] {
    guard isFaulty, dice.chance(faults.corruption) else { return frames }
    var frames = frames
    let frame = dice.number(below: frames.count)
    guard !frames[frame].isEmpty else { return frames }
    frames[frame][dice.number(below: frames[frame].count)] ^= UInt8(1 + dice.number(below: 255))
    return frames
  }
}
