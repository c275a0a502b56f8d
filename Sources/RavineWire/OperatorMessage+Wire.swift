extension OperatorMessage: WireMessage {
  package var type: UInt16 {
    switch self {
    case .status: 64
    case .order: 65
    }
  }

  package func encoded() -> (body: [UInt8], raw: [[UInt8]]) {
    switch self {
    case .status(let request): (ProtoStatusQuery.with { $0.request = request }.wireBytes(), [])
    case .order(let order): (ProtoOrder(order).wireBytes(), [])
    }
  }

  package init(type: UInt16, ignorable: Bool, body: [UInt8], raw: [[UInt8]]) throws(WireError) {
    try FieldChecks.noFrames(raw)
    switch type {
    case 64: self = .status(request: try ProtoStatusQuery(wire: body).request)
    case 65: self = .order(try OperatorOrder(ProtoOrder(wire: body)))
    default: throw .unknownType(type, ignorable: ignorable)
    }
  }
}

extension ProtoOrder {
  fileprivate init(_ order: OperatorOrder) {
    self.init()
    request = order.request
    run = order.run
    action = Action(rawValue: Int(order.action.rawValue)) ?? .unspecified
    reason = WireText.clean(order.reason, limit: WireLimits.reasonBytes)
    priority = order.priority
    path = order.path
  }
}

extension OperatorOrder {
  fileprivate init(_ proto: ProtoOrder) throws(WireError) {
    self.init(
      request: proto.request, run: try FieldChecks.name(proto.run, "run"),
      action: UInt8(exactly: proto.action.rawValue).flatMap(Action.init) ?? .unspecified,
      reason: WireText.clean(proto.reason, limit: WireLimits.reasonBytes), priority: proto.priority,
      path: try FieldChecks.name(proto.path, "path"))
  }
}

extension OperatorReply: WireMessage {
  package var type: UInt16 {
    switch self {
    case .status: 96
    case .answer: 97
    }
  }

  package func encoded() -> (body: [UInt8], raw: [[UInt8]]) {
    switch self {
    case .status(let request, let build, let runs):
      (
        ProtoStatus.with {
          $0.request = request
          $0.build = build
          $0.runs = runs.map(ProtoRunStatus.init)
        }.wireBytes(), []
      )
    case .answer(let request, let done, let text):
      (
        ProtoAnswer.with {
          $0.request = request
          $0.done = done
          $0.text = WireText.clean(text, limit: WireLimits.reasonBytes)
        }.wireBytes(), []
      )
    }
  }

  package init(type: UInt16, ignorable: Bool, body: [UInt8], raw: [[UInt8]]) throws(WireError) {
    try FieldChecks.noFrames(raw)
    switch type {
    case 96:
      let proto = try ProtoStatus(wire: body)
      guard proto.runs.count <= WireLimits.entries else { throw .tooLarge }
      var runs: [RunStatus] = []
      for run in proto.runs { runs.append(try RunStatus(run)) }
      self = .status(request: proto.request, build: WireText.clean(proto.build), runs: runs)
    case 97:
      let proto = try ProtoAnswer(wire: body)
      self = .answer(
        request: proto.request, done: proto.done, text: WireText.clean(proto.text, limit: WireLimits.reasonBytes))
    default: throw .unknownType(type, ignorable: ignorable)
    }
  }
}

extension ProtoRunStatus {
  fileprivate init(_ run: RunStatus) {
    self.init()
    name = run.name
    path = run.path
    phase = Phase(rawValue: Int(run.phase.rawValue)) ?? .unspecified
    reason = WireText.clean(run.reason, limit: WireLimits.reasonBytes)
    priority = run.priority
    units = UInt64(clamping: run.units)
    committedUnits = UInt64(clamping: run.committedUnits)
    failedUnits = UInt64(clamping: run.failedUnits)
    leasedUnits = UInt64(clamping: run.leasedUnits)
    trials = UInt64(clamping: run.trials)
    committedTrials = UInt64(clamping: run.committedTrials)
    failedTrials = UInt64(clamping: run.failedTrials)
    cost = run.cost
    committedCost = run.committedCost
    workers = run.workers.map(ProtoWorkerStatus.init)
  }
}

extension RunStatus {
  fileprivate init(_ proto: ProtoRunStatus) throws(WireError) {
    guard proto.workers.count <= WireLimits.entries else { throw .tooLarge }
    name = try FieldChecks.name(proto.name, "name")
    path = try FieldChecks.name(proto.path, "path")
    phase = UInt8(exactly: proto.phase.rawValue).flatMap(Phase.init) ?? .unspecified
    reason = WireText.clean(proto.reason, limit: WireLimits.reasonBytes)
    priority = proto.priority
    units = try FieldChecks.int(proto.units, "units")
    committedUnits = try FieldChecks.int(proto.committedUnits, "committed units")
    failedUnits = try FieldChecks.int(proto.failedUnits, "failed units")
    leasedUnits = try FieldChecks.int(proto.leasedUnits, "leased units")
    trials = try FieldChecks.int(proto.trials, "trials")
    committedTrials = try FieldChecks.int(proto.committedTrials, "committed trials")
    failedTrials = try FieldChecks.int(proto.failedTrials, "failed trials")
    cost = try FieldChecks.seconds(proto.cost, "cost")
    committedCost = try FieldChecks.seconds(proto.committedCost, "committed cost")
    for worker in proto.workers { workers.append(try WorkerStatus(worker)) }
  }
}

extension ProtoWorkerStatus {
  fileprivate init(_ worker: WorkerStatus) {
    self.init()
    name = WireText.clean(worker.name)
    cores = UInt32(clamping: worker.cores)
    instructionSet = WireText.clean(worker.instructionSet)
    unitsDone = UInt64(clamping: worker.unitsDone)
    unitPlusOne = FieldChecks.plusOne(worker.unit)
    steps = worker.steps
    silentMilliseconds = FieldChecks.milliseconds(worker.silence)
    trouble = WireText.clean(worker.trouble)
  }
}

extension WorkerStatus {
  fileprivate init(_ proto: ProtoWorkerStatus) throws(WireError) {
    self.init(
      name: WireText.clean(proto.name), cores: Int(proto.cores), instructionSet: WireText.clean(proto.instructionSet),
      unitsDone: try FieldChecks.int(proto.unitsDone, "units done"),
      unit: try FieldChecks.optionalInt(proto.unitPlusOne, "unit"), steps: proto.steps,
      silence: try FieldChecks.duration(milliseconds: proto.silentMilliseconds, "silence"),
      trouble: WireText.clean(proto.trouble))
  }
}
