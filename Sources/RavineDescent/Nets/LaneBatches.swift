import RavineLanes

/// Mini-batches of the rows of a data set, at the front of panels of `stored` rows each: the one in use, and beside it
/// room for the next, which the products of a pass gather on the side.
struct LaneBatches<Scalar: NetScalar>: ~Copyable {
  /// The most rows that can be taken at once.
  let stored: Int
  private let kernels: NetKernelSet
  /// Two rooms each.
  private let inputs: LaneMemory<Scalar>
  private let targets: LaneMemory<Scalar>
  private var isSecond = false
  /// The rows that the spare room holds once `gathering` has nothing left to do.
  private var awaited: [Int] = []
  private let rows: UnsafeMutablePointer<Int>
  private let panels: UnsafeMutablePointer<Gathering.Panel>
  private let gathering: UnsafeMutablePointer<Gathering>

  init(_ data: borrowing LaneRows<Scalar>, stored: Int, kernels: NetKernelSet) {
    self.stored = stored
    self.kernels = kernels
    inputs = LaneMemory(count: 2 * stored * data.inputShape.lanes)
    targets = LaneMemory(count: 2 * stored * data.targetShape.lanes)
    rows = .allocate(capacity: max(stored, 1))
    // No panel is narrower than a vector.
    panels = .allocate(capacity: (data.inputShape.lanes + data.targetShape.lanes) / kernels.vector)
    gathering = .allocate(capacity: 1)
    gathering.pointee = Gathering(panels: panels, panelCount: 0, rows: rows, rowCount: 0)
  }

  deinit {
    rows.deallocate()
    panels.deallocate()
    gathering.deallocate()
  }

  /// What products are to carry on with; nil where nothing is awaited.
  var pending: UnsafeMutableRawPointer? { awaited.isEmpty ? nil : UnsafeMutableRawPointer(gathering) }

  /// The rows `wanted` of `data`, `stored` at most, gathered before or now: where their inputs and targets begin. They
  /// stay until others are gathered for the next but one to be taken.
  mutating func take(
    _ wanted: ArraySlice<Int>, of data: borrowing LaneRows<Scalar>
  ) -> (inputs: UnsafeMutablePointer<Scalar>, targets: UnsafeMutablePointer<Scalar>) {
    if !wanted.elementsEqual(awaited) { begin(wanted, of: data) }
    kernels.gather(gathering)
    awaited = []
    isSecond.toggle()
    return (
      inputs.base + (isSecond ? inputs.count / 2 : 0), targets.base + (isSecond ? targets.count / 2 : 0)
    )
  }

  /// Lets the products that follow gather the rows `wanted` of `data`, `stored` at most, for the next to be taken.
  mutating func begin(_ wanted: ArraySlice<Int>, of data: borrowing LaneRows<Scalar>) {
    precondition(wanted.count <= stored, "a batch of \(wanted.count) rows where \(stored) are the most")
    awaited = Array(wanted)
    rows.update(from: awaited, count: awaited.count)
    var count = 0
    func add(_ shape: PanelShape, _ from: UnsafeMutablePointer<Scalar>, _ to: UnsafeMutablePointer<Scalar>) {
      shape.forEachPanel(kernels) { lane, width, _ in
        panels[count] = Gathering.Panel(
          source: from + lane * shape.rows, target: to + lane * stored, rowBytes: width * MemoryLayout<Scalar>.stride)
        count += 1
      }
    }
    add(data.inputShape, data.inputs.base, inputs.base + (isSecond ? 0 : inputs.count / 2))
    add(data.targetShape, data.targets.base, targets.base + (isSecond ? 0 : targets.count / 2))
    gathering.pointee = Gathering(panels: panels, panelCount: count, rows: rows, rowCount: awaited.count)
  }
}
