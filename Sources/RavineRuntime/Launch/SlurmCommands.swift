/// One element of a job array, written `4711_3`.
package struct SlurmElement: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var job: Int
  package var index: Int

  package init(job: Int, index: Int) {
    self.job = job
    self.index = index
  }

  package var description: String { "\(job)_\(index)" }

  package static func < (left: SlurmElement, right: SlurmElement) -> Bool {
    (left.job, left.index) < (right.job, right.index)
  }
}

/// A job array that was handed in.
package struct SlurmSubmission: Hashable, Sendable {
  package var job: Int
  /// The cluster's name where `sbatch --clusters` chose one.
  package var cluster: String?
  /// Elements 0 … count - 1.
  package var count: Int

  package init(job: Int, cluster: String? = nil, count: Int) {
    self.job = job
    self.cluster = cluster
    self.count = count
  }

  /// As a line of the run's list of submissions.
  package var line: String { "\(job) \(count)\(cluster.map { " " + $0 } ?? "")" }

  package init?(line: some StringProtocol) {
    let words = line.split(separator: " ")
    guard words.count == 2 || words.count == 3, let job = Int(words[0]), let count = Int(words[1]), job > 0, count > 0
    else { return nil }
    self.init(job: job, cluster: words.count == 3 ? String(words[2]) : nil, count: count)
  }
}

/// An element as `squeue` shows it. Elements that ended are not shown.
package struct SlurmQueueLine: Equatable, Sendable {
  package var element: SlurmElement
  /// Slurm's word, such as `PENDING`, `RUNNING`, `COMPLETING`.
  package var state: String
  package var node: String
  /// Why it waits.
  package var reason: String

  package init(element: SlurmElement, state: String, node: String, reason: String) {
    self.element = element
    self.state = state
    self.node = node
    self.reason = reason
  }
}

/// Slurm's commands as lists of words, and what their answers mean.
package enum SlurmCommands {
  static let configuration = ["scontrol", "show", "config"]

  /// Slurm's default, for a cluster that does not tell.
  static let defaultMaxArraySize = 1001

  /// `MaxArraySize` of `scontrol show config`: every index of an array is below it.
  static func maxArraySize(_ lines: [String]) -> Int {
    for line in lines {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.count == 3, words[0] == "MaxArraySize", let size = Int(words[2]), size > 0 { return size }
    }
    return defaultMaxArraySize
  }

  /// The sizes of the arrays that `count` workers need.
  static func chunks(of count: Int, maxArraySize: Int) -> [Int] {
    let size = max(1, maxArraySize)
    return stride(from: 0, to: count, by: size).map { min(size, count - $0) }
  }

  /// - Parameters:
  ///   - extra: what the user passes on; it comes last, so that it decides.
  static func submit(
    script: String, logs: String, count: Int, extra: [String], isTest: Bool = false
  ) -> [String] {
    ["sbatch", isTest ? "--test-only" : "--parsable", "--array=0-\(count - 1)", "--output=\(logPattern(logs))"]
      + extra + [script]
  }

  /// Where Slurm puts the output of the elements; a percent sign in a folder's name is not a pattern.
  private static func logPattern(_ logs: String) -> String {
    logs.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%") + "/%A_%a.log"
  }

  /// The output of an element.
  static func log(_ element: SlurmElement, logs: String) -> String { "\(logs)/\(element).log" }

  /// The answer of `sbatch --parsable`: `4711` or `4711;cluster`, perhaps between the site's remarks.
  static func submission(_ lines: [String], count: Int) -> SlurmSubmission? {
    for line in lines {
      let words = line.split(separator: ";", maxSplits: 1)
      if let first = words.first, let job = Int(first), job > 0 {
        return SlurmSubmission(job: job, cluster: words.count == 2 ? String(words[1]) : nil, count: count)
      }
    }
    return nil
  }

  /// One question for all arrays of one cluster.
  static func queue(_ submissions: [SlurmSubmission], cluster: String?) -> [String] {
    ["squeue", "--noheader", "--array", "--format=%i|%T|%N|%r"] + clusterWords(cluster)
      + ["--jobs=" + submissions.map { "\($0.job)" }.joined(separator: ",")]
  }

  static func cancel(_ submissions: [SlurmSubmission], cluster: String?) -> [String] {
    ["scancel", "--quiet"] + clusterWords(cluster) + submissions.map { "\($0.job)" }
  }

  private static func clusterWords(_ cluster: String?) -> [String] { cluster.map { ["--clusters=\($0)"] } ?? [] }

  /// The lines that are elements of arrays.
  static func queueLines(_ lines: [String]) -> [SlurmQueueLine] {
    lines.compactMap { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      let name = cells[0].split(separator: "_")
      guard cells.count == 4, name.count == 2, let job = Int(name[0]), let index = Int(name[1]) else { return nil }
      return SlurmQueueLine(
        element: SlurmElement(job: job, index: index), state: String(cells[1]), node: String(cells[2]),
        reason: String(cells[3]))
    }
  }

  /// Whether `squeue` failed only because it knows none of the jobs any more.
  static func areForgotten(_ lines: [String]) -> Bool { lines.contains { $0.contains("Invalid job id") } }
}
