extension Table {
  /// The header's name of a column, or `column N` (0-based) where the file has no header.
  package func columnName(_ index: Int) -> String { names.map { $0[index] } ?? "column \(index)" }

  /// The column of the target: a header name, a 0-based number, or (nil) the last.
  ///
  /// - Throws: a name that is not in the header or stands there twice, a number beyond the columns.
  package func targetIndex(_ target: String?, file: String) throws(DataError) -> Int {
    guard let target else { return columns - 1 }
    let matches = (names ?? []).indices.filter { names?[$0] == target }
    if matches.count > 1 {
      throw DataError(
        "`\(file)` has \(matches.count) columns named `\(target)`", at: file,
        help: "name the target by its number: one of \(matches.map(String.init).joined(separator: ", "))")
    }
    if let match = matches.first { return match }
    if let number = Int(target), number >= 0, number < columns { return number }
    throw unknownTarget(target, file)
  }

  private func unknownTarget(_ target: String, _ file: String) -> DataError {
    let range = "numbers 0 to \(columns - 1)"
    guard let names else {
      return DataError(
        "`\(file)` has no column `\(target)`", at: file, notes: ["it has no header; its columns are \(range)"])
    }
    let shown = names.prefix(24).map { "`\($0)`" }.joined(separator: ", ")
    let more = names.count > 24 ? ", and \(names.count - 24) more" : ""
    return DataError(
      "`\(file)` has no column `\(target)`", at: file, notes: ["its columns are \(shown)\(more) (\(range))"],
      help: Spelling.nearest(to: target, among: names).map { "did you mean `\($0)`?" })
  }
}
