import GRDB
import Glibc

/// One run of a folder.
package struct RunListing: Equatable, Sendable {
  package var path: String
  package var name: String
  package var state: RunState
  package var trialCount: Int
  /// Committed and failed.
  package var doneTrials: Int
  package var failedTrials: Int
  package var createdAt: WallTime
  package var updatedAt: WallTime
  /// Of the file and its log.
  package var bytes: Int
}

/// The runs of a folder.
package enum RunCatalogue {
  package static let suffix = ".sqlite"

  /// The runs in `folder`, sorted by file name. Files of other programs are passed over; runs that cannot be read come
  /// as errors. Throws `missing` where there is no such folder.
  package static func runs(in folder: String) throws(StoreError) -> [Result<RunListing, StoreError>] {
    guard let directory = opendir(folder) else { throw .missing(path: folder) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(suffix) { names.append(name) }
    }
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    return names.sorted().compactMap { name in
      let result = Result { () throws(StoreError) in try listing(of: prefix + name) }
      if case .failure(.foreign) = result { return nil }
      return result
    }
  }

  /// One run, at a glance.
  package static func listing(of path: String) throws(StoreError) -> RunListing {
    let store = try RunStore.open(at: path, readOnly: true)
    defer { store.close() }
    let tally = try store.tally()
    let size = ["", "-wal"].compactMap { FileIdentity(path: path + $0)?.size }.reduce(0, +)
    return RunListing(
      path: path, name: store.provenance.name, state: store.stateAtOpening, trialCount: store.trialCount,
      doneTrials: tally.committedTrials + tally.failedTrials, failedTrials: tally.failedTrials,
      createdAt: store.provenance.createdAt, updatedAt: try store.updatedAt(), bytes: size)
  }
}
