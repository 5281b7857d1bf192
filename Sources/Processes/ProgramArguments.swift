internal import CLinux

/// The arguments of this program.
package enum ProgramArguments {
    /// The program's name and arguments, as passed to `main`. Swift's own list comes from `/proc`, which may not be
    /// mounted.
    package static let all: [String] = (0..<clinux_argument_count()).map { index in
        clinux_argument(index).map { String(cString: $0) } ?? ""
    }
}
