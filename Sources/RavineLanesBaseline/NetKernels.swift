// The kernels of nets, compiled for each instruction set as LaneKernels.swift is, and by the same rules: raw pointers
// and SIMD only, everything generic in this one file.
import CProcessor
import RavineLanes

#if LANES_V4
  private typealias Doubles = SIMD8<Double>
  private typealias Floats = SIMD16<Float>
  private typealias DoubleBits = SIMD8<UInt64>
  private typealias FloatBits = SIMD16<UInt32>
  private typealias DoubleSquare = Twice<Twice<Twice<Single<Doubles>>>>
  private typealias FloatSquare = Twice<Twice<Twice<Twice<Single<Floats>>>>>
#elseif LANES_V3
  private typealias Doubles = SIMD4<Double>
  private typealias Floats = SIMD8<Float>
  private typealias DoubleBits = SIMD4<UInt64>
  private typealias FloatBits = SIMD8<UInt32>
  private typealias DoubleSquare = Twice<Twice<Single<Doubles>>>
  private typealias FloatSquare = Twice<Twice<Twice<Single<Floats>>>>
#else
  private typealias Doubles = SIMD2<Double>
  private typealias Floats = SIMD4<Float>
  private typealias DoubleBits = SIMD2<UInt64>
  private typealias FloatBits = SIMD4<UInt32>
  private typealias DoubleSquare = Twice<Single<Doubles>>
  private typealias FloatSquare = Twice<Twice<Single<Floats>>>
#endif

// Vectors of the widest panel, and accumulators that fit the registers beside it.
#if LANES_V4 || arch(arm64)
  private let widest = 4
  private let accumulators = 24
#else
  private let widest = 2
  private let accumulators = 12
#endif

/// What the kernels need of a vector and generic SIMD code does not compile to single instructions.
private protocol NetVector {
  associatedtype Scalar
  init(repeating value: Scalar)
  static var scalarCount: Int { get }
  static func fused(_ a: Self, _ b: Self, _ c: Self) -> Self
  static func times(_ a: Self, _ b: Self) -> Self
  static func minus(_ a: Self, _ b: Self) -> Self
  static func plus(_ a: Self, _ b: Self) -> Self
  static func quotient(_ a: Self, _ b: Self) -> Self
  static func root(_ a: Self) -> Self
  static func number(_ value: Double) -> Self
  static var zero: Scalar { get }
  static func relu(_ z: Self) -> Self
  static func keep(_ d: Self, whereActive a: Self) -> Self
  /// Of the elements of two vectors in a row, those with even (odd) numbers.
  static func evens(_ a: Self, _ b: Self) -> Self
  static func odds(_ a: Self, _ b: Self) -> Self
  /// d (1 − a²).
  static func tanhBack(_ d: Self, _ a: Self) -> Self
  static func tanh(_ z: Self) -> Self
  static func exponential(_ x: Self) -> Self
}

extension Doubles: NetVector {
  @inline(__always) static func fused(_ a: Self, _ b: Self, _ c: Self) -> Self {
    #if LANES_BASELINE && arch(x86_64)
      return c + a * b
    #else
      return c.addingProduct(a, b)
    #endif
  }
  @inline(__always) static func times(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always) static func minus(_ a: Self, _ b: Self) -> Self { a - b }
  @inline(__always) static func plus(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { a / b }
  @inline(__always) static func root(_ a: Self) -> Self { a.squareRoot() }
  @inline(__always) static func number(_ value: Double) -> Self { Self(repeating: Double(value)) }
  @inline(__always) static var zero: Double { 0 }
  @inline(__always) static func relu(_ z: Self) -> Self { z.replacing(with: 0, where: z .< 0) }
  @inline(__always) static func keep(_ d: Self, whereActive a: Self) -> Self {
    Self(repeating: 0).replacing(with: d, where: a .> 0)
  }
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self {
    #if LANES_BASELINE
      return Self(a.x, b.x)
    #else
      return Self(lowHalf: a.evenHalf, highHalf: b.evenHalf)
    #endif
  }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self {
    #if LANES_BASELINE
      return Self(a.y, b.y)
    #else
      return Self(lowHalf: a.oddHalf, highHalf: b.oddHalf)
    #endif
  }
  @inline(__always) static func tanhBack(_ d: Self, _ a: Self) -> Self {
    times(d, fused(minus(number(0), a), a, number(1)))
  }

  /// eᵗ − 1 = s p + (s − 1): t = k ln 2 + r, s = 2ᵏ, p = eʳ − 1 by its series.
  @inline(__always) private static func reduced(_ t: Self) -> (s: Self, p: Self) {
    let magic = Self(repeating: 0x1.8p52)
    let shifted = fused(t, Self(repeating: 1.4426950408889634), magic)
    let k = magic - shifted
    let r = fused(k, Self(repeating: 0x1.a39ef35793c76p-33), fused(k, Self(repeating: 0x1.62e42feep-1), t))
    var q = Self(repeating: 1.6059043836821613e-10)
    q = fused(q, r, Self(repeating: 2.08767569878681e-09))
    q = fused(q, r, Self(repeating: 2.505210838544172e-08))
    q = fused(q, r, Self(repeating: 2.755731922398589e-07))
    q = fused(q, r, Self(repeating: 2.7557319223985893e-06))
    q = fused(q, r, Self(repeating: 2.48015873015873e-05))
    q = fused(q, r, Self(repeating: 0.0001984126984126984))
    q = fused(q, r, Self(repeating: 0.001388888888888889))
    q = fused(q, r, Self(repeating: 0.008333333333333333))
    q = fused(q, r, Self(repeating: 0.041666666666666664))
    q = fused(q, r, Self(repeating: 0.16666666666666666))
    q = fused(q, r, Self(repeating: 0.5))
    let bits = (unsafeBitCast(shifted, to: DoubleBits.self) &<< 52) &+ DoubleBits(repeating: 0x3FF0_0000_0000_0000)
    return (unsafeBitCast(bits, to: Self.self), fused(r * r, q, r))
  }

  /// e^2x − 1 = s p + (s − 1): 2x = k ln 2 + r, s = 2ᵏ, p = eʳ − 1 = r + r² Q(r), Q interpolated at Chebyshev's points.
  /// The shift carries the exponent's bias, so that its low bits are those of s. One rounded ln 2 is enough: where k is
  /// large, tanh is nearly 1.
  @inline(__always) static func tanh(_ z: Self) -> Self {
    let bits = unsafeBitCast(z, to: DoubleBits.self)
    let mask = DoubleBits(repeating: 0x8000_0000_0000_0000)
    let size = unsafeBitCast(bits & ~mask, to: Self.self)
    let limit = Self(repeating: 20)
    let x = size.replacing(with: limit, where: size .> limit)
    let t = x + x
    let shift = Self(repeating: 0x1.8p52 + 1023)
    let shifted = fused(t, Self(repeating: 0x1.71547652b82fep0), shift)
    let r = fused(shift - shifted, Self(repeating: 0x1.62e42fefa39efp-1), t)
    var q = Self(repeating: 0x1.1f730349868cep-29)
    q = fused(q, r, Self(repeating: 0x1.af4de97ca4194p-26))
    q = fused(q, r, Self(repeating: 0x1.27e4db646b17ep-22))
    q = fused(q, r, Self(repeating: 0x1.71de0231960ebp-19))
    q = fused(q, r, Self(repeating: 0x1.a01a01a6d889cp-16))
    q = fused(q, r, Self(repeating: 0x1.a01a01abe7fe1p-13))
    q = fused(q, r, Self(repeating: 0x1.6c16c16c162d4p-10))
    q = fused(q, r, Self(repeating: 0x1.11111111100dcp-7))
    q = fused(q, r, Self(repeating: 0x1.5555555555556p-5))
    q = fused(q, r, Self(repeating: 0x1.5555555555557p-3))
    q = fused(q, r, Self(repeating: 0x1p-1))
    let s = unsafeBitCast(unsafeBitCast(shifted, to: DoubleBits.self) &<< 52, to: Self.self)
    let p = fused(r * r, q, r)
    let e = fused(s, p, s - Self(repeating: 1))
    let y = e / (e + Self(repeating: 2))
    return unsafeBitCast(unsafeBitCast(y, to: DoubleBits.self) | (bits & mask), to: Self.self)
  }

  @inline(__always) static func exponential(_ x: Self) -> Self {
    let low = Self(repeating: -700)
    let (s, p) = reduced(x.replacing(with: low, where: x .< low))
    return fused(s, p, s)
  }
}

extension Floats: NetVector {
  @inline(__always) static func fused(_ a: Self, _ b: Self, _ c: Self) -> Self {
    #if LANES_BASELINE && arch(x86_64)
      return c + a * b
    #else
      return c.addingProduct(a, b)
    #endif
  }
  @inline(__always) static func times(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always) static func minus(_ a: Self, _ b: Self) -> Self { a - b }
  @inline(__always) static func plus(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { a / b }
  @inline(__always) static func root(_ a: Self) -> Self { a.squareRoot() }
  @inline(__always) static func number(_ value: Double) -> Self { Self(repeating: Float(value)) }
  @inline(__always) static var zero: Float { 0 }
  @inline(__always) static func relu(_ z: Self) -> Self { z.replacing(with: 0, where: z .< 0) }
  @inline(__always) static func keep(_ d: Self, whereActive a: Self) -> Self {
    Self(repeating: 0).replacing(with: d, where: a .> 0)
  }
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self {
    Self(lowHalf: a.evenHalf, highHalf: b.evenHalf)
  }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self {
    Self(lowHalf: a.oddHalf, highHalf: b.oddHalf)
  }
  @inline(__always) static func tanhBack(_ d: Self, _ a: Self) -> Self {
    times(d, fused(minus(number(0), a), a, number(1)))
  }

  /// eᵗ − 1 = s p + (s − 1): t = k ln 2 + r, s = 2ᵏ, p = eʳ − 1 by its series.
  @inline(__always) private static func reduced(_ t: Self) -> (s: Self, p: Self) {
    let magic = Self(repeating: 0x1.8p23)
    let shifted = fused(t, Self(repeating: 1.44269504), magic)
    let k = magic - shifted
    let r = fused(k, Self(repeating: 0x1.7f7d1cp-20), fused(k, Self(repeating: 0x1.62e4p-1), t))
    var q = Self(repeating: 0.00019841270113829523)
    q = fused(q, r, Self(repeating: 0.0013888889225199819))
    q = fused(q, r, Self(repeating: 0.008333333767950535))
    q = fused(q, r, Self(repeating: 0.0416666679084301))
    q = fused(q, r, Self(repeating: 0.1666666716337204))
    q = fused(q, r, Self(repeating: 0.5))
    let bits = (unsafeBitCast(shifted, to: FloatBits.self) &<< 23) &+ FloatBits(repeating: 0x3F80_0000)
    return (unsafeBitCast(bits, to: Self.self), fused(r * r, q, r))
  }

  /// As for doubles.
  @inline(__always) static func tanh(_ z: Self) -> Self {
    let bits = unsafeBitCast(z, to: FloatBits.self)
    let mask = FloatBits(repeating: 0x8000_0000)
    let size = unsafeBitCast(bits & ~mask, to: Self.self)
    let limit = Self(repeating: 9.5)
    let x = size.replacing(with: limit, where: size .> limit)
    let t = x + x
    let shift = Self(repeating: 0x1.8p23 + 127)
    let shifted = fused(t, Self(repeating: 0x1.715476p0), shift)
    let r = fused(shift - shifted, Self(repeating: 0x1.62e43p-1), t)
    var q = Self(repeating: 0.0013926184)
    q = fused(q, r, Self(repeating: 0.008363179))
    q = fused(q, r, Self(repeating: 0.041666556))
    q = fused(q, r, Self(repeating: 0.16666576))
    q = fused(q, r, Self(repeating: 0.5))
    let s = unsafeBitCast(unsafeBitCast(shifted, to: FloatBits.self) &<< 23, to: Self.self)
    let p = fused(r * r, q, r)
    let e = fused(s, p, s - Self(repeating: 1))
    let y = e / (e + Self(repeating: 2))
    return unsafeBitCast(unsafeBitCast(y, to: FloatBits.self) | (bits & mask), to: Self.self)
  }

  @inline(__always) static func exponential(_ x: Self) -> Self {
    let low = Self(repeating: -87)
    let (s, p) = reduced(x.replacing(with: low, where: x .< low))
    return fused(s, p, s)
  }
}

// MARK: - Products

/// One row of a panel.
private protocol Wide {
  associatedtype V: NetVector
  static var vectors: Int { get }
  init()
  init(_ pointer: UnsafePointer<V>)
  func store(_ pointer: UnsafeMutablePointer<V>)
  /// self += scalar · row.
  mutating func accumulate(_ scalar: V.Scalar, _ row: Self)
  /// f of each vector.
  func map(_ f: (V) -> V) -> Self
  /// f of each vector and the other's.
  func zip(_ other: Self, _ f: (V, V) -> V) -> Self
}

private struct One<V: NetVector>: Wide {
  var x: V
  @inline(__always) static var vectors: Int { 1 }
  @inline(__always) init() { x = V.number(0) }
  @inline(__always) init(_ pointer: UnsafePointer<V>) { x = pointer[0] }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<V>) { pointer[0] = x }
  @inline(__always) mutating func accumulate(_ scalar: V.Scalar, _ row: Self) {
    x = V.fused(V(repeating: scalar), row.x, x)
  }
  @inline(__always) func map(_ f: (V) -> V) -> Self {
    var result = self
    result.x = f(x)
    return result
  }
  @inline(__always) func zip(_ other: Self, _ f: (V, V) -> V) -> Self {
    var result = self
    result.x = f(x, other.x)
    return result
  }
}

private struct Two<V: NetVector>: Wide {
  var x: V
  var y: V
  @inline(__always) static var vectors: Int { 2 }
  @inline(__always) init() {
    x = V.number(0)
    y = x
  }
  @inline(__always) init(_ pointer: UnsafePointer<V>) {
    x = pointer[0]
    y = pointer[1]
  }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<V>) {
    pointer[0] = x
    pointer[1] = y
  }
  @inline(__always) mutating func accumulate(_ scalar: V.Scalar, _ row: Self) {
    let factor = V(repeating: scalar)
    x = V.fused(factor, row.x, x)
    y = V.fused(factor, row.y, y)
  }
  @inline(__always) func map(_ f: (V) -> V) -> Self {
    var result = self
    result.x = f(x)
    result.y = f(y)
    return result
  }
  @inline(__always) func zip(_ other: Self, _ f: (V, V) -> V) -> Self {
    var result = self
    result.x = f(x, other.x)
    result.y = f(y, other.y)
    return result
  }
}

private struct Four<V: NetVector>: Wide {
  var x: V
  var y: V
  var z: V
  var t: V
  @inline(__always) static var vectors: Int { 4 }
  @inline(__always) init() {
    x = V.number(0)
    y = x
    z = x
    t = x
  }
  @inline(__always) init(_ pointer: UnsafePointer<V>) {
    x = pointer[0]
    y = pointer[1]
    z = pointer[2]
    t = pointer[3]
  }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<V>) {
    pointer[0] = x
    pointer[1] = y
    pointer[2] = z
    pointer[3] = t
  }
  @inline(__always) mutating func accumulate(_ scalar: V.Scalar, _ row: Self) {
    let factor = V(repeating: scalar)
    x = V.fused(factor, row.x, x)
    y = V.fused(factor, row.y, y)
    z = V.fused(factor, row.z, z)
    t = V.fused(factor, row.t, t)
  }
  @inline(__always) func map(_ f: (V) -> V) -> Self {
    var result = self
    result.x = f(x)
    result.y = f(y)
    result.z = f(z)
    result.t = f(t)
    return result
  }
  @inline(__always) func zip(_ other: Self, _ f: (V, V) -> V) -> Self {
    var result = self
    result.x = f(x, other.x)
    result.y = f(y, other.y)
    result.z = f(z, other.z)
    result.t = f(t, other.t)
    return result
  }
}

/// How a tile walks through A and B, and what it starts from.
private struct Walk<W: Wide> {
  var aRows: Product.Multiples
  var aDepth: Int
  var aJump: Int
  var blocks: Int
  var inner: Int
  var last: Int
  var b: UnsafePointer<W.V>
  var mode: Product.Start
  var bias: UnsafePointer<W.V>
  var end: Product.End
  /// From an element of C to that of the end's operand, in bytes.
  var operand: Int
  var factor: W.V
  var gathering: UnsafeMutableRawPointer?

  @inline(__always) func start(_ c: UnsafeMutablePointer<W.V>) -> W {
    switch mode {
    case .zero: W()
    case .bias: W(bias)
    case .accumulate: W(c)
    }
  }

  @inline(__always) func store(_ sums: W, _ c: UnsafeMutablePointer<W.V>) {
    switch end {
    case .none: sums.store(c)
    case .relu: sums.map { W.V.relu($0) }.store(c)
    case .reluDerivative: sums.zip(W(operand(c))) { W.V.keep($0, whereActive: $1) }.store(c)
    case .tanhDerivative: sums.zip(W(operand(c))) { W.V.tanhBack($0, $1) }.store(c)
    case .descend: sums.zip(W(operand(c))) { W.V.fused(factor, $0, $1) }.store(operand(c))
    }
  }

  @inline(__always) private func operand(_ c: UnsafeMutablePointer<W.V>) -> UnsafeMutablePointer<W.V> {
    (UnsafeMutableRawPointer(c) + operand).assumingMemoryBound(to: W.V.self)
  }
}

/// 12 rows of C, one panel wide.
@inline(__always)
private func tile12<W: Wide>(_ walk: Walk<W>, _ a: UnsafePointer<W.V.Scalar>, _ c: UnsafeMutablePointer<W.V>) {
  var r0 = walk.start(c + 0 &* W.vectors)
  var r1 = walk.start(c + 1 &* W.vectors)
  var r2 = walk.start(c + 2 &* W.vectors)
  var r3 = walk.start(c + 3 &* W.vectors)
  var r4 = walk.start(c + 4 &* W.vectors)
  var r5 = walk.start(c + 5 &* W.vectors)
  var r6 = walk.start(c + 6 &* W.vectors)
  var r7 = walk.start(c + 7 &* W.vectors)
  var r8 = walk.start(c + 8 &* W.vectors)
  var r9 = walk.start(c + 9 &* W.vectors)
  var r10 = walk.start(c + 10 &* W.vectors)
  var r11 = walk.start(c + 11 &* W.vectors)
  let s = walk.aRows
  var base = a
  var row = walk.b
  var block = 0
  while block < walk.blocks {
    let depth = block &+ 1 == walk.blocks ? walk.last : walk.inner
    var x = base
    var y = base + s.six
    var k = 0
    while k < depth {
      let wide = W(row)
      r0.accumulate(x[0], wide)
      r1.accumulate(x[s.one], wide)
      r2.accumulate(x[s.two], wide)
      r3.accumulate(x[s.three], wide)
      r4.accumulate(x[s.four], wide)
      r5.accumulate(x[s.five], wide)
      r6.accumulate(y[0], wide)
      r7.accumulate(y[s.one], wide)
      r8.accumulate(y[s.two], wide)
      r9.accumulate(y[s.three], wide)
      r10.accumulate(y[s.four], wide)
      r11.accumulate(y[s.five], wide)
      x += walk.aDepth
      y += walk.aDepth
      row += W.vectors
      k &+= 1
    }
    base += walk.aJump
    block &+= 1
  }
  walk.store(r0, c + 0 &* W.vectors)
  walk.store(r1, c + 1 &* W.vectors)
  walk.store(r2, c + 2 &* W.vectors)
  walk.store(r3, c + 3 &* W.vectors)
  walk.store(r4, c + 4 &* W.vectors)
  walk.store(r5, c + 5 &* W.vectors)
  walk.store(r6, c + 6 &* W.vectors)
  walk.store(r7, c + 7 &* W.vectors)
  walk.store(r8, c + 8 &* W.vectors)
  walk.store(r9, c + 9 &* W.vectors)
  walk.store(r10, c + 10 &* W.vectors)
  walk.store(r11, c + 11 &* W.vectors)
}

/// 8 rows of C, one panel wide.
@inline(__always)
private func tile8<W: Wide>(_ walk: Walk<W>, _ a: UnsafePointer<W.V.Scalar>, _ c: UnsafeMutablePointer<W.V>) {
  var r0 = walk.start(c + 0 &* W.vectors)
  var r1 = walk.start(c + 1 &* W.vectors)
  var r2 = walk.start(c + 2 &* W.vectors)
  var r3 = walk.start(c + 3 &* W.vectors)
  var r4 = walk.start(c + 4 &* W.vectors)
  var r5 = walk.start(c + 5 &* W.vectors)
  var r6 = walk.start(c + 6 &* W.vectors)
  var r7 = walk.start(c + 7 &* W.vectors)
  let s = walk.aRows
  var base = a
  var row = walk.b
  var block = 0
  while block < walk.blocks {
    let depth = block &+ 1 == walk.blocks ? walk.last : walk.inner
    var x = base
    var y = base + s.four
    var k = 0
    while k < depth {
      let wide = W(row)
      r0.accumulate(x[0], wide)
      r1.accumulate(x[s.one], wide)
      r2.accumulate(x[s.two], wide)
      r3.accumulate(x[s.three], wide)
      r4.accumulate(y[0], wide)
      r5.accumulate(y[s.one], wide)
      r6.accumulate(y[s.two], wide)
      r7.accumulate(y[s.three], wide)
      x += walk.aDepth
      y += walk.aDepth
      row += W.vectors
      k &+= 1
    }
    base += walk.aJump
    block &+= 1
  }
  walk.store(r0, c + 0 &* W.vectors)
  walk.store(r1, c + 1 &* W.vectors)
  walk.store(r2, c + 2 &* W.vectors)
  walk.store(r3, c + 3 &* W.vectors)
  walk.store(r4, c + 4 &* W.vectors)
  walk.store(r5, c + 5 &* W.vectors)
  walk.store(r6, c + 6 &* W.vectors)
  walk.store(r7, c + 7 &* W.vectors)
}

/// 6 rows of C, one panel wide.
@inline(__always)
private func tile6<W: Wide>(_ walk: Walk<W>, _ a: UnsafePointer<W.V.Scalar>, _ c: UnsafeMutablePointer<W.V>) {
  var r0 = walk.start(c + 0 &* W.vectors)
  var r1 = walk.start(c + 1 &* W.vectors)
  var r2 = walk.start(c + 2 &* W.vectors)
  var r3 = walk.start(c + 3 &* W.vectors)
  var r4 = walk.start(c + 4 &* W.vectors)
  var r5 = walk.start(c + 5 &* W.vectors)
  let s = walk.aRows
  var base = a
  var row = walk.b
  var block = 0
  while block < walk.blocks {
    let depth = block &+ 1 == walk.blocks ? walk.last : walk.inner
    var x = base
    var k = 0
    while k < depth {
      let wide = W(row)
      r0.accumulate(x[0], wide)
      r1.accumulate(x[s.one], wide)
      r2.accumulate(x[s.two], wide)
      r3.accumulate(x[s.three], wide)
      r4.accumulate(x[s.four], wide)
      r5.accumulate(x[s.five], wide)
      x += walk.aDepth
      row += W.vectors
      k &+= 1
    }
    base += walk.aJump
    block &+= 1
  }
  walk.store(r0, c + 0 &* W.vectors)
  walk.store(r1, c + 1 &* W.vectors)
  walk.store(r2, c + 2 &* W.vectors)
  walk.store(r3, c + 3 &* W.vectors)
  walk.store(r4, c + 4 &* W.vectors)
  walk.store(r5, c + 5 &* W.vectors)
}

/// 4 rows of C, one panel wide.
@inline(__always)
private func tile4<W: Wide>(_ walk: Walk<W>, _ a: UnsafePointer<W.V.Scalar>, _ c: UnsafeMutablePointer<W.V>) {
  var r0 = walk.start(c + 0 &* W.vectors)
  var r1 = walk.start(c + 1 &* W.vectors)
  var r2 = walk.start(c + 2 &* W.vectors)
  var r3 = walk.start(c + 3 &* W.vectors)
  let s = walk.aRows
  var base = a
  var row = walk.b
  var block = 0
  while block < walk.blocks {
    let depth = block &+ 1 == walk.blocks ? walk.last : walk.inner
    var x = base
    var k = 0
    while k < depth {
      let wide = W(row)
      r0.accumulate(x[0], wide)
      r1.accumulate(x[s.one], wide)
      r2.accumulate(x[s.two], wide)
      r3.accumulate(x[s.three], wide)
      x += walk.aDepth
      row += W.vectors
      k &+= 1
    }
    base += walk.aJump
    block &+= 1
  }
  walk.store(r0, c + 0 &* W.vectors)
  walk.store(r1, c + 1 &* W.vectors)
  walk.store(r2, c + 2 &* W.vectors)
  walk.store(r3, c + 3 &* W.vectors)
}

/// 2 rows of C, one panel wide.
@inline(__always)
private func tile2<W: Wide>(_ walk: Walk<W>, _ a: UnsafePointer<W.V.Scalar>, _ c: UnsafeMutablePointer<W.V>) {
  var r0 = walk.start(c + 0 &* W.vectors)
  var r1 = walk.start(c + 1 &* W.vectors)
  let s = walk.aRows
  var base = a
  var row = walk.b
  var block = 0
  while block < walk.blocks {
    let depth = block &+ 1 == walk.blocks ? walk.last : walk.inner
    var x = base
    var k = 0
    while k < depth {
      let wide = W(row)
      r0.accumulate(x[0], wide)
      r1.accumulate(x[s.one], wide)
      x += walk.aDepth
      row += W.vectors
      k &+= 1
    }
    base += walk.aJump
    block &+= 1
  }
  walk.store(r0, c + 0 &* W.vectors)
  walk.store(r1, c + 1 &* W.vectors)
}

/// 1 row of C, one panel wide.
@inline(__always)
private func tile1<W: Wide>(_ walk: Walk<W>, _ a: UnsafePointer<W.V.Scalar>, _ c: UnsafeMutablePointer<W.V>) {
  var r0 = walk.start(c + 0 &* W.vectors)
  var base = a
  var row = walk.b
  var block = 0
  while block < walk.blocks {
    let depth = block &+ 1 == walk.blocks ? walk.last : walk.inner
    var x = base
    var k = 0
    while k < depth {
      let wide = W(row)
      r0.accumulate(x[0], wide)
      x += walk.aDepth
      row += W.vectors
      k &+= 1
    }
    base += walk.aJump
    block &+= 1
  }
  walk.store(r0, c + 0 &* W.vectors)
}

// MARK: - Gathering

/// Pieces between the one that is fetched and the one that is copied.
private let gatheringLead = 8

/// Fetches one piece and copies another.
@inline(never)
private func gatherPiece(_ pointer: UnsafeMutableRawPointer) {
  let gathering = pointer.assumingMemoryBound(to: Gathering.self)
  if gathering.pointee.ahead.panel < gathering.pointee.panelCount {
    fetch(gathering)
    gathering.pointee.fetched &+= 1
    if gathering.pointee.fetched <= gatheringLead { return }
  }
  copy(gathering)
}

@inline(__always)
private func fetch(_ gathering: UnsafeMutablePointer<Gathering>) {
  let place = gathering.pointee.ahead
  let panel = gathering.pointee.panels + place.panel
  let source = panel.pointee.source + gathering.pointee.rows[place.row] &* panel.pointee.rowBytes
  var byte = 0
  while byte < panel.pointee.rowBytes {
    ravine_prefetch(source + byte)
    byte &+= 64
  }
  gathering.pointee.ahead = following(place, gathering.pointee.rowCount)
}

@inline(__always)
private func copy(_ gathering: UnsafeMutablePointer<Gathering>) {
  let place = gathering.pointee.next
  guard place.panel < gathering.pointee.panelCount else { return }
  let panel = gathering.pointee.panels + place.panel
  let bytes = panel.pointee.rowBytes
  let source = panel.pointee.source + gathering.pointee.rows[place.row] &* bytes
  let target = panel.pointee.target + place.row &* bytes
  var byte = 0
  while byte < bytes {
    target.storeBytes(of: source.load(fromByteOffset: byte, as: Floats.self), toByteOffset: byte, as: Floats.self)
    byte &+= MemoryLayout<Floats>.stride
  }
  gathering.pointee.next = following(place, gathering.pointee.rowCount)
}

@inline(__always)
private func following(_ place: Gathering.Place, _ rowCount: Int) -> Gathering.Place {
  var place = place
  place.row &+= 1
  if place.row == rowCount {
    place.row = 0
    place.panel &+= 1
  }
  return place
}

/// All that is left.
private func gather(_ pointer: UnsafeMutableRawPointer) {
  let gathering = pointer.assumingMemoryBound(to: Gathering.self)
  while gathering.pointee.next.panel < gathering.pointee.panelCount { gatherPiece(pointer) }
}

/// The largest part of B that stays in the first-level cache while the rows of A pass by.
private let cachedBytes = 32 << 10

/// All rows of one panel. A deep product is cut into pieces of its depth, each small enough for the cache; C waits in
/// memory from one to the next, so that no sum changes.
@inline(__always)
private func panel<W: Wide>(_: W.Type, _ plan: Product, _ lane: Int) {
  let scalar = W.V.scalarCount
  let width = W.vectors &* scalar
  let rowBytes = W.vectors &* MemoryLayout<W.V>.stride
  let piece = max(1, cachedBytes / (plan.inner &* rowBytes))
  var walk = Walk<W>(
    aRows: plan.aRows, aDepth: plan.aDepth, aJump: plan.aJump, blocks: 0, inner: plan.inner, last: plan.inner,
    b: plan.b.assumingMemoryBound(to: W.V.self) + (lane / scalar &* plan.bRows &+ plan.bFirstRow &* W.vectors),
    mode: plan.start, bias: plan.bias.assumingMemoryBound(to: W.V.self) + lane / scalar, end: .none,
    operand: plan.operand.map { $0 - plan.c } ?? 0, factor: W.V.number(plan.factor), gathering: plan.gathering)
  var a = plan.a.assumingMemoryBound(to: W.V.Scalar.self)
  let c = plan.c.assumingMemoryBound(to: W.V.Scalar.self) + (lane &* plan.cRows &+ plan.firstRow &* width)
  var block = 0
  while block < plan.blocks {
    walk.blocks = min(piece, plan.blocks &- block)
    block &+= walk.blocks
    if block == plan.blocks {
      walk.last = plan.last
      walk.end = plan.end
    }
    c.withMemoryRebound(to: W.V.self, capacity: plan.rows &* W.vectors) { rows(plan.rows, walk, a, $0) }
    a += walk.blocks &* plan.aJump
    walk.b += walk.blocks &* plan.inner &* W.vectors
    walk.mode = .accumulate
  }
}

/// All rows of one piece: big tiles first, what is left in small ones.
@inline(__always)
private func rows<W: Wide>(
  _ count: Int, _ walk: Walk<W>, _ a: UnsafePointer<W.V.Scalar>, _ c: UnsafeMutablePointer<W.V>
) {
  var a = a
  var c = c
  var left = count
  if W.vectors &* 12 <= accumulators {
    // Sixteen rows are two tiles of eight: twelve and four would leave the last with too few sums on their way.
    while left >= 12 && left != 16 {
      tile12(walk, a, c)
      if let gathering = walk.gathering { gatherPiece(gathering) }
      a += 2 &* walk.aRows.six
      c += 12 &* W.vectors
      left &-= 12
    }
    while left >= 8 {
      tile8(walk, a, c)
      if let gathering = walk.gathering { gatherPiece(gathering) }
      a += 2 &* walk.aRows.four
      c += 8 &* W.vectors
      left &-= 8
    }
  }
  // Eight rows that come here are two tiles of four: six and two would leave the last with too few sums on their way.
  while left >= 6 && left != 8 {
    tile6(walk, a, c)
    if let gathering = walk.gathering { gatherPiece(gathering) }
    a += walk.aRows.six
    c += 6 &* W.vectors
    left &-= 6
  }
  while left >= 4 {
    tile4(walk, a, c)
    if let gathering = walk.gathering { gatherPiece(gathering) }
    a += walk.aRows.four
    c += 4 &* W.vectors
    left &-= 4
  }
  if left >= 2 {
    tile2(walk, a, c)
    a += walk.aRows.two
    c += 2 &* W.vectors
    left &-= 2
  }
  if left > 0 { tile1(walk, a, c) }
}

@inline(__always)
private func product<A: Wide, B: Wide, C: Wide>(_ plan: Product, _: A.Type, _: B.Type, _: C.Type)
where A.V == B.V, B.V == C.V {
  let scalar = A.V.scalarCount
  var lane = 0
  while lane < plan.lanes {
    let left = (plan.lanes &- lane) / scalar
    if widest >= 4 && left >= 4 {
      panel(C.self, plan, lane)
      lane &+= 4 &* scalar
    } else if left >= 2 {
      panel(B.self, plan, lane)
      lane &+= 2 &* scalar
    } else {
      panel(A.self, plan, lane)
      lane &+= scalar
    }
  }
}

/// Vectors of the panel that begins with `left` vectors to go.
@inline(__always)
private func panelVectors(_ left: Int) -> Int { left >= 4 && widest >= 4 ? 4 : (left >= 2 ? 2 : 1) }

/// Vectors that lie one behind another.
private protocol Bundle {
  associatedtype V: NetVector
  init(_ pointer: UnsafePointer<V.Scalar>, _ stride: Int)
  func store(_ pointer: UnsafeMutablePointer<V.Scalar>, _ stride: Int)
  static var vectors: Int { get }
  /// Of two bundles in a row, the elements with even (odd) numbers.
  static func evens(_ a: Self, _ b: Self) -> Self
  static func odds(_ a: Self, _ b: Self) -> Self
  /// Its elements with even numbers, then those with odd ones: their numbers, as binary digits, rotated by one digit.
  var rotated: Self { get }
}

private struct Single<V: NetVector>: Bundle {
  var x: V
  @inline(__always) init(x: V) { self.x = x }
  @inline(__always) init(_ pointer: UnsafePointer<V.Scalar>, _ stride: Int) {
    x = UnsafeRawPointer(pointer).assumingMemoryBound(to: V.self)[0]
  }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<V.Scalar>, _ stride: Int) {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: V.self)[0] = x
  }
  @inline(__always) static var vectors: Int { 1 }
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self { Self(x: V.evens(a.x, b.x)) }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self { Self(x: V.odds(a.x, b.x)) }
  @inline(__always) var rotated: Self { self }
}

private struct Twice<Half: Bundle>: Bundle {
  typealias V = Half.V
  var low: Half
  var high: Half
  @inline(__always) init(low: Half, high: Half) {
    self.low = low
    self.high = high
  }
  @inline(__always) init(_ pointer: UnsafePointer<V.Scalar>, _ stride: Int) {
    low = Half(pointer, stride)
    high = Half(pointer + Half.vectors &* stride, stride)
  }
  @inline(__always) func store(_ pointer: UnsafeMutablePointer<V.Scalar>, _ stride: Int) {
    low.store(pointer, stride)
    high.store(pointer + Half.vectors &* stride, stride)
  }
  @inline(__always) static var vectors: Int { 2 &* Half.vectors }
  @inline(__always) static func evens(_ a: Self, _ b: Self) -> Self {
    Self(low: Half.evens(a.low, a.high), high: Half.evens(b.low, b.high))
  }
  @inline(__always) static func odds(_ a: Self, _ b: Self) -> Self {
    Self(low: Half.odds(a.low, a.high), high: Half.odds(b.low, b.high))
  }
  @inline(__always) var rotated: Self { Self(low: Half.evens(low, high), high: Half.odds(low, high)) }
}

/// Of a square, as many vectors as each has lanes: rows and lanes change places when the numbers of its elements have
/// been rotated by as many digits as the number of a lane has.
@inline(__always)
private func transposed<S: Bundle>(_ square: S) -> S {
  var result = square
  var lanes = 1
  while lanes < S.V.scalarCount {
    result = result.rotated
    lanes &*= 2
  }
  return result
}

@inline(__always)
private func transpose<S: Bundle>(
  _: S.Type, _ rows: Int, _ columns: Int, _ fromLanes: Int, _ toLanes: Int, _ from: UnsafePointer<S.V.Scalar>,
  _ to: UnsafeMutablePointer<S.V.Scalar>
) {
  let side = S.V.scalarCount
  var toLane = 0
  while toLane < toLanes {
    let toWidth = panelVectors((toLanes &- toLane) / side) &* side
    let toBase = to + toLane &* columns
    var lane = 0
    while lane < fromLanes {
      let width = panelVectors((fromLanes &- lane) / side) &* side
      let base = from + lane &* rows
      var i = toLane
      while i < toLane &+ toWidth {
        var j = 0
        while j < min(width, columns &- lane) {
          let source = base + (i &* width &+ j)
          let target = toBase + ((lane &+ j) &* toWidth &+ i &- toLane)
          if i &+ side <= rows, lane &+ j &+ side <= columns {
            transposed(S(source, width)).store(target, toWidth)
          } else {
            let there = max(0, min(side, rows &- i))
            transposeEdge(S.V.self, there, side, min(side, columns &- lane &- j), source, width, target, toWidth)
          }
          j &+= side
        }
        i &+= side
      }
      lane &+= width
    }
    toLane &+= toWidth
  }
}

/// What is left of a square at an edge: `rows` rows, and zeros in the lanes from there to `lanes`.
@inline(__always)
private func transposeEdge<V: NetVector>(
  _: V.Type, _ rows: Int, _ lanes: Int, _ columns: Int, _ from: UnsafePointer<V.Scalar>, _ fromStride: Int,
  _ to: UnsafeMutablePointer<V.Scalar>, _ toStride: Int
) {
  var j = 0
  while j < columns {
    var i = 0
    while i < rows {
      to[j &* toStride &+ i] = from[i &* fromStride &+ j]
      i &+= 1
    }
    while i < lanes {
      to[j &* toStride &+ i] = V.zero
      i &+= 1
    }
    j &+= 1
  }
}

// MARK: - Element by element

@inline(__always)
private func tanh<V: NetVector>(_ count: Int, _ z: UnsafeMutablePointer<V>) {
  var i = 0
  while i < count {
    z[i] = V.tanh(z[i])
    i &+= 1
  }
}

@inline(__always)
private func exponential<V: NetVector>(_ count: Int, _ x: UnsafeMutablePointer<V>) {
  var i = 0
  while i < count {
    x[i] = V.exponential(x[i])
    i &+= 1
  }
}

@inline(__always)
private func add<V: NetVector>(
  _ factor: V, _ count: Int, _ x: UnsafePointer<V>, _ y: UnsafeMutablePointer<V>
) {
  var i = 0
  while i < count {
    y[i] = V.fused(factor, x[i], y[i])
    i &+= 1
  }
}

/// sums ← term(sums, x(i, ·)), i ascending, for one panel; the sums stay in registers.
@inline(__always)
private func fold<V: NetVector>(
  _ rows: Int, _ width: Int, _ x: UnsafePointer<V>, _ sums: UnsafeMutablePointer<V>, _ term: (V, V) -> V
) {
  var row = x
  var i = 0
  if width == 4 {
    var a = sums[0]
    var b = sums[1]
    var c = sums[2]
    var d = sums[3]
    while i < rows {
      a = term(a, row[0])
      b = term(b, row[1])
      c = term(c, row[2])
      d = term(d, row[3])
      row += 4
      i &+= 1
    }
    sums[0] = a
    sums[1] = b
    sums[2] = c
    sums[3] = d
  } else if width == 2 {
    var a = sums[0]
    var b = sums[1]
    while i < rows {
      a = term(a, row[0])
      b = term(b, row[1])
      row += 2
      i &+= 1
    }
    sums[0] = a
    sums[1] = b
  } else {
    var a = sums[0]
    while i < rows {
      a = term(a, row[0])
      row += 1
      i &+= 1
    }
    sums[0] = a
  }
}

@inline(__always)
private func fold<V: NetVector>(
  _ rows: Int, _ stored: Int, lanes: Int, _ x: UnsafePointer<V>, _ sums: UnsafeMutablePointer<V>,
  _ term: (V, V) -> V
) {
  let vectors = lanes / V.scalarCount
  var first = 0
  while first < vectors {
    let width = panelVectors(vectors &- first)
    fold(rows, width, x + first &* stored, sums + first, term)
    first &+= width
  }
}

@inline(__always)
private func columnSums<V: NetVector>(
  _ rows: Int, _ stored: Int, _ lanes: Int, _ x: UnsafePointer<V>, _ sums: UnsafeMutablePointer<V>
) {
  fold(rows, stored, lanes: lanes, x, sums) { V.plus($0, $1) }
}

@inline(__always)
private func squareSums<V: NetVector>(
  _ rows: Int, _ stored: Int, _ lanes: Int, _ x: UnsafePointer<V>, _ sums: UnsafeMutablePointer<V>
) {
  fold(rows, stored, lanes: lanes, x, sums) { V.fused($1, $1, $0) }
}

@inline(__always)
private func squaredError<V: NetVector>(
  _ rows: Int, _ stored: Int, _ lanes: Int, _ z: UnsafeMutablePointer<V>, _ target: UnsafePointer<V>,
  _ targetRows: Int, _ factor: Double, _ sums: UnsafeMutablePointer<V>
) {
  let scale = V.number(factor)
  let vectors = lanes / V.scalarCount
  var first = 0
  while first < vectors {
    let width = panelVectors(vectors &- first)
    var j = 0
    while j < width {
      // One column of vectors after another: its sum stays in a register.
      var row = z + (first &* stored &+ j)
      var wanted = target + (first &* targetRows &+ j)
      var sum = sums[first &+ j]
      var i = 0
      while i < rows {
        let r = V.minus(row[0], wanted[0])
        sum = V.fused(r, r, sum)
        row[0] = V.times(r, scale)
        row += width
        wanted += width
        i &+= 1
      }
      sums[first &+ j] = sum
      j &+= 1
    }
    first &+= width
  }
}

// MARK: - Updates

@inline(__always)
private func update<V: NetVector>(
  _ rule: Int, _ numbers: UpdateNumbers, _ count: Int, _ w: UnsafeMutablePointer<V>, _ g: UnsafePointer<V>,
  _ first: UnsafeMutablePointer<V>, _ second: UnsafeMutablePointer<V>
) {
  let down = V.number(-numbers.step)
  let momentum = V.number(numbers.momentum)
  let decay = V.number(numbers.decay)
  let epsilon = V.number(numbers.epsilon)
  var i = 0
  switch UpdateRule(rawValue: rule) {
  case .heavyBall:
    while i < count {
      let v = V.fused(momentum, first[i], g[i])
      first[i] = v
      w[i] = V.fused(down, v, w[i])
      i &+= 1
    }
  case .nesterov:
    while i < count {
      let next = V.fused(down, g[i], w[i])
      w[i] = V.fused(momentum, V.minus(next, first[i]), next)
      first[i] = next
      i &+= 1
    }
  case .nesterovLookahead:
    while i < count {
      let v = V.fused(momentum, first[i], g[i])
      first[i] = v
      w[i] = V.fused(down, V.fused(momentum, v, g[i]), w[i])
      i &+= 1
    }
  case .adaGrad:
    while i < count {
      let s = V.fused(g[i], g[i], first[i])
      first[i] = s
      w[i] = V.fused(down, V.quotient(g[i], V.plus(V.root(s), epsilon)), w[i])
      i &+= 1
    }
  case .rmsProp:
    let fresh = V.number(1 - numbers.decay)
    while i < count {
      let s = V.fused(decay, first[i], V.times(fresh, V.times(g[i], g[i])))
      first[i] = s
      w[i] = V.fused(down, V.quotient(g[i], V.plus(V.root(s), epsilon)), w[i])
      i &+= 1
    }
  case .adam:
    let freshFirst = V.number(1 - numbers.momentum)
    let freshSecond = V.number(1 - numbers.decay)
    let c1 = V.number(numbers.firstCorrection)
    let c2 = V.number(numbers.secondCorrection)
    while i < count {
      let v = V.fused(momentum, first[i], V.times(freshFirst, g[i]))
      let s = V.fused(decay, second[i], V.times(freshSecond, V.times(g[i], g[i])))
      first[i] = v
      second[i] = s
      w[i] = V.fused(down, V.quotient(V.times(v, c1), V.plus(V.root(V.times(s, c2)), epsilon)), w[i])
      i &+= 1
    }
  case .gradientDescent, nil:
    while i < count {
      w[i] = V.fused(down, g[i], w[i])
      i &+= 1
    }
  }
}

// MARK: - The table

private let float64 = NetKernelSet(
  vector: Doubles.scalarCount, panel: widest * Doubles.scalarCount,
  product: { product($0.load(as: Product.self), One<Doubles>.self, Two<Doubles>.self, Four<Doubles>.self) },
  tanh: { tanh($0 / Doubles.scalarCount, $1.assumingMemoryBound(to: Doubles.self)) },
  columnSums: { rows, stored, lanes, x, sums in
    columnSums(rows, stored, lanes, x.assumingMemoryBound(to: Doubles.self), sums.assumingMemoryBound(to: Doubles.self))
  },
  squareSums: { rows, stored, lanes, x, sums in
    squareSums(rows, stored, lanes, x.assumingMemoryBound(to: Doubles.self), sums.assumingMemoryBound(to: Doubles.self))
  },
  squaredError: { rows, stored, lanes, z, target, targetRows, factor, sums in
    squaredError(
      rows, stored, lanes, z.assumingMemoryBound(to: Doubles.self), target.assumingMemoryBound(to: Doubles.self),
      targetRows,
      factor, sums.assumingMemoryBound(to: Doubles.self))
  },
  exponential: { exponential($0 / Doubles.scalarCount, $1.assumingMemoryBound(to: Doubles.self)) },
  update: { rule, numbers, count, w, g, first, second in
    update(
      rule, numbers.load(as: UpdateNumbers.self), count / Doubles.scalarCount, w.assumingMemoryBound(to: Doubles.self),
      g.assumingMemoryBound(to: Doubles.self), first.assumingMemoryBound(to: Doubles.self),
      second.assumingMemoryBound(to: Doubles.self))
  },
  add: { factor, count, x, y in
    add(
      Doubles.number(factor), count / Doubles.scalarCount, x.assumingMemoryBound(to: Doubles.self),
      y.assumingMemoryBound(to: Doubles.self))
  },
  transpose: { rows, columns, fromLanes, toLanes, from, to in
    transpose(
      DoubleSquare.self, rows, columns, fromLanes, toLanes, from.assumingMemoryBound(to: Double.self),
      to.assumingMemoryBound(to: Double.self))
  },
  gather: { gather($0) })

private let float32 = NetKernelSet(
  vector: Floats.scalarCount, panel: widest * Floats.scalarCount,
  product: { product($0.load(as: Product.self), One<Floats>.self, Two<Floats>.self, Four<Floats>.self) },
  tanh: { tanh($0 / Floats.scalarCount, $1.assumingMemoryBound(to: Floats.self)) },
  columnSums: { rows, stored, lanes, x, sums in
    columnSums(rows, stored, lanes, x.assumingMemoryBound(to: Floats.self), sums.assumingMemoryBound(to: Floats.self))
  },
  squareSums: { rows, stored, lanes, x, sums in
    squareSums(rows, stored, lanes, x.assumingMemoryBound(to: Floats.self), sums.assumingMemoryBound(to: Floats.self))
  },
  squaredError: { rows, stored, lanes, z, target, targetRows, factor, sums in
    squaredError(
      rows, stored, lanes, z.assumingMemoryBound(to: Floats.self), target.assumingMemoryBound(to: Floats.self),
      targetRows,
      factor, sums.assumingMemoryBound(to: Floats.self))
  },
  exponential: { exponential($0 / Floats.scalarCount, $1.assumingMemoryBound(to: Floats.self)) },
  update: { rule, numbers, count, w, g, first, second in
    update(
      rule, numbers.load(as: UpdateNumbers.self), count / Floats.scalarCount, w.assumingMemoryBound(to: Floats.self),
      g.assumingMemoryBound(to: Floats.self), first.assumingMemoryBound(to: Floats.self),
      second.assumingMemoryBound(to: Floats.self))
  },
  add: { factor, count, x, y in
    add(
      Floats.number(factor), count / Floats.scalarCount, x.assumingMemoryBound(to: Floats.self),
      y.assumingMemoryBound(to: Floats.self))
  },
  transpose: { rows, columns, fromLanes, toLanes, from, to in
    transpose(
      FloatSquare.self, rows, columns, fromLanes, toLanes, from.assumingMemoryBound(to: Float.self),
      to.assumingMemoryBound(to: Float.self))
  },
  gather: { gather($0) })

/// The net kernels of this module's instruction set. Only to be called where the processor has it.
@inline(never)
package func netKernelTable() -> NetKernelTable { NetKernelTable(float64: float64, float32: float32) }
