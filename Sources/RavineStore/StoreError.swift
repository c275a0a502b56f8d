/// What can go wrong with a run's file. Each case knows its exit status and says what was kept.
package enum StoreError: Error, Equatable, Sendable {
  /// Another coordinator holds the run.
  case locked(path: String, pid: Int32, host: String, since: String)
  /// Another coordinator took the run over; this one may not write any more.
  case superseded(path: String, epoch: UInt64)
  /// No space, or a quota or file size limit.
  case full(path: String)
  /// The system refused a read, write or sync.
  case io(path: String, reason: String)
  /// The file was deleted or replaced while the run was going.
  case vanished(path: String)
  /// The database stayed busy: another program writes to it.
  case busy(path: String)
  /// A read-only file or file system.
  case readOnly(path: String)
  /// No such file.
  case missing(path: String)
  case cannotCreate(path: String, reason: String)
  case alreadyExists(path: String)
  /// Not a database, or a database of another program.
  case foreign(path: String, reason: String)
  /// Written by a newer version of the program.
  case newer(path: String, found: Int, supported: Int)
  /// The file belongs to a run of another sweep.
  case differentSweep(path: String, stored: String, given: String)
  /// Stored bytes are not what was written.
  case damaged(path: String, reason: String)
  /// The caller asked for what cannot be: a bug of this program.
  case internalFault(path: String, reason: String)

  /// The exit status of a command that ends with this error.
  package var exitStatus: Int32 {
    switch self {
    case .locked, .superseded, .busy: 75
    case .full, .io, .vanished, .readOnly: 74
    case .missing: 66
    case .cannotCreate, .alreadyExists: 73
    case .foreign, .newer, .differentSweep, .damaged: 65
    case .internalFault: 70
    }
  }

  /// Whether the same call may work later without anybody changing the program or the file: the coordinator pauses.
  package var isTransient: Bool {
    switch self {
    case .full, .io, .busy, .readOnly: true
    default: false
    }
  }

  /// The stable code of the message.
  package var code: String {
    switch self {
    case .locked: "RV-3001"
    case .superseded: "RV-3002"
    case .busy: "RV-3003"
    case .io: "RV-3004"
    case .vanished: "RV-3005"
    case .readOnly: "RV-3006"
    case .full: "RV-3007"
    case .missing: "RV-3008"
    case .cannotCreate: "RV-3009"
    case .alreadyExists: "RV-3010"
    case .foreign: "RV-3011"
    case .newer: "RV-3012"
    case .differentSweep: "RV-3013"
    case .damaged: "RV-3014"
    case .internalFault: "RV-3015"
    }
  }
}

extension StoreError: CustomStringConvertible {
  /// The whole message: headline, what was kept, what to do next.
  package var description: String {
    (["error[\(code)]: \(headline)"] + details.map { "   = \($0)" }).joined(separator: "\n")
  }

  /// One line, lower-case, without a full stop.
  package var headline: String {
    switch self {
    case .locked(let path, let pid, let host, let since):
      "the run `\(path)` is already being run by process \(pid) on `\(host)` since \(since)"
    case .superseded(let path, let epoch):
      "the run `\(path)` was taken over by another coordinator (its start number \(epoch))"
    case .full(let path): "no space left for the run `\(path)`"
    case .io(let path, let reason): "cannot read or write the run `\(path)`: \(reason)"
    case .vanished(let path): "the file of the run `\(path)` was deleted or replaced while the run was going"
    case .busy(let path): "another program keeps the run `\(path)` locked"
    case .readOnly(let path): "the run `\(path)` is read-only"
    case .missing(let path): "there is no run `\(path)`"
    case .cannotCreate(let path, let reason): "cannot create the run `\(path)`: \(reason)"
    case .alreadyExists(let path): "there is already a file `\(path)`"
    case .foreign(let path, let reason): "`\(path)` is not a run of ravine: \(reason)"
    case .newer(let path, let found, _): "the run `\(path)` has format \(found), written by a newer ravine"
    case .differentSweep(let path, _, _): "the run `\(path)` belongs to another sweep"
    case .damaged(let path, let reason): "the run `\(path)` is damaged: \(reason)"
    case .internalFault(let path, let reason): "wrong use of the run `\(path)`: \(reason)"
    }
  }

  private var details: [String] {
    switch self {
    case .locked(_, _, let host, _): ["help: look at it with `ravine status`, or stop the process on `\(host)` first"]
    case .superseded: [Self.kept, "help: nothing to do: the other coordinator goes on from there"]
    case .full: [Self.kept, "help: free some space; the run goes on from there"]
    case .io, .vanished: [Self.kept, "help: check the disk and that the file is in its place, then run it again"]
    case .busy: [Self.kept, "help: close the other program, then run it again"]
    case .readOnly: [Self.kept, "help: check who owns the file and whether its file system is mounted for writing"]
    case .missing: ["help: `ravine list` names the runs of a folder"]
    case .cannotCreate: ["note: nothing was started", "help: check that the folder exists and may be written to"]
    case .alreadyExists: ["note: it was not touched", "help: give the run another name, or remove the file"]
    case .foreign: ["note: it was not touched", "help: give the run another name"]
    case .newer(_, let found, let supported):
      [
        "note: this build reads formats up to \(supported), the file has \(found); it was not touched",
        "help: use the version of ravine that wrote it",
      ]
    case .differentSweep(_, let stored, let given):
      [
        "note: plan of the run \(stored.prefix(12)), plan of the sweep file \(given.prefix(12))",
        "note: the run was not touched",
        "help: give the new sweep another name, or undo the change to the sweep file or its data",
      ]
    case .damaged:
      ["note: it was not touched", "help: copy the file to a safe place, then start the sweep under another name"]
    case .internalFault: ["help: this is a bug of ravine, please report it"]
    }
  }

  private static let kept = "note: every result that was acknowledged is safe in the file"
}
