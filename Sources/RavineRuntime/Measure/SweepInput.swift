import RavineDescent
import RavineSweeps

/// A sweep with its data files, read and planned: what coordinator and worker both start from.
package struct SweepInput: Sendable {
  package let sweep: Sweep
  package let plan: Plan
  package let tables: [String: Table]
  package let files: [SweepFile]

  /// Reads the texts; touches no file.
  ///
  /// - Throws: ``SweepErrors`` for the sweep file, ``DataError`` for a data file (all problems of it at once).
  package init(text: String, file: String, files: [(name: String, bytes: [UInt8])]) throws {
    let sweep = try Sweep.parse(text: text, file: file).get()
    var tables: [String: Table] = [:]
    var hashes: [String: String] = [:]
    var kept: [SweepFile] = []
    var messages: [String] = []
    for reference in sweep.dataFiles {
      guard let bytes = files.first(where: { $0.name == reference.name })?.bytes else {
        messages.append("data file `\(reference.name)` is missing\n  --> \(file):\(reference.line):\(reference.column)")
        continue
      }
      do throws(DataError) {
        tables[reference.name] = try Self.table(reference, bytes)
      } catch {
        messages += error.messages
        continue
      }
      let hash = SHA256.hexDigest(of: bytes)
      hashes[reference.name] = hash
      kept.append(SweepFile(name: reference.name, sha256: hash, bytes: bytes))
    }
    guard messages.isEmpty else { throw DataError(messages: messages) }
    self.sweep = sweep
    self.tables = tables
    self.files = kept
    plan = try Plan(sweep: sweep, tables: tables, fileHashes: hashes)
  }

  private static func table(_ reference: DataFileReference, _ bytes: [UInt8]) throws(DataError) -> Table {
    switch reference.kind {
    case .csv: try CSV.parse(bytes, name: reference.name, header: reference.header)
    case .npy: try NPY.parse(bytes, name: reference.name)
    case .libsvm: try LIBSVM.parse(bytes, name: reference.name)
    }
  }
}

/// A data file as it was read.
package struct SweepFile: Sendable, Equatable {
  /// As written in the sweep file.
  package var name: String
  package var sha256: String
  package var bytes: [UInt8]
}
