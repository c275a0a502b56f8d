/// One thing to tell the user about a sweep file: what, where, why, and what to type next.
package struct Diagnostic: Hashable, Sendable, Error {
  package enum Severity: String, Hashable, Sendable { case error, warning }

  /// A second place that belongs to the story, such as the first of two equal keys.
  package struct Related: Hashable, Sendable {
    package var span: SourceSpan
    package var label: String
  }

  package var severity: Severity
  package var code: DiagnosticCode
  /// Lower-case, no full stop.
  package var headline: String
  package var file: String
  package var span: SourceSpan
  /// Written after the caret.
  package var label: String
  package var related: [Related]
  package var helps: [String]
  package var notes: [String]

  package var line: Int { span.line }
  package var column: Int { span.column }
  package var length: Int { span.length }

  package init(
    _ severity: Severity, _ code: DiagnosticCode, _ headline: String, file: String, at span: SourceSpan,
    label: String = "", related: [Related] = [], helps: [String] = [], notes: [String] = []
  ) {
    self.severity = severity
    self.code = code
    self.headline = headline
    self.file = file
    self.span = span
    self.label = label
    self.related = related
    self.helps = helps
    self.notes = notes
  }
}

/// Why a sweep file was refused: at most ``limit`` diagnostics, sorted by place.
package struct SweepErrors: Error, Hashable, Sendable {
  package static let limit = 20

  package var diagnostics: [Diagnostic]
  /// How many further errors were found and left out.
  package var omitted: Int

  /// Sorts by place, drops repeats and keeps the first ``limit``.
  package init(_ all: [Diagnostic]) {
    let sorted = all.enumerated().sorted { left, right in
      (left.element.line, left.element.column, left.offset) < (right.element.line, right.element.column, right.offset)
    }
    var seen = Set<Diagnostic>()
    let distinct = sorted.map(\.element).filter { seen.insert($0).inserted }
    diagnostics = Array(distinct.prefix(Self.limit))
    omitted = distinct.count - diagnostics.count
  }

  /// The whole report, one block for each diagnostic, ending with what to do next.
  package func render(source: String) -> String {
    var blocks = diagnostics.map { $0.render(source: source) }
    if omitted > 0 { blocks.append("and \(omitted) more errors") }
    let file = diagnostics.first?.file ?? "the file"
    blocks.append("nothing was started. fix the file and run `ravine plan \(Printable.text(file))`")
    return blocks.joined(separator: "\n")
  }
}

/// Collects diagnostics while a file is read, so that all of them are reported at once.
struct Issues {
  let file: String
  private(set) var errors: [Diagnostic] = []
  private(set) var warnings: [Diagnostic] = []

  init(file: String) { self.file = file }

  mutating func error(
    _ code: DiagnosticCode, _ headline: String, at span: SourceSpan, label: String = "",
    related: [Diagnostic.Related] = [], helps: [String] = [], notes: [String] = []
  ) {
    errors.append(
      Diagnostic(
        .error, code, headline, file: file, at: span, label: label, related: related, helps: helps, notes: notes))
  }

  mutating func warning(
    _ code: DiagnosticCode, _ headline: String, at span: SourceSpan, label: String = "",
    related: [Diagnostic.Related] = [], notes: [String] = []
  ) {
    warnings.append(
      Diagnostic(.warning, code, headline, file: file, at: span, label: label, related: related, notes: notes))
  }
}
