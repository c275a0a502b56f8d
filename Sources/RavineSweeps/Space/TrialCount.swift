/// A count of any size, exact: limbs of nine decimal digits, the lowest first.
package struct TrialCount: Hashable, Sendable, CustomStringConvertible {
  private static let base: UInt64 = 1_000_000_000

  private var limbs: [UInt64]

  package init(_ value: Int) {
    var rest = UInt64(max(0, value))
    limbs = []
    repeat {
      limbs.append(rest % Self.base)
      rest /= Self.base
    } while rest > 0
  }

  /// The exact value where it fits.
  package var exact: Int? {
    var value = 0
    for limb in limbs.reversed() {
      let (product, over) = value.multipliedReportingOverflow(by: Int(Self.base))
      let (sum, carry) = product.addingReportingOverflow(Int(limb))
      if over || carry { return nil }
      value = sum
    }
    return value
  }

  package static func + (left: TrialCount, right: TrialCount) -> TrialCount {
    var result = left
    var carry: UInt64 = 0
    for index in 0..<max(left.limbs.count, right.limbs.count) {
      if index == result.limbs.count { result.limbs.append(0) }
      let sum = result.limbs[index] + (index < right.limbs.count ? right.limbs[index] : 0) + carry
      result.limbs[index] = sum % base
      carry = sum / base
    }
    if carry > 0 { result.limbs.append(carry) }
    return result
  }

  package static func * (left: TrialCount, right: TrialCount) -> TrialCount {
    var result = TrialCount(0)
    result.limbs = [UInt64](repeating: 0, count: left.limbs.count + right.limbs.count)
    for (i, a) in left.limbs.enumerated() {
      var carry: UInt64 = 0
      for (j, b) in right.limbs.enumerated() {
        let sum = result.limbs[i + j] + a * b + carry
        result.limbs[i + j] = sum % base
        carry = sum / base
      }
      result.limbs[i + right.limbs.count] += carry
    }
    while result.limbs.count > 1, result.limbs.last == 0 { result.limbs.removeLast() }
    return result
  }

  package static func * (left: TrialCount, right: Int) -> TrialCount { left * TrialCount(right) }

  package static func > (left: TrialCount, right: TrialCount) -> Bool {
    if left.limbs.count != right.limbs.count { return left.limbs.count > right.limbs.count }
    return right.limbs.reversed().lexicographicallyPrecedes(left.limbs.reversed())
  }

  /// Digits in groups of three.
  package var description: String {
    let digits = limbs.dropLast().reversed().reduce(String(limbs.last ?? 0)) { text, limb in
      let part = String(limb)
      return text + String(repeating: "0", count: 9 - part.count) + part
    }
    return Self.grouped(digits)
  }

  package static func grouped(_ value: Int) -> String { grouped(String(value)) }

  private static func grouped(_ digits: String) -> String {
    var groups: [Substring] = []
    var rest = Substring(digits)
    while rest.count > 3 {
      groups.append(rest.suffix(3))
      rest = rest.dropLast(3)
    }
    groups.append(rest)
    return groups.reversed().joined(separator: ",")
  }
}
