import Foundation
import Testing

/// The compiled kernels themselves: their hot loops must be fused multiply-adds on full-width registers, with no call
/// and no spill. Skipped where there is no disassembler or the machine code is not x86-64.
@Suite(.enabled(if: Disassembly.isAvailable, "needs objdump on x86-64"))
struct KernelCodeTests {
  struct Expectation: Sendable, CustomTestStringConvertible {
    var module: String
    var register: String
    var kernel: Int
    var suffix: String
    var multiplyAdds: Int
    var testDescription: String { "\(module) \(suffix) kernel \(kernel)" }
  }

  /// Closures of the kernel table in source order: gradient descent, momentum, (replay,) direct.
  static let expectations: [Expectation] = [("RavineLanesV4", "%zmm", 24), ("RavineLanesV3", "%ymm", 12)].flatMap {
    module, register, direct in
    ["pd", "ps"].flatMap { suffix in
      [16, 24, direct].enumerated().map {
        Expectation(module: module, register: register, kernel: $0.offset, suffix: suffix, multiplyAdds: $0.element)
      }
    }
  }

  @Test(arguments: expectations)
  func hotLoopIsPureArithmetic(_ expected: Expectation) throws {
    let functions = try Disassembly.functions(of: expected.module, "LaneKernels")
    let table = expected.suffix == "pd" ? "float64" : "float32"
    let closure = ["U_", "U0_", "U2_"][expected.kernel]
    let name = try #require(
      functions.keys.first { $0.contains(table) && $0.hasSuffix(closure) }, "no closure \(closure) in \(table)")
    let loops = Disassembly.innermostLoops(functions[name] ?? [])
    let loop = try #require(
      loops.first { Disassembly.multiplyAdds($0, expected.suffix, expected.register) >= expected.multiplyAdds },
      "no loop of \(name) has \(expected.multiplyAdds) multiply-adds")
    for instruction in loop {
      #expect(!instruction.text.hasPrefix("call"), "\(name): \(instruction.text)")
      #expect(!instruction.text.contains("(%rsp"), "spill in \(name): \(instruction.text)")
    }
  }

  /// A weak symbol of a kernel module could be linked in place of another module's copy and run on a processor that
  /// lacks its instructions.
  @Test(arguments: ["RavineLanesV3", "RavineLanesV4"], Disassembly.sources)
  func kernelObjectsHoldNoWeakCode(_ module: String, _ source: String) throws {
    let symbols = try Disassembly.run("/usr/bin/nm", [Disassembly.object(module, source)])
    let weak = symbols.split(separator: "\n").filter { $0.contains(" W ") }
    #expect(weak.isEmpty, "\(weak)")
  }
}

/// The kernels of nets: the product has a loop that fills the registers with multiply-adds and spills none of them, and
/// no loop that does arithmetic on whole vectors calls anything, be it a mathematical function or the allocator.
@Suite(.enabled(if: Disassembly.isAvailable, "needs objdump on x86-64"))
struct NetKernelCodeTests {
  @Test(
    arguments: [("RavineLanesV4", "%zmm", 24), ("RavineLanesV3", "%ymm", 12)], ["pd", "ps"])
  func loopsArePureArithmetic(_ module: (name: String, register: String, multiplyAdds: Int), _ suffix: String) throws {
    let functions = try Disassembly.functions(of: module.name, "NetKernels")
    let table = suffix == "pd" ? "float64" : "float32"
    let closures = functions.keys.sorted().filter { $0.contains(table) && $0.contains("NetKernelSet") }
    #expect(!closures.isEmpty)
    var widest = 0
    for name in closures {
      for loop in Disassembly.innermostLoops(functions[name] ?? []) {
        let multiplyAdds = Disassembly.multiplyAdds(loop, suffix, module.register)
        guard multiplyAdds >= 4 else { continue }
        #expect(!loop.contains { $0.text.hasPrefix("call") }, "a call in a loop of \(name)")
        if !loop.contains(where: { $0.text.contains("(%rsp") }) { widest = max(widest, multiplyAdds) }
      }
    }
    #expect(widest >= module.multiplyAdds, "no loop of \(module.name) \(table) has so many multiply-adds unspilled")
  }
}

/// What `objdump` says of a kernel module's object files.
enum Disassembly {
  struct Instruction {
    var address: Int
    var text: String
  }

  static var isAvailable: Bool {
    #if arch(x86_64)
      FileManager.default.isExecutableFile(atPath: "/usr/bin/objdump")
    #else
      false
    #endif
  }

  /// The source files of a kernel module.
  static let sources = ["LaneKernels", "NetKernels"]

  /// The object file of one of them, beside the test bundle.
  static func object(_ module: String, _ source: String) -> String {
    let products = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    return products.appendingPathComponent("\(module).build/\(source).swift.o").path
  }

  static func run(_ tool: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  static func functions(of module: String, _ source: String) throws -> [String: [Instruction]] {
    let text = try run("/usr/bin/objdump", ["-d", "--no-show-raw-insn", object(module, source)])
    var functions: [String: [Instruction]] = [:]
    var name = ""
    for line in text.split(separator: "\n") {
      if line.hasSuffix(">:"), let open = line.firstIndex(of: "<") {
        name = String(line[line.index(after: open)...].dropLast(2))
      } else if let colon = line.firstIndex(of: ":"),
        let address = Int(line[..<colon].drop { $0 == " " }, radix: 16)
      {
        let text = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        functions[name, default: []].append(Instruction(address: address, text: String(text)))
      }
    }
    return functions
  }

  /// Bodies of backward jumps that hold no other backward jump.
  static func innermostLoops(_ code: [Instruction]) -> [[Instruction]] {
    var loops: [[Instruction]] = []
    for (end, instruction) in code.enumerated() where instruction.text.hasPrefix("j") {
      let words = instruction.text.split(separator: " ")
      guard words.count > 1, let target = Int(words[1], radix: 16), target < instruction.address,
        let start = code.firstIndex(where: { $0.address == target })
      else { continue }
      let body = Array(code[start...end])
      let nested = body.dropLast().contains { inner in
        guard inner.text.hasPrefix("j") else { return false }
        let parts = inner.text.split(separator: " ")
        guard parts.count > 1, let to = Int(parts[1], radix: 16) else { return false }
        return to < inner.address && to >= target
      }
      if !nested { loops.append(body) }
    }
    return loops
  }

  static func multiplyAdds(_ code: [Instruction], _ suffix: String, _ register: String) -> Int {
    code.count { $0.text.hasPrefix("vf") && $0.text.contains(suffix) && $0.text.contains(register) }
  }
}
