/// Direction numbers of the Sobol sequence after Joe and Kuo, "Constructing Sobol sequences with better
/// two-dimensional projections", SIAM J. Sci. Comput. 30 (2008); the first rows of their table new-joe-kuo-6.
enum SobolTable {
  /// Dimension 1 is the van der Corput sequence; the rest stand in ``rows``.
  static let dimensions = rows.count + 1

  /// Bits of each direction number.
  static let bits = 64

  /// For dimensions 2, 3, …: the coefficients `a` of the primitive polynomial and the initial numbers m.
  static let rows: [(a: UInt64, m: [UInt64])] = [
    (0, [1]),
    (1, [1, 3]),
    (1, [1, 3, 1]),
    (2, [1, 1, 1]),
    (1, [1, 1, 3, 3]),
    (4, [1, 3, 5, 13]),
    (2, [1, 1, 5, 5, 17]),
    (4, [1, 1, 5, 5, 5]),
    (7, [1, 1, 7, 11, 19]),
    (11, [1, 1, 5, 1, 1]),
    (13, [1, 1, 1, 3, 11]),
    (14, [1, 3, 5, 5, 31]),
    (1, [1, 3, 3, 9, 7, 49]),
    (13, [1, 1, 1, 15, 21, 21]),
    (16, [1, 3, 1, 13, 27, 49]),
    (19, [1, 1, 1, 15, 7, 5]),
    (22, [1, 3, 1, 15, 13, 25]),
    (25, [1, 1, 5, 5, 19, 61]),
    (1, [1, 3, 7, 11, 23, 15, 103]),
    (4, [1, 3, 7, 13, 13, 15, 69]),
    (7, [1, 1, 3, 13, 7, 35, 63]),
    (8, [1, 3, 5, 9, 1, 25, 53]),
    (14, [1, 3, 1, 13, 9, 35, 107]),
    (19, [1, 3, 1, 5, 27, 61, 31]),
    (21, [1, 1, 5, 11, 19, 41, 61]),
    (28, [1, 3, 5, 3, 3, 13, 69]),
    (31, [1, 1, 7, 13, 1, 19, 1]),
    (32, [1, 3, 7, 5, 13, 19, 59]),
    (37, [1, 1, 3, 9, 25, 29, 41]),
    (41, [1, 3, 5, 13, 23, 1, 55]),
    (42, [1, 3, 7, 3, 13, 59, 17]),
    (50, [1, 3, 1, 3, 5, 53, 69]),
  ]

  /// Direction numbers v_1 … v_64 of each dimension, as binary fractions of 64 bits; row-major.
  static let directions: [UInt64] = (0..<dimensions).flatMap { direction($0) }

  private static func direction(_ dimension: Int) -> [UInt64] {
    guard dimension > 0 else { return (0..<bits).map { 1 << UInt64(bits - 1 - $0) } }
    let (a, m) = rows[dimension - 1]
    let degree = m.count
    var v = m.enumerated().map { $0.element << UInt64(bits - 1 - $0.offset) }
    for k in degree..<bits {
      var next = v[k - degree] ^ (v[k - degree] >> UInt64(degree))
      for i in 1..<max(1, degree) where (a >> UInt64(degree - 1 - i)) & 1 == 1 { next ^= v[k - i] }
      v.append(next)
    }
    return v
  }

  /// Coordinate `dimension` (from 0) of point `index` as a binary fraction; points come in Gray-code order.
  static func fraction(of index: UInt64, dimension: Int) -> UInt64 {
    var gray = index ^ (index >> 1)
    var x: UInt64 = 0
    let row = dimension * bits
    while gray != 0 {
      x ^= directions[row + gray.trailingZeroBitCount]
      gray &= gray - 1
    }
    return x
  }
}
