/// Recognises files of other formats by their first bytes, so that the message can name them.
enum ForeignFormats {
  private static let magics: [(bytes: [UInt8], name: String)] = [
    ([0x1F, 0x8B], "gzip"), (Array("PK\u{3}\u{4}".utf8), "zip (also .xlsx and .npz)"), (Array("PAR1".utf8), "Parquet"),
    (Array("BZh".utf8), "bzip2"), ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz"), ([0x93] + Array("NUMPY".utf8), "NPY"),
    ([0x89] + Array("HDF".utf8), "HDF5"), (Array("SQLite format 3".utf8), "an SQLite database"),
    ([0xFF, 0xFE], "UTF-16 text"), ([0xFE, 0xFF], "UTF-16 text"),
  ]

  /// The name of the format, or nil where the first bytes say nothing.
  static func name(of bytes: some Collection<UInt8>) -> String? {
    magics.first { bytes.starts(with: $0.bytes) }?.name
  }

  /// What to type for a file of format `name` that was meant to be `expected`.
  static func error(file: String, format: String, expected: String) -> DataError {
    let help =
      switch format {
      case "gzip": "unpack it first: `gunzip -k \(file)`"
      case "NPY": "set the data kind to npy"
      case "UTF-16 text": "convert it first: `iconv -f UTF-16 -t UTF-8`"
      default: "convert it to \(expected) first"
      }
    return DataError("`\(file)` is not \(expected) but \(format)", at: file, help: help)
  }
}
