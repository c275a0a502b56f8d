import RavineDescent

/// A sweep file, read and checked: everything that it says, and all its trials as arithmetic.
package struct Sweep: Sendable {
  /// The only format version there is.
  package static let formatVersion = 1

  package let name: String
  package let question: String?
  /// What is expected to come out, free text shown beside the answer.
  package let expectation: String?
  /// Measures of every trial besides its record.
  package let metrics: [Metric]
  /// The tables that answer the question; empty for the usual one.
  package let summaries: [SummaryRequest]
  /// The file as written.
  package let text: String
  /// Its name, for messages.
  package let file: String
  package let dataFiles: [DataFileReference]
  /// Things that are allowed but may not be meant.
  package let warnings: [Diagnostic]
  package let sizeReport: SizeReport

  let branches: [Branch]
  let space: SearchSpace
  /// The settings that vary, in file order.
  let axisPaths: [SettingPath]

  /// Reads a sweep file. All errors are found at once; the time does not depend on the number of trials.
  ///
  /// - Parameters:
  ///   - text: the text of the file, at most 1 MiB.
  ///   - file: its name as the user wrote it.
  package static func parse(text: String, file: String) -> Result<Sweep, SweepErrors> {
    SweepReader(text: text, file: file).read()
  }

  /// Reads the bytes of a sweep file, which must be UTF-8.
  package static func parse(bytes: [UInt8], file: String) -> Result<Sweep, SweepErrors> {
    SourceText.decode(bytes, file: file).flatMap { parse(text: $0, file: file) }
  }
}

/// A data file that a sweep reads.
package struct DataFileReference: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable { case csv, npy, libsvm }

  /// As written in the sweep file; relative to its folder and never above it.
  package var name: String
  package var kind: Kind
  package var header: HeaderRule
  /// Where the sweep file names it.
  package var line: Int
  package var column: Int
}
