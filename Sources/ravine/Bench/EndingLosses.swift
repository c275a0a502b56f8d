import Glibc
import RavineDescent
import RavineRuntime

/// The whole jobs W3 and W4 on the arrays of another program, for a comparison of what both end with: one file for
/// each job, a line for each trial with its final loss over all rows, in float64 from the float32 weights.
struct EndingLosses {
  let data: String
  let folder: String

  /// W3: 16 step sizes × 16 initial weights, 200 steps, in `w3.txt`.
  func writeDigits() throws {
    let net = try NetWorkload.digits(data: data, seeds: 16)
    let rates = try BenchArray.table(data + "/w3/lr.npy").values
    // The other program counts step size after step size.
    let losses = losses(net, stepSizes: rates, steps: 200)
    let order = rates.indices.flatMap { rate in (0..<16).map { $0 * rates.count + rate } }
    try write(order.map { losses[$0] }, "w3.txt")
  }

  /// W4: 16 step sizes, 100 steps, in `w4-k.txt`; the rows of each step in `order.txt`.
  func writeMimic(bottleneck k: Int) throws {
    let net = try NetWorkload.mimic(bottleneck: k, data: data)
    let rates = try BenchArray.table(data + "/w4/lr.npy").values
    try write(losses(net, stepSizes: rates, steps: 100), "w4-\(k).txt")
    var batch = Batch()
    batch.size = 128
    var order = BatchOrder(batch, rows: 1024, seed: 0)
    let lines = (0..<100).map { _ in order.next().map { "\($0)" }.joined(separator: " ") }
    try write(text: lines.joined(separator: "\n") + "\n", "order.txt")
  }

  private func losses(_ net: NetWorkload, stepSizes: [Double], steps: UInt64) -> [Double] {
    let trials = net.problems.indices.flatMap { problem in stepSizes.map { (problem: net.problems[problem], size: $0) }
    }
    return trials.map { problem, size in
      let parameters = net.parameters(step: size, steps: steps, .float32)
      let outcome = Training.run(problem, parameters)
      return outcome.flatMap { problem.problem.net?.loss(at: $0.weights) } ?? .nan
    }
  }

  private func write(_ losses: [Double], _ name: String) throws {
    try write(text: losses.map { "\($0)\n" }.joined(), name)
  }

  private func write(text: String, _ name: String) throws {
    let path = folder + "/" + name
    let file = creat(path, 0o644)
    guard file >= 0 else {
      throw RuntimeError(.cannotCreate, "cannot create `\(path)`: \(RuntimeError.words(for: errno))")
    }
    defer { close(file) }
    Terminal.write(text, to: file)
  }
}
