import RavineDescent

/// Where a run stands at one moment.
package struct ProgressSnapshot: Equatable, Sendable {
  package enum Phase: Equatable, Sendable {
    case running
    /// The store does not take results; why.
    case paused(String)
    case stopping
  }

  package struct StatusCount: Equatable, Sendable {
    package var status: TrialStatus
    package var count: Int

    package init(_ status: TrialStatus, _ count: Int) {
      self.status = status
      self.count = count
    }
  }

  package var phase: Phase = .running
  package var doneTrials = 0
  package var totalTrials = 0
  /// Forecast work, in the units of the plan.
  package var doneCost = 0.0
  package var totalCost = 0.0
  /// Work per second of late; 0 where it is not known yet.
  package var costRate = 0.0
  /// Trials per second of late.
  package var trialRate = 0.0
  package var workers = 0
  /// Seconds since the start.
  package var elapsed = 0.0
  /// As far as known, in the order in which they are to be shown.
  package var statuses: [StatusCount] = []

  package init() {}

  /// Done work as a share, 0 … 1; of trials where no work was forecast.
  package var share: Double {
    let share = totalCost > 0 ? doneCost / totalCost : Double(doneTrials) / Double(max(1, totalTrials))
    return share.isNaN ? 0 : min(1, max(0, share))
  }

  /// Seconds to the end at the present rate of work; nil where no rate is known.
  package var remaining: Double? {
    guard costRate > 0, totalCost > 0 else { return nil }
    return max(0, totalCost - doneCost) / costRate
  }
}

/// One line about a running sweep.
package struct ProgressLine: Equatable, Sendable {
  /// Columns of the terminal.
  package var width: Int
  package var colour: Bool
  /// Whether block characters may be used.
  package var unicode: Bool

  package init(width: Int, colour: Bool, unicode: Bool) {
    self.width = width
    self.colour = colour
    self.unicode = unicode
  }

  /// The line for a terminal: at most `width` columns, escape sequences not counted. What matters least is left out
  /// first where there is no room.
  package func text(_ snapshot: ProgressSnapshot) -> String {
    guard width > 0 else { return "" }
    let percent = NumberText.percent(snapshot.share)
    var used = percent.count
    guard used < width else { return String(percent.prefix(width)) }
    // The bar has its place before the lesser parts, not before time and trials.
    let reserved = width >= 60 ? 16 : 0
    var parts: [Part] = []
    for (index, part) in Self.parts(snapshot).enumerated() {
      let room = width - (index < 2 ? 0 : reserved)
      guard used + 2 + part.text.count <= room else { continue }
      used += 2 + part.text.count
      parts.append(part)
    }
    let barWidth = min(40, width - used - 1)
    let bar = barWidth >= 6 ? bar(snapshot, barWidth) + " " : ""
    let shown = parts.sorted { $0.position < $1.position }.map { painted($0.text, $0.colour) }
    return bar + ([percent] + shown).joined(separator: "  ")
  }

  /// The line for a log: no control codes, no bar, everything in words.
  package static func plain(_ snapshot: ProgressSnapshot) -> String {
    let shown = parts(snapshot).sorted { $0.position < $1.position }.map(\.text)
    return (["\(NumberText.percent(snapshot.share)) of the work"] + shown).joined(separator: ", ")
  }

  private struct Part {
    var text: String
    /// Place from the left.
    var position: Int
    var colour: Colour?
  }

  private enum Colour: Int { case red = 31, green = 32, yellow = 33 }

  /// The most important first.
  private static func parts(_ snapshot: ProgressSnapshot) -> [Part] {
    var parts: [Part] = []
    switch snapshot.phase {
    case .running: break
    case .paused(let reason): parts.append(Part(text: "paused: \(printable(reason))", position: 0, colour: .yellow))
    case .stopping: parts.append(Part(text: "stopping", position: 0, colour: .yellow))
    }
    if snapshot.phase == .running, snapshot.share < 1 {
      parts.append(Part(text: "ETA \(snapshot.remaining.map(NumberText.duration) ?? "?")", position: 3))
    }
    let trials = "\(NumberText.grouped(snapshot.doneTrials))/\(NumberText.count(snapshot.totalTrials, "trial"))"
    parts.append(Part(text: trials, position: 1))
    if snapshot.trialRate > 0 {
      parts.append(Part(text: "\(NumberText.rate(snapshot.trialRate)) trials/s", position: 2))
    }
    let statuses = statusParts(snapshot)
    parts += statuses.filter { $0.colour == .red }
    parts.append(Part(text: NumberText.count(snapshot.workers, "worker"), position: 4))
    parts += statuses.filter { $0.colour != .red }
    parts.append(Part(text: "elapsed \(NumberText.duration(snapshot.elapsed))", position: 1000))
    return parts
  }

  private static func statusParts(_ snapshot: ProgressSnapshot) -> [Part] {
    snapshot.statuses.enumerated().compactMap { index, entry in
      guard entry.count > 0 else { return nil }
      let text = "\(NumberText.grouped(entry.count)) \(entry.status.word)"
      return Part(text: text, position: 5 + index, colour: entry.status == .failed ? .red : nil)
    }
  }

  /// `width` columns, brackets included.
  private func bar(_ snapshot: ProgressSnapshot, _ width: Int) -> String {
    let inner = width - 2
    let eighths = Int((snapshot.share * Double(inner * 8)).rounded(.down))
    let full = min(inner, eighths / 8)
    var filled = String(repeating: unicode ? "█" : "#", count: full)
    var cells = full
    if unicode, full < inner, eighths % 8 > 0 {
      filled += ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8 - 1]
      cells += 1
    }
    let rest = String(repeating: unicode ? " " : ".", count: inner - cells)
    return "[" + painted(filled, snapshot.phase == .running ? .green : .yellow) + rest + "]"
  }

  private func painted(_ text: String, _ colour: Colour?) -> String {
    guard self.colour, let colour, !text.isEmpty else { return text }
    return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
  }
}
