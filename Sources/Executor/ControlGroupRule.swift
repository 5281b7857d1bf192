/// The part of ``StepLimits`` that one controller of the kernel's control groups holds.
struct ControlGroupRule {
    enum Controller: String {
        case memory, pids, cpu, cpuset
    }

    /// A file of a control group and its new content.
    struct Setting {
        let file: String
        let value: String
        /// True if the kernel may have no such file.
        var isOptional = false
    }

    let controller: Controller
    /// The flags, as in messages.
    let flags: String
    /// In the first and in the second version of control groups.
    private let settings: (first: [Setting], second: [Setting])

    func settings(ofVersion version: Int) -> [Setting] { version == 1 ? settings.first : settings.second }

    /// The rules for the given limits.
    static func all(for limits: StepLimits) -> [ControlGroupRule] {
        [memory(limits), processes(limits), time(limits), processors(limits)].compactMap { $0 }
    }

    private static func memory(_ limits: StepLimits) -> ControlGroupRule? {
        guard let memory = limits.memory else { return nil }
        let both = limits.memoryAndSwap ?? memory.multipliedReportingOverflow(by: 2).partialValue
        let isUnlimited = both <= 0
        let swap = isUnlimited ? "max" : "\(max(0, both - memory))"
        return ControlGroupRule(
            controller: .memory, flags: "--memory",
            settings: (
                [
                    Setting(file: "memory.limit_in_bytes", value: "\(memory)"),
                    Setting(
                        file: "memory.memsw.limit_in_bytes", value: isUnlimited ? "-1" : "\(max(memory, both))",
                        isOptional: true),
                ],
                [
                    Setting(file: "memory.max", value: "\(memory)"),
                    Setting(file: "memory.swap.max", value: swap, isOptional: true),
                ]
            ))
    }

    private static func processes(_ limits: StepLimits) -> ControlGroupRule? {
        guard let processes = limits.heldProcesses else { return nil }
        // The process that runs the step, and the threads of the OCI runtime and of fuse-overlayfs, are in its group.
        let setting = Setting(file: "pids.max", value: "\(processes)")
        return ControlGroupRule(
            controller: .pids, flags: "--pids-limit",
            settings: ([setting], [setting]))
    }

    private static func time(_ limits: StepLimits) -> ControlGroupRule? {
        var first: [Setting] = []
        var second: [Setting] = []
        if let shares = limits.processorShares {
            first.append(Setting(file: "cpu.shares", value: "\(shares)"))
            // The range of weights is from 1 to 10000, that of shares from 2 to 262144.
            let weight = 1 + (min(max(shares, 2), 262_144) - 2) * 9999 / 262_142
            second.append(Setting(file: "cpu.weight", value: "\(weight)"))
        }
        if limits.processorQuota != nil || limits.processorPeriod != nil {
            let period = limits.processorPeriod ?? 100_000
            let quota = limits.processorQuota.flatMap { $0 > 0 ? $0 : nil }
            first.append(Setting(file: "cpu.cfs_period_us", value: "\(period)"))
            first.append(Setting(file: "cpu.cfs_quota_us", value: "\(quota ?? -1)"))
            second.append(Setting(file: "cpu.max", value: "\(quota.map(String.init) ?? "max") \(period)"))
        }
        if first.isEmpty { return nil }
        return ControlGroupRule(
            controller: .cpu, flags: "the limit of processor time", settings: (first, second))
    }

    private static func processors(_ limits: StepLimits) -> ControlGroupRule? {
        let settings =
            (limits.processors.map { [Setting(file: "cpuset.cpus", value: $0)] } ?? [])
            + (limits.memoryNodes.map { [Setting(file: "cpuset.mems", value: $0)] } ?? [])
        if settings.isEmpty { return nil }
        return ControlGroupRule(
            controller: .cpuset, flags: "the choice of processors", settings: (settings, settings))
    }
}
