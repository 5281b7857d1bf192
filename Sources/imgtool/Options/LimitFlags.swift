internal import ArgumentParser
internal import Executor
internal import OCI
internal import Units

/// The flags for limits of the steps of a build.
struct LimitFlags: ParsableArguments {
    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp("The memory that each RUN may use, as in 512m.", valueName: "size"))
    var memory: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The sum of memory and swap that each RUN may use, or -1; by default twice the memory.", valueName: "size"))
    var memorySwap: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The number of processes and threads of each RUN; by default -1, any number.", valueName: "n"))
    var pidsLimit: String?

    @Option(help: ArgumentHelp("The number of processors that each RUN may use, as in 1.5.", valueName: "n"))
    var cpus: String?

    @Option(
        help: ArgumentHelp("The time that --cpu-quota refers to; by default 100000.", valueName: "microseconds"))
    var cpuPeriod: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The processor time that each RUN may use in each --cpu-period.", valueName: "microseconds"))
    var cpuQuota: String?

    @Option(
        name: [.customShort("c"), .long],
        help: ArgumentHelp("The weight of each RUN where processors are scarce, by default 1024.", valueName: "n"))
    var cpuShares: String?

    @Option(help: ArgumentHelp("The processors for RUN, as in 0-3,7.", valueName: "list"))
    var cpusetCpus: String?

    @Option(help: ArgumentHelp("The memory nodes for RUN, as in 0,1.", valueName: "list"))
    var cpusetMems: String?

    @Option(
        help: ArgumentHelp("Create the control groups of RUN below this one.", valueName: "path"))
    var cgroupParent: String?

    func validate() throws {
        guard cpus == nil || (cpuPeriod ?? cpuQuota) == nil else {
            throw ValidationError("--cpus stands for --cpu-period and --cpu-quota; use it without them.")
        }
    }

    /// - Throws: ``ImageError`` if a value is malformed.
    func limits() throws(ImageError) -> StepLimits {
        var limits = StepLimits()
        limits.memory = try memory.map { text throws(ImageError) in try Self.size(text, for: "--memory") }
        if let memory = limits.memory, memory < Self.leastMemory {
            throw ImageError(
                .usage, "cannot limit steps to --memory \(self.memory ?? "")", "starting one takes more",
                advice: "give at least \(Self.leastMemory >> 20)m")
        }
        limits.memoryAndSwap = try memorySwap.map { text throws(ImageError) in
            if text == "-1" { return StepLimits.unlimited }
            let size = try Self.size(text, for: "--memory-swap")
            guard let memory = limits.memory, size >= memory else {
                throw ImageError(
                    .usage, "cannot limit steps to --memory-swap \(text)",
                    limits.memory == nil ? "there is no --memory" : "it is less than --memory",
                    advice: "it is the sum of memory and swap")
            }
            return size
        }
        limits.processes = try pidsLimit.map { text throws(ImageError) in
            let count = try Self.number(text, for: "--pids-limit", in: -1...(1 << 22))
            return count > 0 ? count : StepLimits.unlimited
        }
        limits.processorPeriod = try cpuPeriod.map { text throws(ImageError) in
            try Self.number(text, for: "--cpu-period", in: 1000...1_000_000)
        }
        limits.processorQuota = try cpuQuota.map { text throws(ImageError) in
            try Self.number(text, for: "--cpu-quota", in: -1...(1 << 40))
        }
        limits.processorShares = try cpuShares.map { text throws(ImageError) in
            try Self.number(text, for: "--cpu-shares", in: 2...262_144)
        }
        if let cpus {
            guard let count = Double(cpus), count >= 0.01, count <= 100_000 else {
                throw ImageError(
                    .usage, "cannot read --cpus \(cpus)", "it is not a number of processors",
                    advice: "write it as in 1.5")
            }
            limits.processorQuota = Int64(count * 100_000)
        }
        limits.processors = try cpusetCpus.map { text throws(ImageError) in try Self.list(text, for: "--cpuset-cpus") }
        limits.memoryNodes = try cpusetMems.map { text throws(ImageError) in try Self.list(text, for: "--cpuset-mems") }
        limits.parent = cgroupParent
        return limits
    }

    /// The least memory that the processes around a step's own run in, as for `docker`, in bytes.
    private static let leastMemory: Int64 = 6 << 20

    /// The size, in bytes, in the value of a flag.
    ///
    /// - Throws: ``ImageError`` if it is none, or 0.
    static func size(_ text: String, for flag: String) throws(ImageError) -> Int64 {
        guard let size = ByteSize(parsing: text)?.count, size > 0 else {
            throw ImageError(.usage, "cannot read \(flag) \(text)", "it is not a size", advice: "write it as in 64m")
        }
        return size
    }

    private static func number(
        _ text: String, for flag: String, in range: ClosedRange<Int64>
    ) throws(ImageError) -> Int64 {
        guard let number = Int64(text), range.contains(number) else {
            throw ImageError(
                .usage, "cannot read \(flag) \(text)",
                "it is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func list(_ text: String, for flag: String) throws(ImageError) -> String {
        guard text.wholeMatch(of: /[0-9]+(?:-[0-9]+)?(?:,[0-9]+(?:-[0-9]+)?)*/) != nil else {
            throw ImageError(
                .usage, "cannot read \(flag) \(text)", "it is not a list of numbers", advice: "write it as in 0-3,7")
        }
        return text
    }
}
