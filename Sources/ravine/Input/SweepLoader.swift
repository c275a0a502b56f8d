import Glibc
import RavineDescent
import RavineRuntime
import RavineSweeps

/// Reads a sweep file and the data files that it names.
enum SweepLoader {
  static let largestSweep = 1 << 20
  static let largestData = 1 << 30
  /// Sweeps above this need to be asked for by number.
  static let freely = 10_000_000

  /// - `path`: the sweep file; `-` is standard input.
  static func load(_ path: String) throws -> SweepInput {
    let bytes = try FileBytes.read(path == "-" ? "/dev/stdin" : path, limit: largestSweep)
    let text = String(decoding: bytes, as: UTF8.self)
    switch Sweep.parse(bytes: bytes, file: path) {
    case .failure(let errors): throw LoadError(text: errors.render(source: text), status: .badSweep)
    case .success(let sweep):
      for warning in sweep.warnings { Terminal.say(warning.render(source: text)) }
      var files: [(name: String, bytes: [UInt8])] = []
      var messages: [String] = []
      for reference in sweep.dataFiles {
        do {
          files.append((reference.name, try FileBytes.read(folder(of: path) + reference.name, limit: largestData)))
        } catch {
          let place = "  --> \(path):\(reference.line):\(reference.column)"
          messages.append(([error.description, place]).joined(separator: "\n"))
        }
      }
      guard messages.isEmpty else {
        throw LoadError(text: messages.joined(separator: "\n") + "\nnothing was started", status: .inputMissing)
      }
      do {
        return try SweepInput(text: text, file: path, files: files)
      } catch let errors as SweepErrors {
        throw LoadError(text: errors.render(source: text), status: .badSweep)
      }
    }
  }

  /// Refuses sweeps that are surely a mistake, with the arithmetic; `asked` is the number given with `--yes-run`.
  static func admit(_ input: SweepInput, asked: Int?) throws {
    guard input.plan.trialCount > freely, asked != input.plan.trialCount else { return }
    throw LoadError(text: TrialBudget.refusal(input), status: .usage)
  }

  /// The folder of a path with its slash; empty for a bare name.
  private static func folder(of path: String) -> String {
    guard path != "-", let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }
}
