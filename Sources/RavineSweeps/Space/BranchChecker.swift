/// Checks what no single value shows: that each setting exists for the kinds it stands beside, that nothing needed is
/// missing, and the rules between settings.
struct BranchChecker {
  let branch: Branch

  func check(_ issues: inout Issues) {
    for family in KindFamily.all { check(family, &issues) }
    JointRules(branch: branch).check(&issues)
  }

  private func check(_ family: KindFamily, _ issues: inout Issues) {
    let words = words(of: family)
    guard !words.isEmpty else {
      issues.error(
        .missingKey, "missing key `kind` in `\(section(family))`", at: branch.base.span(.file) ?? branch.span,
        label: "which kind of \(section(family))?", notes: ["kinds: \(family.words.joined(separator: ", "))"])
      return
    }
    for path in SettingPath.allCases where family.governs(path) {
      checkApplies(path, family, words, &issues)
    }
    for word in words {
      for path in family.kind(word)?.required ?? [] where !isGiven(path, word, family) {
        issues.error(
          .missingKey, "`\(word)` needs `\(path.name)`",
          at: branch.base.span(family.selector) ?? branch.axis(family.selector)?.span ?? branch.span,
          label: "`\(path.key)` is missing",
          notes: ["`\(path.name)`: \(path.setting.doc), \(path.setting.form.described)"])
      }
    }
  }

  private func section(_ family: KindFamily) -> String {
    family.selector.name.split(separator: ".").first.map(String.init) ?? ""
  }

  /// The kinds that may rule, in the order of the file.
  private func words(of family: KindFamily) -> [String] {
    var words: [String] = []
    if let axis = branch.axis(family.selector), let column = axis.column(family.selector) {
      if case .list(let values) = column.series { words = values.compactMap(\.word) }
      if axis.conditions.isEmpty { return words }
    }
    let base = branch.base.values.kind(family)
    return base.isEmpty || words.contains(base) ? words : words + [base]
  }

  /// The kinds under which an axis exists, as far as its conditions on the kind say.
  private func words(_ words: [String], under axis: AxisDeclaration, _ family: KindFamily) -> [String] {
    axis.conditions.filter { $0.path == family.selector }.reduce(words) { left, condition in
      left.filter { condition.allowed.contains(.word($0)) }
    }
  }

  private func checkApplies(
    _ path: SettingPath, _ family: KindFamily, _ words: [String], _ issues: inout Issues
  ) {
    let isBase = branch.base.values[path] != nil
    if isBase, branch.axis(path)?.conditions.isEmpty ?? true, let span = branch.base.span(path) {
      report(path, family, words, at: span, &issues)
    }
    if let axis = branch.axis(path) {
      report(path, family, self.words(words, under: axis, family), at: axis.column(path)?.span ?? axis.span, &issues)
    }
  }

  private func report(
    _ path: SettingPath, _ family: KindFamily, _ words: [String], at span: SourceSpan, _ issues: inout Issues
  ) {
    let strangers = words.filter { family.kind($0)?.knows(path) == false }
    guard let stranger = strangers.first else { return }
    let owners = family.words(knowing: path)
    let among = words.filter { owners.contains($0) }
    var helps: [String] = []
    if let owner = among.first {
      let condition = among.count == 1 ? owner : "[\(among.joined(separator: ", "))]"
      helps = ["make it an axis with `when: {\(family.selector.name): \(condition)}`"]
    } else if path == .momentum || path == .step, stranger.contains("_") {
      helps = ["`\(stranger)` sets its own step and momentum"]
    }
    issues.error(
      .doesNotApply,
      "`\(path.name)` does not apply to \(strangers.map { "`\($0)`" }.joined(separator: ", "))", at: span,
      label: "not a setting of `\(stranger)`", helps: helps, notes: ["it belongs to: \(owners.joined(separator: ", "))"]
    )
  }

  private func isGiven(_ path: SettingPath, _ word: String, _ family: KindFamily) -> Bool {
    if branch.base.values[path] != nil { return true }
    guard let axis = branch.axis(path) else { return false }
    return axis.conditions.allSatisfy { condition in
      condition.path == family.selector && condition.allowed.contains(.word(word))
    }
  }
}
