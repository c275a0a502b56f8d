import RavineZeroMQ

/// Looks for ways to a coordinator on a thread of its own, because names and silent networks take their time.
final class RouteFinder: Sendable {
  struct Finding: Sendable {
    var file: JoinFile?
    /// Where something answers, in the order of the join file.
    var reachable: [String] = []
    /// Why each of the others is of no use, for people.
    var failures: [String] = []
    /// Whether the run is complete.
    var isOver: Bool { file?.isOver == true }
    /// Why no way will ever be found.
    var error: RuntimeError?
  }

  private enum Order: Sendable { case find, quit }

  private let orders: Mailbox<Order>
  private let thread: WorkThread
  private static let timeout = Duration.seconds(2)

  /// - Parameter answer: takes one finding for each `find`; called on the finder's thread.
  init(joinFile: String, answer: @escaping @Sendable (Finding) -> Void) throws(RuntimeError) {
    let orders = try Mailbox<Order>()
    self.orders = orders
    thread = try WorkThread(name: "route") {
      while true {
        orders.wait(milliseconds: -1)
        for order in orders.takeAll() {
          if case .quit = order { return }
          answer(Self.look(joinFile))
        }
      }
    }
  }

  func find() { orders.post(.find) }

  /// Does not wait for the thread.
  func quit() { orders.post(.quit) }

  /// Reads the join file anew, as a coordinator may have moved, and tries each endpoint.
  private static func look(_ path: String) -> Finding {
    var finding = Finding()
    do throws(RuntimeError) {
      let file = try JoinFile.read(path)
      finding.file = file
      if file.isOver { return finding }
      if file.endpoints.isEmpty {
        finding.failures.append("`\(path)` names no endpoint: no coordinator was started yet")
      }
      for endpoint in file.endpoints {
        if let reason = EndpointProbe.failure(endpoint, timeout: timeout) {
          finding.failures.append("\(endpoint): \(reason)")
        } else {
          finding.reachable.append(endpoint)
        }
      }
    } catch {
      // A file that is not there yet may come; one that is wrong stays wrong.
      if error.status == .inputMissing { finding.failures.append(error.headline) } else { finding.error = error }
    }
    return finding
  }
}
