/// The result of a program that ran to its end.
package struct ProgramResult: Sendable, Hashable {
    /// The way a program ended.
    package enum Ending: Sendable, Hashable, CustomStringConvertible {
        case exited(status: Int32)
        case killed(signal: Int32)

        package var description: String {
            switch self {
            case .exited(let status): "exit status \(status)"
            case .killed(let signal): "signal \(signal)"
            }
        }
    }

    package let ending: Ending
    /// The bytes of its standard output.
    package let output: [UInt8]
    /// The bytes of its standard error.
    package let errorOutput: [UInt8]

    /// True if the exit status is 0.
    package var succeeded: Bool { ending == .exited(status: 0) }
}
