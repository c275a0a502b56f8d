/// Mixed-radix arithmetic over some axes, the last fastest, where some tuples may be missing.
///
/// The axes that constraints mention are *bound*: their tuples (combinations, numbered with the last bound axis
/// fastest) carry weights, given as a cumulative function. All other axes are *free*. An index among the weighted
/// tuples, in lexicographic order of all axes, is turned into digits and back without listing anything.
struct Level: Sendable {
  private struct Digit: Sendable {
    var size: Int
    /// Distance of neighbouring digits in the number of the combination; 0 for a free axis.
    var stride: Int
    /// Product of the sizes of the free axes after this one.
    var freeAfter: Int
  }

  private let digits: [Digit]
  /// Number of combinations of the bound axes.
  let combinations: Int
  /// Product of the sizes of the free axes.
  let free: Int

  /// - Parameter axes: sizes, slowest first, with whether each is bound. The product of the free sizes may wrap around
  ///   only where no combination is kept.
  init(_ axes: [(size: Int, isBound: Bool)]) {
    var digits: [Digit] = []
    var (stride, free) = (1, 1)
    for axis in axes.reversed() {
      digits.append(Digit(size: axis.size, stride: axis.isBound ? stride : 0, freeAfter: free))
      if axis.isBound { stride &*= axis.size } else { free &*= axis.size }
    }
    self.digits = digits.reversed()
    combinations = stride
    self.free = free
  }

  /// Finds the tuple that holds `index`.
  ///
  /// - Parameters:
  ///   - base: number of the first combination; `cumulative(base + c)` − `cumulative(base)` is the weight of the
  ///     combinations before c.
  ///   - visit: called with each axis and its digit.
  /// - Returns: the combination (with `base`) and what is left of the index inside the tuple's weight.
  @inline(__always)
  func descend(
    _ index: Int, base: Int, cumulative: (Int) -> Int, visit: (_ axis: Int, _ digit: Int) -> Void
  ) -> (combination: Int, rest: Int) {
    var rest = index
    var first = base
    var width = combinations
    for axis in 0..<digits.count {
      let digit = digits[axis]
      if digit.stride == 0 {
        let unit = (cumulative(first + width) - cumulative(first)) * digit.freeAfter
        let value = rest / unit
        rest -= value * unit
        visit(axis, value)
      } else {
        let origin = cumulative(first)
        let target = rest / digit.freeAfter
        var (low, high) = (0, digit.size)
        while high - low > 1 {
          let middle = (low + high) / 2
          if cumulative(first + middle * digit.stride) - origin <= target { low = middle } else { high = middle }
        }
        rest -= (cumulative(first + low * digit.stride) - origin) * digit.freeAfter
        first += low * digit.stride
        width = digit.stride
        visit(axis, low)
      }
    }
    return (first, rest)
  }

  /// The first index of the tuple with these digits: the inverse of ``descend(_:base:cumulative:visit:)``.
  func index(of tuple: [Int], base: Int, cumulative: (Int) -> Int) -> Int {
    var result = 0
    var first = base
    var width = combinations
    for (digit, value) in zip(digits, tuple) {
      if digit.stride == 0 {
        result += (cumulative(first + width) - cumulative(first)) * digit.freeAfter * value
      } else {
        result += (cumulative(first + value * digit.stride) - cumulative(first)) * digit.freeAfter
        first += value * digit.stride
        width = digit.stride
      }
    }
    return result
  }

  /// Distance of neighbouring digits of a bound axis in the number of the combination.
  func stride(of axis: Int) -> Int { digits[axis].stride }
}
