import RavineLanes

/// An element type in which lanes can step.
protocol LaneScalar: BinaryFloatingPoint, Sendable {
  static func kernels(of table: KernelTable) -> KernelSet
  /// The constant that the modal recurrence adds; see ``ModalDrive``.
  static var drive: Self { get }
}

extension Double: LaneScalar {
  static func kernels(of table: KernelTable) -> KernelSet { table.float64 }
  static var drive: Double { ModalDrive.float64 }
}

extension Float: LaneScalar {
  static func kernels(of table: KernelTable) -> KernelSet { table.float32 }
  static var drive: Float { ModalDrive.float32 }
}

/// Zero-initialised memory of scalars, aligned for every vector width, freed with its owner.
struct LaneMemory<Scalar: LaneScalar>: ~Copyable {
  let base: UnsafeMutablePointer<Scalar>
  let count: Int

  init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Scalar>.stride
    base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(
      to: Scalar.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { base.deallocate() }
}
