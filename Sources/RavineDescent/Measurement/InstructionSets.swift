import CProcessor
import RavineLanes
import RavineLanesBaseline
import RavineLanesV3
import RavineLanesV4

/// The kernels that this processor can run.
package enum InstructionSets {
  /// Every table that works here, best first.
  package static let available: [KernelTable] = {
    var tables: [KernelTable] = []
    let level = ravine_processor_level()
    if level >= 4 { tables.append(RavineLanesV4.kernelTable()) }
    if level >= 3 { tables.append(RavineLanesV3.kernelTable()) }
    tables.append(RavineLanesBaseline.kernelTable())
    return tables
  }()

  /// The best table, chosen once at start.
  package static let best: KernelTable = available[0]
}
