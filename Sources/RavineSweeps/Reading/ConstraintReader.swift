/// Reads the list of `constraints`.
enum ConstraintReader {
  static func read(_ element: Element?, _ issues: inout Issues) -> [Constraint] {
    guard let element, !element.isNothing else { return [] }
    guard let list = element.list else {
      issues.error(
        .constraint, "`constraints` must be a list of conditions", at: element.span,
        label: "found \(element.described)", helps: ["write `- optimizer.step < 1` below it"])
      return []
    }
    return list.compactMap { constraint($0, &issues) }
  }

  private static func constraint(_ element: Element, _ issues: inout Issues) -> Constraint? {
    guard let text = element.text else {
      issues.error(
        .constraint, "a constraint must be a condition", at: element.span, label: "found \(element.described)")
      return nil
    }
    do throws(ExpressionError) {
      return Constraint(text: text, span: element.span, expression: try ExpressionParser.parse(text))
    } catch {
      let shift = element.plainText == nil ? 1 : 0
      let span = SourceSpan(
        line: element.span.line, column: element.span.column + shift + error.offset, length: max(1, error.length))
      issues.error(
        .constraint, "this constraint cannot be read: \(error.message)", at: span,
        helps: error.help.map { [$0] } ?? [])
      return nil
    }
  }
}
