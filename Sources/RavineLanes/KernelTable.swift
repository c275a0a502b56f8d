/// How many steps a modal block does of one mode while it sits in registers. A lane starts and is refilled at a block
/// boundary only, so its own steps are always counted from one.
package let stepsPerBlock = 8

/// Runs one tile of modal lanes for up to `maxBlocks` blocks and returns how many were done (≥ 1 where
/// `maxBlocks` ≥ 1). It returns early after the block in which, in any lane and step, not (low < gap ≤ high).
///
/// For every lane and mode, S = ``stepsPerBlock`` steps of u′ = p u − q u₋₁ + ε per block, ε a constant below every
/// gap that is asked for (it keeps decayed modes out of the denormal range), and gap_s = Σ u′² folded over the modes
/// in order. All operations are fused multiply-adds, in one order, whatever the instruction set.
///
/// - `modes`: d ≥ 1.
/// - `a`, `b`: state, d × (u, u₋₁) × lanes (momentum) or d × u × lanes (gradient descent). The first block reads `a`
///   and writes `b`, the next reads `b` and writes `a`, and so on: the state before the last block is kept.
/// - `coefficients`: d × (p, −q) × lanes, or d × p × lanes.
/// - `low`, `high`: lanes. `gaps`: (S + 1) × lanes: the gaps of the last block, then 1 where none of a lane's was an
///   event and 0 where one was.
package typealias ModalKernel =
  @convention(c) (
    _ modes: Int, _ maxBlocks: Int, _ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer,
    _ coefficients: UnsafeRawPointer, _ low: UnsafeRawPointer, _ high: UnsafeRawPointer,
    _ gaps: UnsafeMutableRawPointer
  ) -> Int

/// Runs one tile of direct lanes, which share H, c and w*, for up to `maxSteps` steps; returns how many were done.
/// It returns early after the step in which, in any lane, not (low < gap ≤ high).
///
/// A step: heavy ball (and gradient descent with m = 0) v ← m v + g; w ← w − η v. Nesterov: u = w + m (w − w₋₁),
/// g_u = g + m (g − g₋₁) (the gradient is affine), w ← u − η g_u. Then g ← H w − c, row by row with k ascending, and
/// gap = Σ_r (w_r − w*_r) g_r.
///
/// - `rows`: d; all row arrays hold ``DirectShape/paddedRows(_:)`` rows, the padding zero.
/// - `hessian`: packed panels: panel P holds, for k = 0 … d−1, the entries H[P·R … P·R+R−1][k], R = `directRows`.
///   `linear`, `optimum`: padded rows scalars.
/// - `w`, `g`: padded rows × lanes, in and out. `memory`: v, or w₋₁ followed by g₋₁ (2 × padded rows × lanes).
/// - `step`, `momentum`, `low`, `high`, `gap`: lanes.
package typealias DirectKernel =
  @convention(c) (
    _ rows: Int, _ maxSteps: Int, _ nesterov: Bool, _ hessian: UnsafeRawPointer, _ linear: UnsafeRawPointer,
    _ optimum: UnsafeRawPointer, _ w: UnsafeMutableRawPointer, _ g: UnsafeMutableRawPointer,
    _ memory: UnsafeMutableRawPointer, _ step: UnsafeRawPointer, _ momentum: UnsafeRawPointer,
    _ low: UnsafeRawPointer, _ high: UnsafeRawPointer, _ gap: UnsafeMutableRawPointer
  ) -> Int

/// Does `steps` steps of modes from a kept state, operation by operation as ``ModalKernel`` does them, without gaps.
///
/// `state` and `coefficients` as there; so is `result`, the state afterwards. No lane and no mode sees another: they
/// may be those of a tile, or the modes of one trial side by side.
package typealias ReplayKernel =
  @convention(c) (
    _ modes: Int, _ steps: Int, _ usesMomentum: Bool, _ state: UnsafeRawPointer, _ coefficients: UnsafeRawPointer,
    _ result: UnsafeMutableRawPointer
  ) -> Void

/// `rounds` rounds of independent fused multiply-adds on all registers; returns how many floating-point operations
/// that were. The peak against which kernels are judged.
package typealias PeakKernel = @convention(c) (_ rounds: Int, _ sink: UnsafeMutableRawPointer) -> Int

/// The kernels of one element type.
package struct KernelSet: Sendable {
  /// Trials in one modal tile.
  package let modalLanes: Int
  /// Trials in one direct tile.
  package let directLanes: Int
  /// Row arrays of the direct kernel are padded to a multiple of this.
  package let directRows: Int
  package let gradientDescent: ModalKernel
  package let momentum: ModalKernel
  package let replay: ReplayKernel
  package let direct: DirectKernel
  package let peak: PeakKernel

  package init(
    modalLanes: Int, directLanes: Int, directRows: Int, gradientDescent: ModalKernel, momentum: ModalKernel,
    replay: ReplayKernel, direct: DirectKernel, peak: PeakKernel
  ) {
    self.modalLanes = modalLanes
    self.directLanes = directLanes
    self.directRows = directRows
    self.gradientDescent = gradientDescent
    self.momentum = momentum
    self.replay = replay
    self.direct = direct
    self.peak = peak
  }
}

/// The kernels of one instruction set.
package struct KernelTable: Sendable {
  /// `x86-64-v4`, `x86-64-v3`, `arm64` or `x86-64`.
  package let instructionSet: String
  /// False where there is no fused multiply-add: results then differ in the last bits from all other hosts.
  package let reproducible: Bool
  package let float64: KernelSet
  package let float32: KernelSet

  package init(instructionSet: String, reproducible: Bool, float64: KernelSet, float32: KernelSet) {
    self.instructionSet = instructionSet
    self.reproducible = reproducible
    self.float64 = float64
    self.float32 = float32
  }
}

/// The constant ε that the modal recurrence adds in every step, for each element type: far below every gap that a
/// stop rule may ask for (1e-100; 1e-12 in float32), far above the denormal range.
package enum ModalDrive {
  package static let float64 = 0x1p-500
  package static let float32: Float = 0x1p-60
}
