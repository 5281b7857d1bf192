/// The limits of what each step may take of this machine. They do not affect the result of a step that keeps them.
package struct StepLimits: Sendable, Hashable {
    /// The memory of all processes of a step together, in bytes.
    package var memory: Int64?
    /// The sum of memory and swap, in bytes, or ``unlimited``; by default twice the memory.
    package var memoryAndSwap: Int64?
    /// The number of processes and threads, or ``unlimited``, which is the default: a control group costs each
    /// step several milliseconds, while the kernel waits for all processors.
    package var processes: Int64?
    /// The time that ``processorQuota`` refers to, in microseconds.
    package var processorPeriod: Int64?
    /// The processor time in each period, in microseconds.
    package var processorQuota: Int64?
    /// The weight against other groups of processes, from 2 to 262144; 1024 is that of a group without one.
    package var processorShares: Int64?
    /// The processors to run on, such as `0-3,7`.
    package var processors: String?
    /// The memory nodes to use, such as `0,1`.
    package var memoryNodes: String?
    /// The existing control group for those of the steps: its path from the root of the hierarchy; by default the group of
    /// this process.
    package var parent: String?

    package static let unlimited: Int64 = -1

    package init() {}

    /// The limit of processes that is held; `nil` for none.
    var heldProcesses: Int64? {
        processes.flatMap { $0 > 0 ? $0 : nil }
    }
}
