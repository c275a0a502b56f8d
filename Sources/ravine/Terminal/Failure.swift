import ArgumentParser
import Glibc
import RavineDescent
import RavineReports
import RavineRuntime
import RavineStore
import RavineSweeps

/// Turns every error of the program into its message on standard error and its exit status.
enum Failure {
  /// Runs a command's body; what it throws ends the process with the right words and status.
  static func reporting(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let exit as ExitCode {
      throw exit
    } catch Terminal.Quiet.readerGone {
      throw ExitCode(141)
    } catch {
      let (text, status) = describe(error)
      Terminal.say(text)
      throw ExitCode(status)
    }
  }

  static func describe(_ error: any Error) -> (text: String, status: Int32) {
    switch error {
    case let error as LoadError: (error.text, error.status.rawValue)
    case let error as RuntimeError: (error.description, error.status.rawValue)
    case let error as StoreError: (error.description, error.exitStatus)
    case let error as DataError:
      (
        error.messages.map { "error: " + $0 }.joined(separator: "\n") + "\nnothing was started",
        ExitStatus.badData.rawValue
      )
    case let error as QueryError: (error.description, ExitStatus.usage.rawValue)
    case Terminal.Quiet.outputFailed(let code):
      ("error: cannot write the output: \(RuntimeError.words(for: code))", ExitStatus.storeIO.rawValue)
    default: ("error: \(error)\n   = help: this is a bug of ravine, please report it", ExitStatus.bug.rawValue)
    }
  }
}

/// A sweep or a data file that cannot be used, already in its final words.
struct LoadError: Error {
  var text: String
  var status: ExitStatus
}
