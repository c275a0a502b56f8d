extension CoordinatorMessage: WireMessage {
  package var type: UInt16 {
    switch self {
    case .welcome: 32
    case .reject: 33
    case .rejoin: 34
    case .planPart: 35
    case .assign: 36
    case .acknowledge: 37
    case .cancel: 38
    case .drain: 39
    case .heartbeat: 40
    case .bye: 41
    }
  }

  package func encoded() -> (body: [UInt8], raw: [[UInt8]]) {
    switch self {
    case .welcome(let welcome): (ProtoWelcome(welcome).wireBytes(), [])
    case .reject(let rejection): (ProtoReject(rejection).wireBytes(), [])
    case .rejoin, .heartbeat: ([], [])
    case .planPart(let part, let offset, let total, let bytes):
      (
        ProtoPlanPart.with {
          $0.part = UInt32(clamping: part)
          $0.offset = UInt64(clamping: offset)
          $0.total = UInt64(clamping: total)
          $0.digest = CRC32C.checksum(bytes)
        }.wireBytes(), [bytes]
      )
    case .assign(let units): (ProtoAssign.with { $0.units = units.map(ProtoAssignment.init) }.wireBytes(), [])
    case .acknowledge(let acknowledgement): (ProtoAcknowledge(acknowledgement).wireBytes(), [])
    case .cancel(let units): (ProtoCancel.with { $0.units = units.map { UInt64(clamping: $0) } }.wireBytes(), [])
    case .drain(let grace):
      (ProtoDrain.with { $0.graceMilliseconds = FieldChecks.milliseconds(grace) }.wireBytes(), [])
    case .bye(let text):
      (ProtoBye.with { $0.text = WireText.clean(text, limit: WireLimits.reasonBytes) }.wireBytes(), [])
    }
  }

  package init(type: UInt16, ignorable: Bool, body: [UInt8], raw: [[UInt8]]) throws(WireError) {
    if type == 35 {
      self = try Self.planPart(ProtoPlanPart(wire: body), raw)
      return
    }
    try FieldChecks.noFrames(raw)
    switch type {
    case 32: self = .welcome(try Welcome(ProtoWelcome(wire: body)))
    case 33: self = .reject(try Rejection(ProtoReject(wire: body)))
    case 34:
      _ = try ProtoRejoin(wire: body)
      self = .rejoin
    case 36: self = .assign(try Assignment.list(ProtoAssign(wire: body).units))
    case 37: self = .acknowledge(try Acknowledgement(ProtoAcknowledge(wire: body)))
    case 38: self = .cancel(units: try FieldChecks.ints(ProtoCancel(wire: body).units, "unit"))
    case 39:
      self = .drain(
        grace: try FieldChecks.duration(milliseconds: ProtoDrain(wire: body).graceMilliseconds, "grace"))
    case 40:
      _ = try ProtoCoordinatorHeartbeat(wire: body)
      self = .heartbeat
    case 41: self = .bye(text: WireText.clean(try ProtoBye(wire: body).text, limit: WireLimits.reasonBytes))
    default: throw .unknownType(type, ignorable: ignorable)
    }
  }

  private static func planPart(_ proto: ProtoPlanPart, _ raw: [[UInt8]]) throws(WireError) -> Self {
    guard raw.count == 1, raw[0].count <= WireLimits.chunkBytes else { throw .malformed("frames") }
    guard CRC32C.checksum(raw[0]) == proto.digest else { throw .checksum }
    return .planPart(
      part: Int(proto.part), offset: try FieldChecks.int(proto.offset, "offset"),
      total: try FieldChecks.int(proto.total, "total"), bytes: raw[0])
  }
}

extension ProtoWelcome {
  fileprivate init(_ welcome: Welcome) {
    self.init()
    helloNumber = welcome.helloNumber
    run = WireText.clean(welcome.run)
    epoch = welcome.epoch
    heartbeatMilliseconds = UInt32(clamping: FieldChecks.milliseconds(welcome.heartbeat))
    leaseMilliseconds = UInt32(clamping: FieldChecks.milliseconds(welcome.lease))
    credits = UInt32(clamping: welcome.credits)
    planHash = welcome.planHash
    sweepFile = welcome.sweepFile
    sweepBytes = UInt64(clamping: welcome.sweepBytes)
    files = welcome.files.map { file in
      ProtoFileEntry.with {
        $0.name = file.name
        $0.bytes = UInt64(clamping: file.bytes)
      }
    }
    keep = welcome.keep.map { UInt64(clamping: $0) }
    send = welcome.send.map { UInt64(clamping: $0) }
  }
}

extension Welcome {
  fileprivate init(_ proto: ProtoWelcome) throws(WireError) {
    guard proto.files.count <= WireLimits.entries else { throw .tooLarge }
    var files: [FileEntry] = []
    var total = try FieldChecks.int(proto.sweepBytes, "sweep bytes")
    for file in proto.files {
      let bytes = try FieldChecks.int(file.bytes, "file bytes")
      files.append(FileEntry(name: try FieldChecks.name(file.name, "file name"), bytes: bytes))
      total = total.addingReportingOverflow(bytes).overflow ? .max : total + bytes
    }
    guard total <= WireLimits.planBytes else { throw .tooLarge }
    guard proto.heartbeatMilliseconds > 0, proto.leaseMilliseconds > proto.heartbeatMilliseconds else {
      throw .malformed("lease")
    }
    self.init(
      helloNumber: proto.helloNumber, run: WireText.clean(proto.run), epoch: proto.epoch,
      heartbeat: .milliseconds(Int64(proto.heartbeatMilliseconds)),
      lease: .milliseconds(Int64(proto.leaseMilliseconds)), credits: Int(proto.credits),
      planHash: WireText.clean(proto.planHash),
      sweepFile: try FieldChecks.name(proto.sweepFile, "sweep file"),
      sweepBytes: try FieldChecks.int(proto.sweepBytes, "sweep bytes"), files: files,
      keep: try FieldChecks.ints(proto.keep, "keep"), send: try FieldChecks.ints(proto.send, "send"))
  }
}

extension ProtoReject {
  fileprivate init(_ rejection: Rejection) {
    self.init()
    helloNumber = rejection.helloNumber
    code = Code(rawValue: Int(rejection.code.rawValue)) ?? .unspecified
    text = WireText.clean(rejection.text, limit: WireLimits.reasonBytes)
    hint = WireText.clean(rejection.hint, limit: WireLimits.reasonBytes)
    retryMilliseconds = rejection.retry.map { max(1, FieldChecks.milliseconds($0)) } ?? 0
  }
}

extension Rejection {
  fileprivate init(_ proto: ProtoReject) throws(WireError) {
    let retry = try FieldChecks.duration(milliseconds: proto.retryMilliseconds, "retry")
    self.init(
      helloNumber: proto.helloNumber, code: UInt8(exactly: proto.code.rawValue).flatMap(Code.init) ?? .unspecified,
      text: WireText.clean(proto.text, limit: WireLimits.reasonBytes),
      hint: WireText.clean(proto.hint, limit: WireLimits.reasonBytes), retry: retry == .zero ? nil : retry)
  }
}

extension ProtoAssignment {
  fileprivate init(_ assignment: Assignment) {
    self.init()
    unit = UInt64(clamping: assignment.unit)
    attempt = assignment.attempt
    firstTrial = UInt64(clamping: assignment.firstTrial)
    trialCount = UInt64(clamping: assignment.trialCount)
    seconds = assignment.seconds ?? 0
  }
}

extension Assignment {
  fileprivate static func list(_ protos: [ProtoAssignment]) throws(WireError) -> [Assignment] {
    guard protos.count <= WireLimits.entries else { throw .tooLarge }
    var result: [Assignment] = []
    for proto in protos {
      let seconds = try FieldChecks.seconds(proto.seconds, "seconds")
      result.append(
        Assignment(
          unit: try FieldChecks.int(proto.unit, "unit"), attempt: proto.attempt,
          firstTrial: try FieldChecks.int(proto.firstTrial, "first trial"),
          trialCount: try FieldChecks.int(proto.trialCount, "trial count"), seconds: seconds > 0 ? seconds : nil))
    }
    return result
  }
}

extension ProtoAcknowledge {
  fileprivate init(_ acknowledgement: Acknowledgement) {
    self.init()
    committed = acknowledgement.committed.map { UInt64(clamping: $0) }
    already = acknowledgement.already.map { UInt64(clamping: $0) }
    refused = acknowledgement.refused.map { refusal in
      ProtoRefusal.with {
        $0.unit = UInt64(clamping: refusal.unit)
        $0.code = ProtoRefusal.Code(rawValue: Int(refusal.code.rawValue)) ?? .unspecified
        $0.text = WireText.clean(refusal.text, limit: WireLimits.reasonBytes)
      }
    }
  }
}

extension Acknowledgement {
  fileprivate init(_ proto: ProtoAcknowledge) throws(WireError) {
    self.init()
    committed = try FieldChecks.ints(proto.committed, "committed")
    already = try FieldChecks.ints(proto.already, "already")
    guard proto.refused.count <= WireLimits.entries else { throw .tooLarge }
    for refusal in proto.refused {
      let code = UInt8(exactly: refusal.code.rawValue).flatMap(Refusal.Code.init) ?? .unspecified
      refused.append(
        Refusal(
          unit: try FieldChecks.int(refusal.unit, "unit"), code: code,
          text: WireText.clean(refusal.text, limit: WireLimits.reasonBytes)))
    }
  }
}
