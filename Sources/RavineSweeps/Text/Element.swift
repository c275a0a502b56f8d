/// A node of the sweep file with its place: the YAML tree without any interpretation of scalars.
struct Element {
  enum Content {
    /// `isPlain`: written without quotes or a block indicator.
    case scalar(String, isPlain: Bool)
    case list([Element])
    case mapping([Entry])
  }

  struct Entry {
    var key: String
    var keySpan: SourceSpan
    var value: Element
  }

  var span: SourceSpan
  var content: Content

  /// What stands here, in words for an error message.
  var described: String {
    switch content {
    case .scalar(_, isPlain: true) where isNothing: "nothing"
    case .scalar(let text, let isPlain): isPlain ? "`\(Printable.text(text, limit: 40))`" : "quoted text"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }

  /// An empty value, `~` or `null`.
  var isNothing: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The text of a scalar of any style; nil for nothing and for collections.
  var text: String? {
    guard case .scalar(let text, _) = content, !isNothing else { return nil }
    return text
  }

  /// The text of an unquoted scalar.
  var plainText: String? {
    guard case .scalar(let text, isPlain: true) = content, !isNothing else { return nil }
    return text
  }

  var list: [Element]? {
    guard case .list(let elements) = content else { return nil }
    return elements
  }

  var mapping: [Entry]? {
    guard case .mapping(let entries) = content else { return nil }
    return entries
  }

  /// The value of `key` in a mapping.
  func value(_ key: String) -> Element? { mapping?.first { $0.key == key }?.value }
}
