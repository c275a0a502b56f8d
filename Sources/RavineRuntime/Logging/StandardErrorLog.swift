import Glibc
import Logging

/// Log lines on standard error: `level label: message key=value …`, one `write` per line, metadata in order of its
/// keys.
package struct StandardErrorLog: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  private let label: String

  /// A logger for one part of the program. Nothing global is set up, so parts and tests do not share state.
  package static func logger(_ label: String, level: Logger.Level) -> Logger {
    Logger(label: label) { StandardErrorLog(label: $0, logLevel: level) }
  }

  init(label: String, logLevel: Logger.Level) {
    self.label = label
    self.logLevel = logLevel
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let line = Self.line(
      level: event.level, label: label, message: "\(event.message)",
      metadata: metadata.merging(event.metadata ?? [:]) { _, new in new })
    // A closed or full standard error loses log lines, never the run.
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
  }

  static func line(level: Logger.Level, label: String, message: String, metadata: Logger.Metadata) -> String {
    var line = "\(level) \(label): \(message)"
    for key in metadata.keys.sorted() {
      if let value = metadata[key] { line += " \(key)=\(value)" }
    }
    return line + "\n"
  }
}
