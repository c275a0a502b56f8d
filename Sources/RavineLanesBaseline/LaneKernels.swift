// One source, compiled for each instruction set (the other lane targets hold a link to this file). Only raw pointers
// and SIMD here, and everything generic in this one file, so that debug builds specialise it too.
import RavineLanes

#if LANES_V4
  private typealias Doubles = SIMD8<Double>
  private typealias Floats = SIMD16<Float>
  private let name = "x86-64-v4"
#elseif LANES_V3
  private typealias Doubles = SIMD4<Double>
  private typealias Floats = SIMD8<Float>
  private let name = "x86-64-v3"
#elseif arch(arm64)
  private typealias Doubles = SIMD2<Double>
  private typealias Floats = SIMD4<Float>
  private let name = "arm64"
#else
  private typealias Doubles = SIMD2<Double>
  private typealias Floats = SIMD4<Float>
  private let name = "x86-64"
#endif

/// What the kernels need of a vector and generic SIMD code does not compile to single instructions.
private protocol LaneVector {
  associatedtype Scalar
  init(repeating value: Scalar)
  static var scalarCount: Int { get }
  static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self
  static func fma(_ a: Scalar, _ b: Self, _ c: Self) -> Self
  static func mul(_ a: Self, _ b: Self) -> Self
  static func sub(_ a: Self, _ b: Self) -> Self
  static func add(_ a: Self, _ b: Self) -> Self
  /// 1 in the lanes where low < g ≤ high for all of `count` vectors, 0 in the others.
  static func inside(_ gaps: UnsafePointer<Self>, _ count: Int, _ low: Self, _ high: Self) -> Self
  static func isUnit(_ flags: Self) -> Bool
  static var drive: Self { get }
  static var nought: Self { get }
  static var unit: Scalar { get }
  static func negative(_ value: Scalar) -> Scalar
}

extension Doubles: LaneVector {
  @inline(__always) static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self {
    #if LANES_BASELINE && arch(x86_64)
      return c + a * b
    #else
      return c.addingProduct(a, b)
    #endif
  }
  @inline(__always) static func fma(_ a: Double, _ b: Self, _ c: Self) -> Self { fma(Self(repeating: a), b, c) }
  @inline(__always) static func mul(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always) static func sub(_ a: Self, _ b: Self) -> Self { a - b }
  @inline(__always) static func add(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always)
  static func inside(_ gaps: UnsafePointer<Self>, _ count: Int, _ low: Self, _ high: Self) -> Self {
    var inside = (gaps[0] .> low) .& (gaps[0] .<= high)
    var i = 1
    while i < count {
      inside = inside .& (gaps[i] .> low) .& (gaps[i] .<= high)
      i &+= 1
    }
    return Self(repeating: 0).replacing(with: 1, where: inside)
  }
  @inline(__always) static func isUnit(_ flags: Self) -> Bool { all(flags .== 1) }
  @inline(__always) static var drive: Self { Self(repeating: ModalDrive.float64) }
  @inline(__always) static var nought: Self { Self(repeating: 0) }
  @inline(__always) static var unit: Double { 1 }
  @inline(__always) static func negative(_ value: Double) -> Double { -value }
}

extension Floats: LaneVector {
  @inline(__always) static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self {
    #if LANES_BASELINE && arch(x86_64)
      return c + a * b
    #else
      return c.addingProduct(a, b)
    #endif
  }
  @inline(__always) static func fma(_ a: Float, _ b: Self, _ c: Self) -> Self { fma(Self(repeating: a), b, c) }
  @inline(__always) static func mul(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always) static func sub(_ a: Self, _ b: Self) -> Self { a - b }
  @inline(__always) static func add(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always)
  static func inside(_ gaps: UnsafePointer<Self>, _ count: Int, _ low: Self, _ high: Self) -> Self {
    var inside = (gaps[0] .> low) .& (gaps[0] .<= high)
    var i = 1
    while i < count {
      inside = inside .& (gaps[i] .> low) .& (gaps[i] .<= high)
      i &+= 1
    }
    return Self(repeating: 0).replacing(with: 1, where: inside)
  }
  @inline(__always) static func isUnit(_ flags: Self) -> Bool { all(flags .== 1) }
  @inline(__always) static var drive: Self { Self(repeating: ModalDrive.float32) }
  @inline(__always) static var nought: Self { Self(repeating: 0) }
  @inline(__always) static var unit: Float { 1 }
  @inline(__always) static func negative(_ value: Float) -> Float { -value }
}

// MARK: - Modal

/// The gaps of the steps of one block.
private struct BlockGaps<V: LaneVector> {
  var g0 = V.nought
  var g1 = V.nought
  var g2 = V.nought
  var g3 = V.nought
  var g4 = V.nought
  var g5 = V.nought
  var g6 = V.nought
  var g7 = V.nought

  @inline(__always) init() {}

  /// Writes the gaps and, after them, the lanes without an event (see ``ModalKernel``); true where that is all lanes.
  @inline(__always) func store(_ gaps: UnsafeMutablePointer<V>, _ low: V, _ high: V) -> Bool {
    gaps[0] = g0
    gaps[1] = g1
    gaps[2] = g2
    gaps[3] = g3
    gaps[4] = g4
    gaps[5] = g5
    gaps[6] = g6
    gaps[7] = g7
    let quiet = V.inside(gaps, 8, low, high)
    gaps[8] = quiet
    return V.isUnit(quiet)
  }
}

// Modes are stepped several at a time where the registers hold them: their chains of dependent operations overlap. Gaps
// are folded over the modes in order all the same.
#if LANES_V4 || arch(arm64)
  private let modesTogether = 4
#else
  private let modesTogether = 1
#endif

/// One mode of gradient descent.
private struct OneTerm<V: LaneVector> {
  let p: V
  var u: V

  @inline(__always) init(_ coefficients: UnsafePointer<V>, _ state: UnsafePointer<V>) {
    p = coefficients[0]
    u = state[0]
  }
  @inline(__always) mutating func step(_ drive: V) { u = V.fma(p, u, drive) }
}

@inline(__always)
private func step<V: LaneVector>(_ mode: inout OneTerm<V>, _ drive: V, _ gap: inout V) {
  mode.step(drive)
  gap = V.fma(mode.u, mode.u, gap)
}

@inline(__always)
private func step<V: LaneVector>(
  _ a: inout OneTerm<V>, _ b: inout OneTerm<V>, _ c: inout OneTerm<V>, _ d: inout OneTerm<V>, _ drive: V,
  _ gap: inout V
) {
  a.step(drive)
  b.step(drive)
  c.step(drive)
  d.step(drive)
  gap = V.fma(a.u, a.u, gap)
  gap = V.fma(b.u, b.u, gap)
  gap = V.fma(c.u, c.u, gap)
  gap = V.fma(d.u, d.u, gap)
}

@inline(__always)
private func gradientDescent<V: LaneVector>(
  _: V.Type, _ modes: Int, _ maxBlocks: Int, _ a: UnsafeMutablePointer<V>, _ b: UnsafeMutablePointer<V>,
  _ coefficients: UnsafePointer<V>, _ low: V, _ high: V, _ gaps: UnsafeMutablePointer<V>
) -> Int {
  let drive = V.drive
  var source = a
  var target = b
  var blocks = 0
  while blocks < maxBlocks {
    var g = BlockGaps<V>()
    var i = 0
    while modesTogether > 1 && i &+ 4 <= modes {
      let c = coefficients + i
      let s = source + i
      let t = target + i
      var m0 = OneTerm(c, s)
      var m1 = OneTerm(c + 1, s + 1)
      var m2 = OneTerm(c + 2, s + 2)
      var m3 = OneTerm(c + 3, s + 3)
      step(&m0, &m1, &m2, &m3, drive, &g.g0)
      step(&m0, &m1, &m2, &m3, drive, &g.g1)
      step(&m0, &m1, &m2, &m3, drive, &g.g2)
      step(&m0, &m1, &m2, &m3, drive, &g.g3)
      step(&m0, &m1, &m2, &m3, drive, &g.g4)
      step(&m0, &m1, &m2, &m3, drive, &g.g5)
      step(&m0, &m1, &m2, &m3, drive, &g.g6)
      step(&m0, &m1, &m2, &m3, drive, &g.g7)
      t[0] = m0.u
      t[1] = m1.u
      t[2] = m2.u
      t[3] = m3.u
      i &+= 4
    }
    while i < modes {
      var m = OneTerm(coefficients + i, source + i)
      step(&m, drive, &g.g0)
      step(&m, drive, &g.g1)
      step(&m, drive, &g.g2)
      step(&m, drive, &g.g3)
      step(&m, drive, &g.g4)
      step(&m, drive, &g.g5)
      step(&m, drive, &g.g6)
      step(&m, drive, &g.g7)
      target[i] = m.u
      i &+= 1
    }
    blocks &+= 1
    if !g.store(gaps, low, high) { return blocks }
    let swap = source
    source = target
    target = swap
  }
  return blocks
}

/// One mode of a two-term recurrence: u(t) and u(t − 1) change places in every step.
private struct TwoTerm<V: LaneVector> {
  let p: V
  let negativeQ: V
  var even: V
  var odd: V

  @inline(__always) init(_ coefficients: UnsafePointer<V>, _ state: UnsafePointer<V>) {
    p = coefficients[0]
    negativeQ = coefficients[1]
    even = state[0]
    odd = state[1]
  }
  @inline(__always) mutating func stepToOdd(_ drive: V) { odd = V.fma(p, even, V.fma(negativeQ, odd, drive)) }
  @inline(__always) mutating func stepToEven(_ drive: V) { even = V.fma(p, odd, V.fma(negativeQ, even, drive)) }
  @inline(__always) func put(_ state: UnsafeMutablePointer<V>) {
    state[0] = even
    state[1] = odd
  }
}

@inline(__always)
private func stepTwice<V: LaneVector>(_ mode: inout TwoTerm<V>, _ drive: V, _ first: inout V, _ second: inout V) {
  mode.stepToOdd(drive)
  first = V.fma(mode.odd, mode.odd, first)
  mode.stepToEven(drive)
  second = V.fma(mode.even, mode.even, second)
}

@inline(__always)
private func stepTwice<V: LaneVector>(
  _ a: inout TwoTerm<V>, _ b: inout TwoTerm<V>, _ c: inout TwoTerm<V>, _ d: inout TwoTerm<V>, _ drive: V,
  _ first: inout V, _ second: inout V
) {
  a.stepToOdd(drive)
  b.stepToOdd(drive)
  c.stepToOdd(drive)
  d.stepToOdd(drive)
  first = V.fma(a.odd, a.odd, first)
  first = V.fma(b.odd, b.odd, first)
  first = V.fma(c.odd, c.odd, first)
  first = V.fma(d.odd, d.odd, first)
  a.stepToEven(drive)
  b.stepToEven(drive)
  c.stepToEven(drive)
  d.stepToEven(drive)
  second = V.fma(a.even, a.even, second)
  second = V.fma(b.even, b.even, second)
  second = V.fma(c.even, c.even, second)
  second = V.fma(d.even, d.even, second)
}

@inline(__always)
private func momentum<V: LaneVector>(
  _: V.Type, _ modes: Int, _ maxBlocks: Int, _ a: UnsafeMutablePointer<V>, _ b: UnsafeMutablePointer<V>,
  _ coefficients: UnsafePointer<V>, _ low: V, _ high: V, _ gaps: UnsafeMutablePointer<V>
) -> Int {
  let drive = V.drive
  var source = a
  var target = b
  var blocks = 0
  while blocks < maxBlocks {
    var g = BlockGaps<V>()
    var i = 0
    while modesTogether > 1 && i &+ 8 <= 2 &* modes {
      let c = coefficients + i
      let s = source + i
      let t = target + i
      var m0 = TwoTerm(c, s)
      var m1 = TwoTerm(c + 2, s + 2)
      var m2 = TwoTerm(c + 4, s + 4)
      var m3 = TwoTerm(c + 6, s + 6)
      stepTwice(&m0, &m1, &m2, &m3, drive, &g.g0, &g.g1)
      stepTwice(&m0, &m1, &m2, &m3, drive, &g.g2, &g.g3)
      stepTwice(&m0, &m1, &m2, &m3, drive, &g.g4, &g.g5)
      stepTwice(&m0, &m1, &m2, &m3, drive, &g.g6, &g.g7)
      m0.put(t)
      m1.put(t + 2)
      m2.put(t + 4)
      m3.put(t + 6)
      i &+= 8
    }
    while i < 2 &* modes {
      var m = TwoTerm(coefficients + i, source + i)
      stepTwice(&m, drive, &g.g0, &g.g1)
      stepTwice(&m, drive, &g.g2, &g.g3)
      stepTwice(&m, drive, &g.g4, &g.g5)
      stepTwice(&m, drive, &g.g6, &g.g7)
      m.put(target + i)
      i &+= 2
    }
    blocks &+= 1
    if !g.store(gaps, low, high) { return blocks }
    let swap = source
    source = target
    target = swap
  }
  return blocks
}

/// The state `steps` steps after the one in `state`, by the operations of the blocks.
private func replay<V: LaneVector>(
  _: V.Type, _ modes: Int, _ steps: Int, _ usesMomentum: Bool, _ state: UnsafePointer<V>,
  _ coefficients: UnsafePointer<V>, _ result: UnsafeMutablePointer<V>
) {
  let stride = usesMomentum ? 2 : 1
  var i = 0
  // Four at a time: the steps of one wait for one another.
  while i &+ 4 <= modes {
    var a = Mode(state, coefficients, i &* stride, usesMomentum)
    var b = Mode(state, coefficients, (i &+ 1) &* stride, usesMomentum)
    var c = Mode(state, coefficients, (i &+ 2) &* stride, usesMomentum)
    var d = Mode(state, coefficients, (i &+ 3) &* stride, usesMomentum)
    var s = 0
    while s < steps {
      a.step(usesMomentum)
      b.step(usesMomentum)
      c.step(usesMomentum)
      d.step(usesMomentum)
      s &+= 1
    }
    a.store(result, i &* stride, usesMomentum)
    b.store(result, (i &+ 1) &* stride, usesMomentum)
    c.store(result, (i &+ 2) &* stride, usesMomentum)
    d.store(result, (i &+ 3) &* stride, usesMomentum)
    i &+= 4
  }
  while i < modes {
    var mode = Mode(state, coefficients, i &* stride, usesMomentum)
    var s = 0
    while s < steps {
      mode.step(usesMomentum)
      s &+= 1
    }
    mode.store(result, i &* stride, usesMomentum)
    i &+= 1
  }
}

/// One mode in all lanes.
private struct Mode<V: LaneVector> {
  var p: V
  var negativeQ: V
  var u: V
  var last: V

  @inline(__always)
  init(_ state: UnsafePointer<V>, _ coefficients: UnsafePointer<V>, _ at: Int, _ usesMomentum: Bool) {
    p = coefficients[at]
    u = state[at]
    negativeQ = usesMomentum ? coefficients[at &+ 1] : p
    last = usesMomentum ? state[at &+ 1] : u
  }
  @inline(__always) mutating func step(_ usesMomentum: Bool) {
    let rest = usesMomentum ? V.fma(negativeQ, last, V.drive) : V.drive
    last = u
    u = V.fma(p, u, rest)
  }
  @inline(__always) func store(_ result: UnsafeMutablePointer<V>, _ at: Int, _ usesMomentum: Bool) {
    result[at] = u
    if usesMomentum { result[at &+ 1] = last }
  }
}

// MARK: - Direct

// A tile of accumulators must fit the registers: 8 rows × 3 vectors of 32 (AVX-512, NEON), 6 × 2 of 16 (AVX2, SSE).
#if LANES_V4 || arch(arm64)
  private let vectorsPerRow = 3
  private let rowsPerPanel = 8
#else
  private let vectorsPerRow = 2
  private let rowsPerPanel = 6
#endif

/// One row of the tile, as many vectors as a panel is wide.
private struct Row<V: LaneVector> {
  var x: V
  var y: V
  #if LANES_V4 || arch(arm64)
    var z: V
  #endif

  @inline(__always) init(_ vector: V) {
    x = vector
    y = vector
    #if LANES_V4 || arch(arm64)
      z = vector
    #endif
  }
  /// Its vectors, one after the other.
  @inline(__always) init(_ vectors: UnsafePointer<V>) {
    x = vectors[0]
    y = vectors[1]
    #if LANES_V4 || arch(arm64)
      z = vectors[2]
    #endif
  }
  @inline(__always) init(repeating value: V.Scalar) {
    x = V(repeating: value)
    y = x
    #if LANES_V4 || arch(arm64)
      z = x
    #endif
  }
  /// self += a ∘ b.
  @inline(__always) mutating func accumulate(_ a: Row<V>, _ b: Row<V>) {
    x = V.fma(a.x, b.x, x)
    y = V.fma(a.y, b.y, y)
    #if LANES_V4 || arch(arm64)
      z = V.fma(a.z, b.z, z)
    #endif
  }
  @inline(__always) mutating func subtract(_ scalar: V.Scalar) {
    x = V.sub(x, V(repeating: scalar))
    y = V.sub(y, V(repeating: scalar))
    #if LANES_V4 || arch(arm64)
      z = V.sub(z, V(repeating: scalar))
    #endif
  }
  /// self − other.
  @inline(__always) func minus(_ other: Row<V>) -> Row<V> {
    var result = self
    result.x = V.sub(x, other.x)
    result.y = V.sub(y, other.y)
    #if LANES_V4 || arch(arm64)
      result.z = V.sub(z, other.z)
    #endif
    return result
  }
  @inline(__always) var negated: Row<V> { Row(V.nought).minus(self) }
  @inline(__always) mutating func accumulate(_ scalar: V.Scalar, _ row: Row<V>) {
    x = V.fma(scalar, row.x, x)
    y = V.fma(scalar, row.y, y)
    #if LANES_V4 || arch(arm64)
      z = V.fma(scalar, row.z, z)
    #endif
  }
}

/// g ← H w − c for one panel of rows; every sum runs over k in order.
@inline(__always)
private func panel<V: LaneVector>(
  _ rows: Int, _ h: UnsafePointer<V.Scalar>, _ c: UnsafePointer<V.Scalar>, _ w: UnsafePointer<Row<V>>,
  _ g: UnsafeMutablePointer<Row<V>>
) {
  var r0 = Row<V>(repeating: V.negative(c[0]))
  var r1 = Row<V>(repeating: V.negative(c[1]))
  var r2 = Row<V>(repeating: V.negative(c[2]))
  var r3 = Row<V>(repeating: V.negative(c[3]))
  var r4 = Row<V>(repeating: V.negative(c[4]))
  var r5 = Row<V>(repeating: V.negative(c[5]))
  #if LANES_V4 || arch(arm64)
    var r6 = Row<V>(repeating: V.negative(c[6]))
    var r7 = Row<V>(repeating: V.negative(c[7]))
  #endif
  var k = 0
  var column = h
  while k < rows {
    let row = w[k]
    r0.accumulate(column[0], row)
    r1.accumulate(column[1], row)
    r2.accumulate(column[2], row)
    r3.accumulate(column[3], row)
    r4.accumulate(column[4], row)
    r5.accumulate(column[5], row)
    #if LANES_V4 || arch(arm64)
      r6.accumulate(column[6], row)
      r7.accumulate(column[7], row)
    #endif
    column += rowsPerPanel
    k &+= 1
  }
  g[0] = r0
  g[1] = r1
  g[2] = r2
  g[3] = r3
  g[4] = r4
  g[5] = r5
  #if LANES_V4 || arch(arm64)
    g[6] = r6
    g[7] = r7
  #endif
}

/// v ← m v + g; w ← w − η v.
@inline(__always)
private func heavyBallUpdate<V: LaneVector>(
  _ rows: Int, _ w: UnsafeMutablePointer<Row<V>>, _ g: UnsafePointer<Row<V>>, _ v: UnsafeMutablePointer<Row<V>>,
  _ step: Row<V>, _ momentum: Row<V>
) {
  let negative = step.negated
  var r = 0
  while r < rows {
    var velocity = g[r]
    velocity.accumulate(momentum, v[r])
    v[r] = velocity
    w[r].accumulate(negative, velocity)
    r &+= 1
  }
}

/// u = w + m (w − w₋₁), g_u = g + m (g − g₋₁), w ← u − η g_u.
@inline(__always)
private func nesterovUpdate<V: LaneVector>(
  _ rows: Int, _ w: UnsafeMutablePointer<Row<V>>, _ g: UnsafePointer<Row<V>>, _ lastW: UnsafeMutablePointer<Row<V>>,
  _ lastG: UnsafeMutablePointer<Row<V>>, _ step: Row<V>, _ momentum: Row<V>
) {
  let negative = step.negated
  var r = 0
  while r < rows {
    let here = w[r]
    let gradient = g[r]
    var u = here
    u.accumulate(momentum, here.minus(lastW[r]))
    var gu = gradient
    gu.accumulate(momentum, gradient.minus(lastG[r]))
    lastW[r] = here
    lastG[r] = gradient
    u.accumulate(negative, gu)
    w[r] = u
    r &+= 1
  }
}

/// Σ (w_r − w*_r) g_r over the even rows plus the same over the odd rows, each in order.
@inline(__always)
private func gap<V: LaneVector>(
  _ rows: Int, _ w: UnsafePointer<Row<V>>, _ g: UnsafePointer<Row<V>>, _ optimum: UnsafePointer<V.Scalar>,
  _ gaps: UnsafeMutablePointer<Row<V>>
) {
  var even = Row<V>(V.nought)
  var odd = Row<V>(V.nought)
  var r = 0
  while r < rows {
    var error = w[r]
    error.subtract(optimum[r])
    even.accumulate(error, g[r])
    // The padding row after an odd last one has zero gradient.
    var next = w[r &+ 1]
    next.subtract(optimum[r &+ 1])
    odd.accumulate(next, g[r &+ 1])
    r &+= 2
  }
  even.accumulate(V.unit, odd)
  gaps[0] = even
}

@inline(__always)
private func direct<V: LaneVector>(
  _: V.Type, _ rows: Int, _ maxSteps: Int, _ nesterov: Bool, _ hessian: UnsafePointer<V.Scalar>,
  _ linear: UnsafePointer<V.Scalar>, _ optimum: UnsafePointer<V.Scalar>, _ w: UnsafeMutablePointer<V>,
  _ g: UnsafeMutablePointer<V>, _ memory: UnsafeMutablePointer<V>, _ step: UnsafePointer<V>,
  _ momentum: UnsafePointer<V>, _ low: UnsafePointer<V>, _ high: UnsafePointer<V>, _ gaps: UnsafeMutablePointer<V>
) -> Int {
  let padded = (rows &+ rowsPerPanel &- 1) / rowsPerPanel &* rowsPerPanel
  var steps = 0
  while steps < maxSteps {
    w.withMemoryRebound(to: Row<V>.self, capacity: padded) { wide in
      g.withMemoryRebound(to: Row<V>.self, capacity: padded) { gradient in
        memory.withMemoryRebound(to: Row<V>.self, capacity: 2 &* padded) { memory in
          let eta = Row(step)
          let m = Row(momentum)
          if nesterov {
            nesterovUpdate(rows, wide, gradient, memory, memory + padded, eta, m)
          } else {
            heavyBallUpdate(rows, wide, gradient, memory, eta, m)
          }
        }
        var r = 0
        while r < padded {
          panel(rows, hessian + r &* rows, linear + r, wide, gradient + r)
          r &+= rowsPerPanel
        }
        gaps.withMemoryRebound(to: Row<V>.self, capacity: 1) { gap(rows, wide, gradient, optimum, $0) }
      }
    }
    steps &+= 1
    var inside = true
    var v = 0
    while v < vectorsPerRow {
      if !V.isUnit(V.inside(gaps + v, 1, low[v], high[v])) { inside = false }
      v &+= 1
    }
    if !inside { return steps }
  }
  return steps
}

// MARK: - Peak

@inline(__always)
private func peak<V: LaneVector>(
  _: V.Type, _ factor: V.Scalar, _ rounds: Int, _ sink: UnsafeMutablePointer<V>
) -> Int {
  var r0 = Row<V>(V.nought)
  var r1 = r0
  var r2 = r0
  var r3 = r0
  var r4 = r0
  var r5 = r0
  let row = Row<V>(repeating: factor)
  var i = 0
  while i < rounds {
    r0.accumulate(factor, row)
    r1.accumulate(factor, row)
    r2.accumulate(factor, row)
    r3.accumulate(factor, row)
    r4.accumulate(factor, row)
    r5.accumulate(factor, row)
    i &+= 1
  }
  sink[0] = V.add(V.add(r0.x, r1.x), V.add(V.add(r2.x, r3.x), V.add(r4.x, r5.x)))
  sink[1] = V.add(V.add(r0.y, r1.y), V.add(V.add(r2.y, r3.y), V.add(r4.y, r5.y)))
  #if LANES_V4 || arch(arm64)
    sink[2] = V.add(V.add(r0.z, r1.z), V.add(V.add(r2.z, r3.z), V.add(r4.z, r5.z)))
  #endif
  return rounds &* 6 &* vectorsPerRow &* V.scalarCount &* 2
}

// MARK: - The table

private let float64 = KernelSet(
  modalLanes: Doubles.scalarCount, directLanes: vectorsPerRow * Doubles.scalarCount, directRows: rowsPerPanel,
  gradientDescent: { modes, blocks, a, b, coefficients, low, high, gaps in
    gradientDescent(
      Doubles.self, modes, blocks, a.assumingMemoryBound(to: Doubles.self), b.assumingMemoryBound(to: Doubles.self),
      coefficients.assumingMemoryBound(to: Doubles.self), low.load(as: Doubles.self), high.load(as: Doubles.self),
      gaps.assumingMemoryBound(to: Doubles.self))
  },
  momentum: { modes, blocks, a, b, coefficients, low, high, gaps in
    momentum(
      Doubles.self, modes, blocks, a.assumingMemoryBound(to: Doubles.self), b.assumingMemoryBound(to: Doubles.self),
      coefficients.assumingMemoryBound(to: Doubles.self), low.load(as: Doubles.self), high.load(as: Doubles.self),
      gaps.assumingMemoryBound(to: Doubles.self))
  },
  replay: { modes, steps, usesMomentum, state, coefficients, result in
    replay(
      Doubles.self, modes, steps, usesMomentum, state.assumingMemoryBound(to: Doubles.self),
      coefficients.assumingMemoryBound(to: Doubles.self), result.assumingMemoryBound(to: Doubles.self))
  },
  direct: { rows, maxSteps, nesterov, hessian, linear, optimum, w, g, memory, step, momentum, low, high, gap in
    direct(
      Doubles.self, rows, maxSteps, nesterov, hessian.assumingMemoryBound(to: Double.self),
      linear.assumingMemoryBound(to: Double.self), optimum.assumingMemoryBound(to: Double.self),
      w.assumingMemoryBound(to: Doubles.self), g.assumingMemoryBound(to: Doubles.self),
      memory.assumingMemoryBound(to: Doubles.self), step.assumingMemoryBound(to: Doubles.self),
      momentum.assumingMemoryBound(to: Doubles.self), low.assumingMemoryBound(to: Doubles.self),
      high.assumingMemoryBound(to: Doubles.self), gap.assumingMemoryBound(to: Doubles.self))
  },
  peak: { rounds, sink in peak(Doubles.self, 0.5, rounds, sink.assumingMemoryBound(to: Doubles.self)) })

private let float32 = KernelSet(
  modalLanes: Floats.scalarCount, directLanes: vectorsPerRow * Floats.scalarCount, directRows: rowsPerPanel,
  gradientDescent: { modes, blocks, a, b, coefficients, low, high, gaps in
    gradientDescent(
      Floats.self, modes, blocks, a.assumingMemoryBound(to: Floats.self), b.assumingMemoryBound(to: Floats.self),
      coefficients.assumingMemoryBound(to: Floats.self), low.load(as: Floats.self), high.load(as: Floats.self),
      gaps.assumingMemoryBound(to: Floats.self))
  },
  momentum: { modes, blocks, a, b, coefficients, low, high, gaps in
    momentum(
      Floats.self, modes, blocks, a.assumingMemoryBound(to: Floats.self), b.assumingMemoryBound(to: Floats.self),
      coefficients.assumingMemoryBound(to: Floats.self), low.load(as: Floats.self), high.load(as: Floats.self),
      gaps.assumingMemoryBound(to: Floats.self))
  },
  replay: { modes, steps, usesMomentum, state, coefficients, result in
    replay(
      Floats.self, modes, steps, usesMomentum, state.assumingMemoryBound(to: Floats.self),
      coefficients.assumingMemoryBound(to: Floats.self), result.assumingMemoryBound(to: Floats.self))
  },
  direct: { rows, maxSteps, nesterov, hessian, linear, optimum, w, g, memory, step, momentum, low, high, gap in
    direct(
      Floats.self, rows, maxSteps, nesterov, hessian.assumingMemoryBound(to: Float.self),
      linear.assumingMemoryBound(to: Float.self), optimum.assumingMemoryBound(to: Float.self),
      w.assumingMemoryBound(to: Floats.self), g.assumingMemoryBound(to: Floats.self),
      memory.assumingMemoryBound(to: Floats.self), step.assumingMemoryBound(to: Floats.self),
      momentum.assumingMemoryBound(to: Floats.self), low.assumingMemoryBound(to: Floats.self),
      high.assumingMemoryBound(to: Floats.self), gap.assumingMemoryBound(to: Floats.self))
  },
  peak: { rounds, sink in peak(Floats.self, 0.5, rounds, sink.assumingMemoryBound(to: Floats.self)) })

/// The kernels of this module's instruction set. Only to be called where the processor has it.
@inline(never)
package func kernelTable() -> KernelTable {
  #if LANES_BASELINE && arch(x86_64)
    let reproducible = false
  #else
    let reproducible = true
  #endif
  return KernelTable(instructionSet: name, reproducible: reproducible, float64: float64, float32: float32)
}
