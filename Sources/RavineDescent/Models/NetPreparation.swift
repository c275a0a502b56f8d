import RavineLanes

extension NetProblem {
  /// Curvature at the start is found up to this many weights × rows: a Hessian-vector product takes some twelve
  /// multiplications and additions for each, and up to three hundred are needed. Larger nets need steps given as
  /// numbers.
  private static let curvatureLimit = 2e7

  /// A net over the rows of `design`, which is preprocessed but has no bias column.
  static func prepare(_ settings: ProblemSettings, design: consuming Design) throws(DataError) -> NetProblem {
    design.expand()
    var rows = inputRows(design)
    let shape: NetShape
    var initial = InitialWeights.zero
    if case .values(let values) = settings.start { initial = .values(values) }
    switch settings.model {
    case .linear: throw DataError("a linear model is no net")
    case .logistic:
      try requireRows(design, "logistic")
      rows.targets = Labels.binary(targets(design))
      shape = linear(design.features, 1, settings, .logistic)
    case .softmax(let classes):
      try requireRows(design, "softmax")
      try checkSize(weights: design.features * classes, values: rows.count * classes, "softmax model")
      rows.targets = try Labels.classes(settings, design, rows, classes)
      shape = linear(design.features, rows.targets.count / max(rows.count, 1), settings, .softmax)
    case .net(let net):
      try checkSize(net, settings, features: design.features, rows: rows.count)
      if net.activation != .identity || net.loss != .squared { try requireRows(design, "net") }
      rows.targets = try NetTargets.make(net, settings, design, rows)
      let outputs = rows.targets.count / max(rows.count, 1)
      shape = net.shape(inputs: design.features, outputs: outputs, bias: settings.bias)
      if case .zero = settings.start { initial = net.initial }
    }
    let weights = try initial.weights(shape, seed: settings.seed)
    let isConvex = shape.layers.count == 1 && shape.loss != .squared
    return make(
      shape, rows, settings, weights, isConvex ? PrincipalAxes(design, bias: settings.bias) : nil)
  }

  /// `axes`: those of the inputs of a convex model.
  private static func make(
    _ shape: NetShape, _ rows: NetRows, _ settings: ProblemSettings, _ weights: [Double], _ axes: PrincipalAxes?
  ) -> NetProblem {
    var problem = NetProblem(
      shape: shape, rows: rows, l2: settings.l2, start: weights, floor: 0, optimum: [], lossAtStart: 0,
      startCurvature: CurvatureExtremes(largest: .nan, smallest: .nan), seed: settings.seed)
    let kernels = InstructionSets.best.nets.float64
    problem.lossAtStart = NetEvaluator(problem, kernels: kernels).evaluate(weights).loss
    if Double(shape.parameters) * Double(rows.count) <= curvatureLimit {
      problem.startCurvature = NetCurvature(problem.reference, at: weights).extremes()
    }
    if let axes, let layer = shape.layers.first {
      (problem.floor, problem.optimum) = ConvexMinimum(problem, layer: layer, axes: axes, kernels: kernels).find()
      if !problem.startCurvature.largest.isNaN {
        let hessian = NetCurvature(problem.reference, at: problem.optimum)
        problem.optimumModel = LocalModel(error: Vectors.add(weights, -1, problem.optimum)) { hessian.product($0) }
      }
    } else if shape.layers.allSatisfy({ $0.activation == .identity }), shape.loss == .squared, settings.l2 == 0 {
      problem.floor = LinearFloor.find(problem)
    }
    return problem
  }

  /// Weights of a net or of its teacher, and values of its targets: some gigabytes for all that a trial keeps.
  private static let sizeLimit = 1 << 27

  /// Before anything of that size is made.
  private static func checkSize(
    _ net: NetSettings, _ settings: ProblemSettings, features: Int, rows: Int
  ) throws(DataError) {
    var (outputs, teacher) = (1, 0)
    switch net.teacher {
    case .target: break
    case .diagonal: outputs = features
    case .classes(let classes): outputs = classes
    case .linear(let count): (outputs, teacher) = (count, count * features)
    case .net(let hidden, let count):
      outputs = count
      teacher = zip([features] + hidden, hidden + [count]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let weights = net.shape(inputs: features, outputs: outputs, bias: settings.bias).parameters
    try checkSize(weights: teacher, values: 0, "teacher")
    try checkSize(weights: weights, values: rows * outputs, "net")
  }

  private static func checkSize(weights: Int, values: Int, _ name: String) throws(DataError) {
    guard weights <= sizeLimit else {
      throw DataError(
        "a \(name) of \(weights) weights is too large: the limit is \(sizeLimit)",
        help: "choose fewer or narrower layers, or a `model.bottleneck`")
    }
    guard values <= sizeLimit else {
      throw DataError("rows × outputs of the \(name) are \(values) values: the limit is \(sizeLimit)")
    }
  }

  private static func requireRows(_ design: borrowing Design, _ model: String) throws(DataError) {
    guard design.meanRow == nil else {
      throw DataError(
        "a \(model) model needs rows: these data are an exact second moment", help: "give `data.samples` a number")
    }
  }

  private static func linear(
    _ features: Int, _ outputs: Int, _ settings: ProblemSettings, _ loss: NetLoss
  ) -> NetShape {
    NetShape(
      layers: [NetLayer(inputs: features, outputs: outputs, activation: .identity, bias: settings.bias)], loss: loss)
  }

  /// Inputs and targets of a linear model, row by row.
  static func rows(_ design: borrowing Design) -> NetRows {
    var rows = inputRows(design)
    rows.targets = targets(design)
    return rows
  }

  /// The inputs row by row. Rows that stand for exact moments are scaled so that XᵀX/n is that moment.
  private static func inputRows(_ design: borrowing Design) -> NetRows {
    let (n, d) = (design.inputs.rows, design.features)
    let scale = design.meanRow == nil ? 1 : Double(n).squareRoot()
    var values = [Double](repeating: 0, count: n * d)
    for j in 0..<d {
      let column = design.inputs.column(j)
      for i in 0..<n { values[i * d + j] = scale * column[i] }
    }
    return NetRows(count: n, inputs: values, targets: [])
  }

  static func targets(_ design: borrowing Design) -> [Double] {
    let scale = design.meanRow == nil ? 1 : Double(design.inputs.rows).squareRoot()
    return (0..<design.inputs.rows).map { scale * design.targets.column(0)[$0] }
  }
}

/// Targets of classifiers.
enum Labels {
  /// 0 and 1 as they are; anything else is 1 above the median (of an even number: the mean of the middle two).
  static func binary(_ targets: [Double]) -> [Double] {
    if targets.allSatisfy({ $0 == 0 || $0 == 1 }) { return targets }
    let sorted = targets.sorted()
    let middle = sorted.count / 2
    let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    return targets.map { $0 > median ? 1 : 0 }
  }

  /// One-hot rows.
  static func classes(
    _ settings: ProblemSettings, _ design: borrowing Design, _ rows: NetRows, _ classes: Int
  ) throws(DataError) -> [Double] {
    if case .generated = settings.data {
      let scores = NetTargets.linear(rows, design.features, outputs: classes, seed: settings.seed)
      return oneHot(
        (0..<rows.count).map { row in
          (0..<classes).reduce(0) { scores[row * classes + $1] > scores[row * classes + $0] ? $1 : $0 }
        }, classes)
    }
    let values = NetProblem.targets(design)
    guard let bad = values.firstIndex(where: { !($0 >= 0 && $0 < Double(classes) && $0 == $0.rounded()) }) else {
      return oneHot(values.map { Int($0) }, classes)
    }
    throw DataError(
      "row \(bad + 1) has the target \(values[bad]), which is no class of \(classes)",
      help:
        "softmax targets are whole numbers from 0 to \(classes - 1): check `model.classes` (of nets `model.outputs`)")
  }

  private static func oneHot(_ labels: [Int], _ classes: Int) -> [Double] {
    var result = [Double](repeating: 0, count: labels.count * classes)
    for (row, label) in labels.enumerated() { result[row * classes + label] = 1 }
    return result
  }
}

/// Targets of nets.
enum NetTargets {
  /// Streams of teachers' weights; the layer stands in the low half. Part of the results: never change.
  private static let linearStream: UInt64 = 20 << 32
  private static let netStream: UInt64 = 21 << 32

  static func make(
    _ net: NetSettings, _ settings: ProblemSettings, _ design: borrowing Design, _ rows: NetRows
  ) throws(DataError) -> [Double] {
    let d = design.features
    switch net.teacher {
    case .target: return NetProblem.targets(design)
    case .classes(let classes): return try Labels.classes(settings, design, rows, classes)
    case .linear(let outputs): return linear(rows, d, outputs: outputs, seed: settings.seed)
    case .diagonal(let exponent): return try diagonal(settings, rows, d, exponent)
    case .net(let hidden, let outputs): return standardised(teacher(rows, d, hidden, outputs, settings.seed), outputs)
    }
  }

  /// X Vᵀ, V (outputs × D) standard normal over √D.
  static func linear(_ rows: NetRows, _ d: Int, outputs: Int, seed: UInt64) -> [Double] {
    let random = RandomStream(seed: seed, stream: linearStream)
    let weights = (0..<(outputs * d)).map { random.normal(at: UInt64($0)) / Double(d).squareRoot() }
    return layer(rows.inputs, rows.count, d, outputs, weights, relu: false)
  }

  private static func layer(
    _ inputs: [Double], _ n: Int, _ width: Int, _ outputs: Int, _ weights: [Double], relu: Bool
  ) -> [Double] {
    var result = [Double](repeating: 0, count: n * outputs)
    for i in 0..<n {
      for j in 0..<outputs {
        var z = 0.0
        for k in 0..<width { z = z.addingProduct(inputs[i * width + k], weights[j * width + k]) }
        result[i * outputs + j] = relu && z < 0 ? 0 : z
      }
    }
    return result
  }

  private static func teacher(
    _ rows: NetRows, _ d: Int, _ hidden: [Int], _ outputs: Int, _ seed: UInt64
  ) -> [Double] {
    var values = rows.inputs
    var width = d
    for (index, units) in (hidden + [outputs]).enumerated() {
      let random = RandomStream(seed: seed, stream: netStream | UInt64(index))
      let scale = (2 / Double(width)).squareRoot()
      let weights = (0..<(units * width)).map { scale * random.normal(at: UInt64($0)) }
      values = layer(values, rows.count, width, units, weights, relu: index < hidden.count)
      width = units
    }
    return values
  }

  private static func standardised(_ values: [Double], _ outputs: Int) -> [Double] {
    let n = values.count / max(outputs, 1)
    var result = values
    for j in 0..<outputs {
      var mean = 0.0
      for i in 0..<n { mean += values[i * outputs + j] }
      mean /= Double(n)
      var square = 0.0
      for i in 0..<n { square += (values[i * outputs + j] - mean) * (values[i * outputs + j] - mean) }
      let deviation = (square / Double(n)).squareRoot()
      for i in 0..<n {
        let centred = values[i * outputs + j] - mean
        result[i * outputs + j] = deviation > 0 ? centred / deviation : 0
      }
    }
    return result
  }

  private static func diagonal(
    _ settings: ProblemSettings, _ rows: NetRows, _ d: Int, _ exponent: Double
  ) throws(DataError) -> [Double] {
    guard case .generated(let generator, _, _, _) = settings.data, let spectrum = generator.diagonal else {
      throw DataError(
        "a diagonal teacher needs diagonal data", help: "use data of kind `geometric`, `power` or `spectrum`")
    }
    var factors = spectrum.map { $0 > 0 ? Elementary.pow($0, -exponent) : 0 }
    var sum = 0.0
    for (lambda, a) in zip(spectrum, factors) { sum += lambda * a * a }
    factors = factors.map { $0 / sum.squareRoot() }
    return rows.inputs.indices.map { rows.inputs[$0] * factors[$0 % d] }
  }
}
