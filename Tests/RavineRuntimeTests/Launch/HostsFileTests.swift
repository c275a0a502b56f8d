import Testing

@testable import RavineRuntime

@Suite struct HostsFileTests {
  @Test func hostsPortsAndSlots() throws {
    let text = """
      # the lab
      node01 slots=8
      me@node02:2222   # all its cores

      [fe80::1%eth0]:22 slots=1
      fd00::7
      gpu.lab.example\tslots=64\r
      """
    #expect(
      try HostsFile(text: text, path: "hosts").hosts == [
        SSHHost(name: "node01", slots: 8), SSHHost(name: "me@node02", port: 2222),
        SSHHost(name: "fe80::1%eth0", port: 22, slots: 1), SSHHost(name: "fd00::7"),
        SSHHost(name: "gpu.lab.example", slots: 64),
      ])
  }

  @Test func everyMistakeIsNamedAtOnce() {
    let text = """
      node01 slots=0
      -oProxyCommand=x
      node02:70000 cores=4
      node03 slots=2 slots=3
      node04
      node04 slots=2
      """
    let error = #expect(throws: RuntimeError.self) { try HostsFile(text: text, path: "lab/hosts") }
    #expect(
      error?.description == """
        error: `0` is not a number of slots: 1 … 4096
          --> lab/hosts:1
           = also: `-oProxyCommand=x` is not a host (line 2)
           = also: `70000` is not a port: 1 … 65535 (line 3)
           = also: `cores=4` is not a setting of a host; there is `slots=N` (line 3)
           = also: `slots` is given twice (line 4)
           = also: `node04` stands in line 5 already (line 6)
           = help: a line is `host[:port] slots=N`, such as `node07 slots=8`
        """)
    #expect(error?.status == .badData)
    #expect(throws: RuntimeError.self) { try HostsFile(text: "# nobody\n", path: "hosts") }
  }

  @Test func commandsOfSSHAndMpirun() {
    #expect(
      ShellWord.line(
        RemoteCommands.ssh(
          SSHHost(name: "me@node02", port: 2222, slots: 8), program: "/opt/my tools/ravine", extra: ["-F", "cfg"]))
        == "ssh -T -o BatchMode=yes -o ServerAliveInterval=10 -o ServerAliveCountMax=3 -F cfg -p 2222 me@node02 "
        + #"'exec '\''/opt/my tools/ravine'\'' worker --join - --name me@node02:2222 --threads 8'"#)
    #expect(
      ShellWord.line(
        RemoteCommands.mpirun(
          count: 4, program: "/bin/ravine", joinFile: "/r/worker.join", threads: 2, extra: ["--hostfile", "h"]))
        == "mpirun --bind-to none -n 4 --hostfile h /bin/ravine worker --join /r/worker.join --threads 2")
  }

  @Test func restartsWaitLongerAndSomeEndsAreFinal() {
    var policy = RestartPolicy()
    #expect(policy.ended(status: 255, lastWords: nil, lived: .seconds(1)) == .after(.seconds(1)))
    #expect(policy.ended(status: nil, lastWords: nil, lived: .seconds(1)) == .after(.seconds(2)))
    for _ in 0..<10 { _ = policy.ended(status: 255, lastWords: nil, lived: .seconds(1)) }
    #expect(policy.ended(status: 255, lastWords: nil, lived: .seconds(1)) == .after(.seconds(60)))
    #expect(policy.ended(status: 0, lastWords: nil, lived: .seconds(61)) == .after(.seconds(5)))
    #expect(policy.ended(status: 255, lastWords: nil, lived: .seconds(61)) == .after(.seconds(1)))
    #expect(policy.ended(status: 255, lastWords: "ssh: No route to host", lived: .seconds(1)) == .after(.seconds(2)))
    let denied = "me@node02: Permission denied (publickey,password)."
    #expect(policy.ended(status: 255, lastWords: denied, lived: .seconds(1)) == .never)
    #expect(policy.ended(status: 255, lastWords: "Host key verification failed.", lived: .seconds(1)) == .never)
    for status: Int32 in [64, 66, 76, 77, 126, 127] {
      #expect(policy.ended(status: status, lastWords: nil, lived: .seconds(100)) == .never)
    }
  }
}
