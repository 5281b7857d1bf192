import Testing

@testable import Executor

@Suite("Control groups")
struct ControlGroupTests {
    private static let hybrid = """
        31 22 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
        32 31 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        33 31 0:28 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        34 31 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
        """

    @Test func `are found with the group of this process, also those bound from elsewhere`() {
        let mounts = ControlGroupMounts(
            mounts: Self.hybrid, groups: "4:memory:/docker/1/sub\n2:cpu,cpuacct:/user.slice\n0::/a\n")
        let memory = mounts.hierarchy(of: .memory)
        #expect(memory == .init(version: 1, folder: "/sys/fs/cgroup/memory", own: "/sub"))
        #expect(memory?.path(of: nil) == "/sys/fs/cgroup/memory/sub")
        #expect(memory?.path(of: "/other/../group/") == "/sys/fs/cgroup/memory/other/group")
        #expect(mounts.hierarchy(of: .cpu)?.path(of: nil) == "/sys/fs/cgroup/cpu,cpuacct/user.slice")
        #expect(mounts.hierarchy(of: .cpuset) == nil)
    }

    @Test(arguments: ["4:memory:/docker/2\n", "4:memory:/docker/10\n", ""])
    func `that this process does not see its own of are none`(groups: String) {
        #expect(ControlGroupMounts(mounts: Self.hybrid, groups: groups).hierarchy(of: .memory) == nil)
    }

    private static func settings(_ version: Int, _ change: (inout StepLimits) -> Void) -> [String] {
        var limits = StepLimits()
        change(&limits)
        return ControlGroupRule.all(for: limits).flatMap { rule in
            rule.settings(ofVersion: version).map { "\($0.file) \($0.value)" }
        }
    }

    @Test func `are none by default`() {
        for version in [1, 2] {
            #expect(Self.settings(version) { _ in } == [])
            #expect(Self.settings(version) { $0.processes = 4096 } == ["pids.max 4096"])
            #expect(Self.settings(version) { $0.processes = StepLimits.unlimited } == [])
        }
    }

    @Test func `get the limits of either version's files`() {
        func change(_ limits: inout StepLimits) {
            limits.processes = -1
            limits.memory = 100
            limits.processorShares = 1024
            limits.processorQuota = 50_000
            limits.processors = "0-1"
        }
        #expect(
            Self.settings(1, change) == [
                "memory.limit_in_bytes 100", "memory.memsw.limit_in_bytes 200", "cpu.shares 1024",
                "cpu.cfs_period_us 100000", "cpu.cfs_quota_us 50000", "cpuset.cpus 0-1",
            ])
        #expect(
            Self.settings(2, change) == [
                "memory.max 100", "memory.swap.max 100", "cpu.weight 39", "cpu.max 50000 100000", "cpuset.cpus 0-1",
            ])
    }

    @Test(arguments: [(-1, "-1", "max"), (100, "100", "0"), (150, "150", "50"), (nil, "200", "100")])
    func `count swap as docker does`(both: Int64?, first: String, second: String) {
        func change(_ limits: inout StepLimits) {
            limits.processes = -1
            limits.memory = 100
            limits.memoryAndSwap = both
        }
        #expect(Self.settings(1, change).last == "memory.memsw.limit_in_bytes \(first)")
        #expect(Self.settings(2, change).last == "memory.swap.max \(second)")
    }
}
