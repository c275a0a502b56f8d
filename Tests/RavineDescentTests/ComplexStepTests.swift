import Foundation
import RavineLanes
import Testing

@testable import RavineDescent

/// A complex number: f(w + i h v) = f(w) + i h f′(w) v + O(h²) without any cancellation (Squire, Trapp 1998), so h may
/// be 1e-100 and the derivative is exact to rounding.
struct Complex {
  var re: Double
  var im: Double

  init(_ re: Double, _ im: Double = 0) { (self.re, self.im) = (re, im) }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.re + b.re, a.im + b.im) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
  }

  // To first order in the imaginary part, which is all that its size of 1e-100 leaves.
  var exp: Complex { Complex(Foundation.exp(re), Foundation.exp(re) * im) }
  var log: Complex { Complex(Foundation.log(re), im / re) }
  var tanh: Complex {
    let t = Foundation.tanh(re)
    return Complex(t, (1 - t * t) * im)
  }
}

/// Every model written once more, from its formula, over complex numbers.
struct ComplexNet {
  let shape: NetShape
  let rows: NetRows
  let l2: Double

  /// f(w + i h v).
  func loss(_ w: [Double], along v: [Double], h: Double) -> Complex {
    let weights = zip(w, v).map { Complex($0, h * $1) }
    var total = Complex(0)
    for row in 0..<rows.count {
      let y = rows.targets[(row * shape.outputs)..<((row + 1) * shape.outputs)].map { Complex($0) }
      total = total + rowLoss(outputs(weights, row), y)
    }
    total = total * Complex(1 / Double(rows.count))
    for (layer, offset) in zip(shape.layers, shape.offsets) {
      for i in offset..<(offset + layer.inputs * layer.outputs) {
        total = total + Complex(0.5 * l2) * weights[i] * weights[i]
      }
    }
    return total
  }

  private func outputs(_ w: [Complex], _ row: Int) -> [Complex] {
    var a = rows.inputs[(row * shape.inputs)..<((row + 1) * shape.inputs)].map { Complex($0) }
    for (layer, offset) in zip(shape.layers, shape.offsets) {
      a = (0..<layer.outputs).map { j in
        var z = layer.bias ? w[offset + layer.inputs * layer.outputs + j] : Complex(0)
        for k in 0..<layer.inputs { z = z + w[offset + j * layer.inputs + k] * a[k] }
        switch layer.activation {
        case .identity: return z
        case .tanh: return z.tanh
        case .relu: return z.re > 0 ? z : Complex(0)
        }
      }
    }
    return a
  }

  private func rowLoss(_ z: [Complex], _ y: [Complex]) -> Complex {
    switch shape.loss {
    case .squared: return zip(z, y).reduce(Complex(0)) { $0 + Complex(0.5) * ($1.0 - $1.1) * ($1.0 - $1.1) }
    case .logistic: return (Complex(1) + z[0].exp).log - y[0] * z[0]
    case .softmax:
      let sum = z.reduce(Complex(0)) { $0 + $1.exp }
      return zip(z, y).reduce(sum.log) { $0 - $1.1 * $1.0 }
    }
  }
}

/// Gradients of every model against the complex step, on every instruction set.
@Suite struct ComplexStepTests {
  @Test(arguments: NetKernelTests.shapes.indices)
  func gradients(_ index: Int) {
    let shape = NetKernelTests.shapes[index]
    let rows = NetKernelTests.rows(9, shape, seed: 3)
    // Small enough that e^z of the plain formula does not round.
    let w = NetKernelTests.weights(shape, seed: 4, scale: 0.3)
    let problem = NetProblem(
      shape: shape, rows: rows, l2: 0.1, start: w, floor: 0, optimum: [], lossAtStart: 0,
      startCurvature: CurvatureExtremes(largest: .nan, smallest: .nan), seed: 0)
    let complex = ComplexNet(shape: shape, rows: rows, l2: 0.1)
    let random = RandomStream(seed: 6, stream: 60)
    for table in InstructionSets.available {
      let (loss, gradient) = NetEvaluator(problem, kernels: table.nets.float64).evaluate(w)
      let size = Vectors.dot(gradient, gradient).squareRoot()
      for direction in 0..<12 {
        // Twenty-four weights at a time, and all of them at once.
        var v = NetKernelTests.weights(shape, seed: UInt64(20 + direction), scale: 1)
        if direction > 0 {
          var chosen = [Double](repeating: 0, count: v.count)
          for pick in 0..<24 {
            let place = Int(random.bits(at: UInt64(direction * 24 + pick)) % UInt64(v.count))
            chosen[place] = v[place]
          }
          v = chosen
        }
        let exact = complex.loss(w, along: v, h: 1e-100)
        let length = Vectors.dot(v, v).squareRoot()
        #expect(abs(loss - exact.re) <= 1e-13 * (1 + abs(exact.re)))
        #expect(abs(Vectors.dot(gradient, v) - exact.im / 1e-100) <= 1e-13 * (1 + size * length))
      }
    }
  }
}
