internal import CLinux

/// What this program was started with.
package enum ProgramArguments {
    /// The program's name and its arguments, as `main` is given them. Swift reads its own list of them from `/proc`,
    /// which need not be there.
    package static let all: [String] = (0..<clinux_argument_count()).map { place in
        clinux_argument(place).map { String(cString: $0) } ?? ""
    }
}
