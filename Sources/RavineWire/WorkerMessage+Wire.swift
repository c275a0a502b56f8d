extension WorkerMessage: WireMessage {
  package var type: UInt16 {
    switch self {
    case .hello: 1
    case .planRequest: 2
    case .ready: 3
    case .result: 4
    case .failure: 5
    case .released: 6
    case .heartbeat: 7
    case .leaving: 8
    case .farewell: 9
    }
  }

  package func encoded() -> (body: [UInt8], raw: [[UInt8]]) {
    switch self {
    case .hello(let hello): (ProtoHello(hello).wireBytes(), [])
    case .planRequest(let part, let offset):
      (
        ProtoPlanRequest.with {
          $0.part = UInt32(clamping: part)
          $0.offset = UInt64(clamping: offset)
        }.wireBytes(), []
      )
    case .ready(let hash): (ProtoReady.with { $0.planHash = hash }.wireBytes(), [])
    case .result(let result): (ProtoResult(result).wireBytes(), [result.columns, result.cards])
    case .failure(let unit, let attempt, let reason, let next):
      (
        ProtoFailure.with {
          $0.unit = UInt64(clamping: unit)
          $0.attempt = attempt
          $0.reason = WireText.clean(reason, limit: WireLimits.reasonBytes)
          $0.nextUnitPlusOne = FieldChecks.plusOne(next)
        }.wireBytes(), []
      )
    case .released(let units): (ProtoReleased.with { $0.units = units.map(ProtoHeldUnit.init) }.wireBytes(), [])
    case .heartbeat(let unit, let steps):
      (
        ProtoWorkerHeartbeat.with {
          $0.unitPlusOne = FieldChecks.plusOne(unit)
          $0.steps = steps
        }.wireBytes(), []
      )
    case .leaving(let reason):
      (ProtoLeaving.with { $0.reason = WireText.clean(reason, limit: WireLimits.reasonBytes) }.wireBytes(), [])
    case .farewell: ([], [])
    }
  }

  package init(type: UInt16, ignorable: Bool, body: [UInt8], raw: [[UInt8]]) throws(WireError) {
    if type == 4 {
      self = .result(try ResultMessage(ProtoResult(wire: body), raw))
      return
    }
    try FieldChecks.noFrames(raw)
    switch type {
    case 1: self = .hello(try Hello(ProtoHello(wire: body)))
    case 2:
      let proto = try ProtoPlanRequest(wire: body)
      self = .planRequest(part: Int(proto.part), offset: try FieldChecks.int(proto.offset, "offset"))
    case 3: self = .ready(planHash: WireText.clean(try ProtoReady(wire: body).planHash))
    case 5:
      let proto = try ProtoFailure(wire: body)
      self = .failure(
        unit: try FieldChecks.int(proto.unit, "unit"), attempt: proto.attempt,
        reason: WireText.clean(proto.reason, limit: WireLimits.reasonBytes),
        next: try FieldChecks.optionalInt(proto.nextUnitPlusOne, "next"))
    case 6: self = .released(try HeldUnit.list(ProtoReleased(wire: body).units))
    case 7:
      let proto = try ProtoWorkerHeartbeat(wire: body)
      self = .heartbeat(unit: try FieldChecks.optionalInt(proto.unitPlusOne, "unit"), steps: proto.steps)
    case 8:
      self = .leaving(reason: WireText.clean(try ProtoLeaving(wire: body).reason, limit: WireLimits.reasonBytes))
    case 9:
      _ = try ProtoFarewell(wire: body)
      self = .farewell
    default: throw .unknownType(type, ignorable: ignorable)
    }
  }
}

extension ProtoHello {
  fileprivate init(_ hello: Hello) {
    self.init()
    instance = hello.instance
    number = hello.number
    build = WireText.clean(hello.build)
    kernel = WireText.clean(hello.kernel)
    instructionSet = WireText.clean(hello.instructionSet)
    cores = UInt32(clamping: hello.cores)
    memoryBytes = hello.memoryBytes
    host = WireText.clean(hello.host)
    pid = UInt32(clamping: hello.pid)
    slotPlusOne = UInt32(clamping: FieldChecks.plusOne(hello.slot))
    millisecondsLeftPlusOne = hello.secondsLeft.map { UInt64(min(max($0, 0), 1e9) * 1000) + 1 } ?? 0
    planHash = hello.planHash
    name = WireText.clean(hello.name)
    held = hello.held.map(ProtoHeldUnit.init)
    results = hello.results.map { result in
      ProtoHeldResult.with {
        $0.unit = UInt64(clamping: result.unit)
        $0.attempt = result.attempt
        $0.digest = result.digest
      }
    }
  }
}

extension Hello {
  fileprivate init(_ proto: ProtoHello) throws(WireError) {
    guard proto.results.count <= WireLimits.entries else { throw .tooLarge }
    var results: [HeldResult] = []
    for entry in proto.results {
      results.append(
        HeldResult(unit: try FieldChecks.int(entry.unit, "unit"), attempt: entry.attempt, digest: entry.digest))
    }
    guard let pid = Int32(exactly: proto.pid) else { throw .malformed("pid") }
    let millisecondsLeft = try FieldChecks.optionalInt(proto.millisecondsLeftPlusOne, "milliseconds left")
    self.init(
      instance: proto.instance, number: proto.number, build: WireText.clean(proto.build),
      kernel: WireText.clean(proto.kernel), instructionSet: WireText.clean(proto.instructionSet),
      cores: Int(proto.cores), memoryBytes: proto.memoryBytes, host: WireText.clean(proto.host), pid: pid,
      slot: try FieldChecks.optionalInt(proto.slotPlusOne, "slot"),
      secondsLeft: millisecondsLeft.map { Double($0) / 1000 }, planHash: WireText.clean(proto.planHash),
      held: try HeldUnit.list(proto.held), results: results,
      name: WireText.clean(proto.name))
  }
}

extension ProtoHeldUnit {
  fileprivate init(_ held: HeldUnit) {
    self.init()
    unit = UInt64(clamping: held.unit)
    attempt = held.attempt
    started = held.started
  }
}

extension HeldUnit {
  fileprivate static func list(_ protos: [ProtoHeldUnit]) throws(WireError) -> [HeldUnit] {
    guard protos.count <= WireLimits.entries else { throw .tooLarge }
    var result: [HeldUnit] = []
    for proto in protos {
      result.append(
        HeldUnit(unit: try FieldChecks.int(proto.unit, "unit"), attempt: proto.attempt, started: proto.started))
    }
    return result
  }
}

extension ProtoResult {
  fileprivate init(_ result: ResultMessage) {
    self.init()
    unit = UInt64(clamping: result.unit)
    attempt = result.attempt
    firstTrial = UInt64(clamping: result.firstTrial)
    trialCount = UInt64(clamping: result.trialCount)
    digest = result.digest
    seconds = result.seconds
    nextUnitPlusOne = FieldChecks.plusOne(result.next)
  }
}

extension ResultMessage {
  fileprivate init(_ proto: ProtoResult, _ raw: [[UInt8]]) throws(WireError) {
    guard raw.count == 2 else { throw .malformed("frames") }
    self.init(
      unit: try FieldChecks.int(proto.unit, "unit"), attempt: proto.attempt,
      firstTrial: try FieldChecks.int(proto.firstTrial, "first trial"),
      trialCount: try FieldChecks.int(proto.trialCount, "trial count"), digest: proto.digest,
      seconds: try FieldChecks.seconds(proto.seconds, "seconds"),
      next: try FieldChecks.optionalInt(proto.nextUnitPlusOne, "next"), columns: raw[0], cards: raw[1])
  }
}
